"""Requests through PgBouncer in transaction mode, and a node that has nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import timedelta

import httpx
import psycopg
import sqlalchemy as sa
from psycopg.rows import DictRow
from starlette.types import ASGIApp

from postclock.app import create_app
from postclock.clock import HostClock
from postclock.config import load_settings
from postclock.crypto import KeyRing
from postclock.db.session import open_database
from tests.connections.real_node import real_node
from tests.fixtures.workspaces import Team
from tests.scheduler.rows import Rows
from tests.scheduler.scripted import until


async def test_a_request_keeps_its_role_and_its_timeouts_to_its_own_transaction(
    pgbouncer: str, team: Team
) -> None:
    database = open_database(pgbouncer, "postclock-test", HostClock())
    asked = sa.text("SELECT current_user, current_setting('lock_timeout'), count(*) FROM posts")

    async def as_user() -> tuple[str, str]:
        async with database.as_user(team.who.user_id) as tx:
            row = (await tx.session.execute(asked)).one()
        return row[0], row[1]

    async def as_system() -> tuple[str, str]:
        async with database.as_system() as tx:
            row = (await tx.session.execute(asked)).one()
        return row[0], row[1]

    said = await asyncio.gather(*(one() for _ in range(60) for one in (as_user, as_system)))
    await database.close()
    assert set(said) == {("postclock_api", "2s"), ("postgres", "2s")}
    with psycopg.connect(pgbouncer) as connection:
        left = connection.execute("SELECT current_user, current_setting('lock_timeout')").fetchone()
    assert left == ("postgres", "0")


async def test_the_api_works_through_it_and_hears_by_the_direct_way(
    pgbouncer: str, dsn: str, ring: KeyRing, team: Team,
    serve_app: Callable[[ASGIApp, socket.socket], str],
) -> None:  # fmt: skip
    listening = socket.create_server(("127.0.0.1", 0))
    port = str(listening.getsockname()[1])
    settings = load_settings({"POSTCLOCK_PORT": port, "POSTCLOCK_SCHEDULER": "off"})
    url = await asyncio.to_thread(
        serve_app, create_app(settings, pgbouncer, ring, direct=dsn), listening
    )
    headers = {"Authorization": f"Bearer {team.token}"}
    post = {
        "content": {"bluesky": {"text": "hello"}},
        "accounts": [str(team.account("bluesky"))],
        "status": "scheduled",
        "scheduledAt": "2029-01-01T10:00:00Z",
    }
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        made = [await client.post("/api/v1/posts", json=post) for _ in range(8)]
        listed = await client.get("/api/v1/posts")
        ready = await client.get("/readyz")
    assert {answer.status_code for answer in made} == {201}, made[0].text
    assert len(listed.json()["items"]) == 8
    assert ready.status_code == 200


async def test_a_node_with_a_pooler_alone_hears_nothing_and_publishes_on_time(
    pgbouncer: str, admin: psycopg.Connection[DictRow]
) -> None:
    rows = Rows(admin)
    async with real_node(pgbouncer) as node:
        dues = [node.soon(1.5 + i / 4) for i in range(8)]
        posts = [rows.post(rows.account(), due=due, now=node.clock.now()) for due in dues]
        await until(lambda: all(rows.state(post) == "published" for post in posts))
        assert not node.ears.hear
    sent = node.publisher.sent
    assert all(timedelta(0) <= s.at - s.due_at < timedelta(seconds=1) for s in sent)
    assert len(sent) == 8
