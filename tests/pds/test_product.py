"""The whole product against the real Bluesky server: a node publishes at the second, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from postclock.db.session import Database
from postclock.services.accounts.model import NewAccount
from tests.fixtures.pds import CuttingProxy, Pds
from tests.fixtures.workspaces import Team, make_team
from tests.proof.rig import arm_all, node_env, process, statuses, wait_until, write_posts

pytestmark = pytest.mark.pds

Admin = psycopg.Connection[Any]
NO_SANDBOX = "http://127.0.0.1:9"


async def connected(database: Database, pds: Pds, server: str) -> Team:
    """A workspace whose one account is bob's, reached at ``server``."""
    secrets = {"identifier": pds.bob.handle, "password": pds.bob.password}
    account = NewAccount("bluesky", pds.bob.did, pds.bob.handle, secrets, server=server)
    return await make_team(database, new=[account])


async def test_a_scheduled_post_is_there_at_its_second(
    dsn: str, database: Database, admin: Admin, pds: Pds
) -> None:
    team = await connected(database, pds, pds.url)
    with process("node", env=node_env(dsn, NO_SANDBOX, OUTBOUND_ALLOW="127.0.0.1")) as node:
        node.wait_for("node_started")
        posts = await write_posts(database, team, 1)
        due_at = await arm_all(database, team, posts, 3)
        wait_until(lambda: statuses(admin) == {"published": 1}, lambda: statuses(admin))
    row = admin.execute("SELECT remote_id, late_ms, sent_at FROM deliveries").fetchone()
    assert row is not None
    answer = await pds.record(pds.bob.did, row["remote_id"].rpartition("/")[2])
    record = answer.body["value"]
    assert record["text"] == "post 0 of 1"
    assert due_at <= row["sent_at"]
    assert 0 <= row["late_ms"] < 1000
    created_at = datetime.fromisoformat(record["createdAt"])
    assert abs(created_at - due_at) < timedelta(milliseconds=2), "it carries its moment"


async def test_an_answer_cut_off_after_the_commit_is_found_by_its_key(
    dsn: str, database: Database, admin: Admin, pds: Pds, cutting_proxy: CuttingProxy
) -> None:
    team = await connected(database, pds, cutting_proxy.url)
    before = len(await pds.posts(pds.bob.did))
    sent = cutting_proxy.creates
    cutting_proxy.cut(1)
    with process("node", env=node_env(dsn, NO_SANDBOX, OUTBOUND_ALLOW="127.0.0.1")):
        await arm_all(database, team, await write_posts(database, team, 1), 1)
        wait_until(lambda: statuses(admin) == {"published": 1}, lambda: statuses(admin))
    row = admin.execute("SELECT remote_id, staged, failures FROM deliveries").fetchone()
    assert row is not None
    assert row["remote_id"].endswith(row["staged"]["rkey"])
    assert row["failures"] == 1, "the lost answer counts as a try that ended unpublished"
    assert cutting_proxy.creates - sent == 1, "it was not sent again"
    assert len(await pds.posts(pds.bob.did)) - before == 1
