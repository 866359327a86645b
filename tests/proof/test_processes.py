"""Several nodes under one parent: each listens, one that dies comes back, all stop together."""

from __future__ import annotations

import json
import os
import signal

import psycopg
import pytest
from psycopg.rows import DictRow

from postclock.db.session import Database
from tests.fixtures.workspaces import Team
from tests.proof.rig import (
    accepted_once,
    arm_all,
    node_env,
    process,
    sandbox_process,
    statuses,
    wait_until,
    write_posts,
)

Admin = psycopg.Connection[DictRow]


def listening(admin: Admin) -> set[int]:
    """The process ids of the nodes that listen, as their names tell them."""
    found = admin.execute(
        "SELECT application_name AS name FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'postclock-node:%'"
    )
    return {int(row["name"].split(":")[-2]) for row in found}


@pytest.mark.parametrize("by_setting", [False, True], ids=["by option", "by setting"])
async def test_three_nodes_one_is_killed_and_comes_back_and_all_stop(
    dsn: str, database: Database, team: Team, admin: Admin, by_setting: bool
) -> None:
    posts = await write_posts(database, team, 60)
    env = {"POSTCLOCK_NODE_PROCESSES": "3"} if by_setting else {}
    option = [] if by_setting else ["--processes", "3"]
    with sandbox_process() as sandbox:
        with process("node", *option, env=node_env(dsn, sandbox, **env)) as parent:
            wait_until(lambda: len(listening(admin)) == 3, lambda: parent.lines)
            first = listening(admin)
            assert parent.child.pid not in first
            await arm_all(database, team, posts, 0.5)
            doomed = min(first)
            os.kill(doomed, signal.SIGKILL)
            wait_until(lambda: statuses(admin) == {"published": 60}, lambda: statuses(admin))
            accepted_once(sandbox, 60)
            wait_until(lambda: len(listening(admin) - {doomed}) == 3, lambda: listening(admin))
            assert first - {doomed} < listening(admin), "the others went on undisturbed"
            parent.child.send_signal(signal.SIGTERM)
            assert parent.child.wait(60) == 0
        assert listening(admin) == set()
        assert [line for line in parent.lines if not line.startswith("{")] == []
        told = [json.loads(line) for line in parent.lines]
        started = {line["node"] for line in told if line["event"] == "node_started"}
        stopped = {line["node"] for line in told if line["event"] == "node_stopped"}
        assert len(started) == 4
        assert len(stopped) == 3
        assert [line["pid"] for line in told if line["event"] == "child_ended"] == [doomed]


async def test_nodes_end_with_a_parent_that_was_killed(dsn: str, admin: Admin) -> None:
    env = node_env(dsn, "http://127.0.0.1:9")
    with process("node", "--processes", "2", env=env) as parent:
        wait_until(lambda: len(listening(admin)) == 2, lambda: parent.lines)
        parent.kill()
        wait_until(lambda: listening(admin) == set(), lambda: listening(admin), 60)
