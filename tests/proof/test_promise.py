"""Crashes, lost answers and rivals: every post is accepted once."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest

from postclock.db.session import Database
from tests.fixtures.workspaces import Team
from tests.proof.rig import (
    DEADLINE,
    accepted_once,
    arm_all,
    ledger,
    node_env,
    process,
    put_fault,
    sandbox_process,
    statuses,
    wait_until,
    write_posts,
)

Admin = psycopg.Connection[Any]


@pytest.mark.parametrize("fault", ["commit_then_drop", "drop_before_commit", "server_error"])
async def test_an_answer_that_is_lost_is_asked_for(
    dsn: str, database: Database, team: Team, admin: Admin, fault: str
) -> None:
    with sandbox_process() as sandbox, process("node", env=node_env(dsn, sandbox)):
        for platform in team.accounts:
            put_fault(sandbox, platform, fault, 1)
        await arm_all(database, team, await write_posts(database, team, 6), 1)
        wait_until(lambda: statuses(admin) == {"published": 6}, lambda: statuses(admin))
        accepted_once(sandbox, 6)
        tried = admin.execute("SELECT max(publish_retry_count) AS n FROM posts").fetchone()
        assert tried is not None
        assert tried["n"] == 1, "an attempt that ended unpublished counts, unknown included"


async def test_a_rate_limit_is_waited_for_and_costs_no_try(
    dsn: str, database: Database, team: Team, admin: Admin
) -> None:
    with sandbox_process() as sandbox, process("node", env=node_env(dsn, sandbox)):
        for platform in team.accounts:
            put_fault(sandbox, platform, "rate_limit", 1, seconds=3)
        await arm_all(database, team, await write_posts(database, team, 3), 1)
        wait_until(lambda: statuses(admin) == {"published": 3}, lambda: statuses(admin))
        accepted_once(sandbox, 3)
        counts = admin.execute("SELECT publish_retry_count AS n FROM posts").fetchall()
        assert [row["n"] for row in counts] == [1, 1, 1], "an attempt ended unpublished"
        failures = admin.execute("SELECT failures AS n FROM deliveries").fetchall()
        assert [row["n"] for row in failures] == [0, 0, 0], "but it used up no try"


async def test_two_hundred_posts_survive_the_kill_of_one_of_two_nodes(
    dsn: str, database: Database, team: Team, admin: Admin
) -> None:
    posts = await write_posts(database, team, 200)
    with sandbox_process() as sandbox, ExitStack() as stack:
        env = node_env(dsn, sandbox)
        doomed, survivor = (stack.enter_context(process("node", env=env)) for _ in range(2))
        for node in (doomed, survivor):
            node.wait_for("node_started")
        await arm_all(database, team, posts, 1)
        wait_until(lambda: len(ledger(sandbox)) >= 30, lambda: len(ledger(sandbox)))
        doomed.kill()
        wait_until(lambda: statuses(admin) == {"published": 200}, lambda: statuses(admin))
        accepted_once(sandbox, 200)


async def test_two_nodes_and_a_cron_caller_publish_five_hundred_posts_once(
    dsn: str, database: Database, team: Team, admin: Admin
) -> None:
    posts = await write_posts(database, team, 500)
    with sandbox_process() as sandbox, ExitStack() as stack:
        env = node_env(dsn, sandbox)
        serving = {"POSTCLOCK_SCHEDULER": "off", "CRON_SECRET": "cron-secret"}
        server = process("serve", env={**env, **serving, "POSTCLOCK_PORT": "18391"})
        served = stack.enter_context(server)
        served.wait_for("Postclock is at")
        nodes = [stack.enter_context(process("node", env=env)) for _ in range(2)]
        for node in nodes:
            node.wait_for("node_started")
        await arm_all(database, team, posts, 0.5)
        caller = threading.Thread(target=_call_cron_until_done, args=["http://127.0.0.1:18391"])
        caller.start()
        wait_until(lambda: statuses(admin) == {"published": 500}, lambda: statuses(admin))
        caller.join(DEADLINE)
        accepted_once(sandbox, 500)


def _call_cron_until_done(url: str) -> None:
    headers = {"X-Cron-Secret": "cron-secret"}
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as client:
        for _ in range(100):
            report = client.post(f"{url}/api/v1/cron/publish-scheduled").raise_for_status().json()
            if report["remaining"] == 0 and report["next_due_at"] is None:
                return


async def test_what_fell_due_while_nothing_ran_is_not_forgotten(
    dsn: str, database: Database, team: Team, admin: Admin
) -> None:
    await arm_all(database, team, await write_posts(database, team, 5), 0)
    admin.execute(
        "UPDATE deliveries SET due_at = due_at - interval '2 hours', "
        "wake_at = wake_at - interval '2 hours'"
    )
    with sandbox_process() as sandbox, process("node", env=node_env(dsn, sandbox)):
        wait_until(lambda: statuses(admin) == {"published": 5}, lambda: statuses(admin))
        accepted_once(sandbox, 5)
