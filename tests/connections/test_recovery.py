"""A node through restarts, cut connections and a line that goes silent: it recovers by itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import timedelta

import httpx
import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from starlette.types import ASGIApp

from postclock.app import create_app
from postclock.config import load_settings
from postclock.crypto import KeyRing
from postclock.db.trouble import words_of
from tests.connections.real_node import RealNode, real_node
from tests.fixtures.postgres import OwnPostgres
from tests.fixtures.proxy import proxy_to
from tests.scheduler.rows import Rows
from tests.scheduler.scripted import until

KILL = """
SELECT count(pg_terminate_backend(pid, 5000)) AS n FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND application_name <> 'test'
"""


def schedule(rows: Rows, node: RealNode, *seconds: float) -> list[object]:
    now = node.clock.now()
    return [rows.post(rows.account(), due=node.soon(one), now=now) for one in seconds]


def sent_once(node: RealNode, count: int) -> bool:
    posts = [sending.post for sending in node.publisher.sent]
    return len(posts) == len(set(posts)) == count


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_after_a_restart_it_publishes_again_within_about_a_second(
    postgres: OwnPostgres, mode: str
) -> None:
    with psycopg.connect(postgres.dsn, autocommit=True, row_factory=dict_row) as admin:
        rows = Rows(admin)
        async with real_node(postgres.dsn) as node:
            await until(lambda: node.ears.hear)
            schedule(rows, node, 0.5)
            await until(lambda: sent_once(node, 1))
            schedule(rows, node, 1.2, 1.4)
            await asyncio.to_thread(postgres.stop, mode)
            await until(lambda: not node.ears.hear)
            await asyncio.to_thread(postgres.start)
            back = node.clock.now()
            await until(lambda: sent_once(node, 3))
            assert node.publisher.sent[-1].at - back < timedelta(seconds=4)
            await until(lambda: node.ears.hear)


async def test_when_all_its_connections_are_cut_it_goes_on(
    dsn: str, admin: psycopg.Connection[DictRow]
) -> None:
    admin.execute("SET application_name = 'test'")
    rows = Rows(admin)
    async with real_node(dsn) as node:
        await until(lambda: node.ears.hear)
        schedule(rows, node, 1, 1.5, 2, 2.5)
        for _ in range(3):
            assert rows.one(KILL)["n"] >= 1
            await until(lambda: not node.ears.hear)
            await until(lambda: node.ears.hear)
        await until(lambda: sent_once(node, 4))
    assert all(sending.at >= sending.due_at for sending in node.publisher.sent)


async def test_it_starts_while_connections_are_refused(
    dsn: str, admin: psycopg.Connection[DictRow]
) -> None:
    rows = Rows(admin)
    with proxy_to(dsn) as proxy:
        proxy.refuse()
        asyncio.get_running_loop().call_later(1.5, proxy.admit)
        async with real_node(proxy.address(dsn)) as node:
            schedule(rows, node, 0.3)
            await until(lambda: sent_once(node, 1))


async def test_a_listen_that_is_half_open_is_noticed_by_its_echo_and_made_anew(
    dsn: str, admin: psycopg.Connection[DictRow]
) -> None:
    rows = Rows(admin)
    with proxy_to(dsn) as proxy:
        async with real_node(dsn, proxy.address(dsn)) as node:
            await until(lambda: node.ears.hear)
            assert proxy.half_open() == 1
            # The next idle question, which would come within 15 minutes.
            node.timer.poke()
            await until(lambda: not node.ears.hear)
            await until(lambda: proxy.carried == 2 and node.ears.hear)
            (post,) = schedule(rows, node, 0.8)
            await until(lambda: sent_once(node, 1))
    (sending,) = node.publisher.sent
    assert sending.post == post
    assert sending.at - sending.due_at < timedelta(seconds=0.5)


async def test_while_listen_is_refused_it_polls(
    dsn: str, admin: psycopg.Connection[DictRow]
) -> None:
    rows = Rows(admin)
    with proxy_to(dsn) as proxy:
        async with real_node(dsn, proxy.address(dsn)) as node:
            await until(lambda: node.ears.hear)
            proxy.refuse()
            proxy.reset()
            await until(lambda: not node.ears.hear)
            schedule(rows, node, 1.5)
            await until(lambda: sent_once(node, 1))
            assert not node.ears.hear
    (sending,) = node.publisher.sent
    assert sending.at - sending.due_at < timedelta(seconds=1)


async def test_readyz_says_what_is_the_matter_until_it_is_over(
    postgres: OwnPostgres, ring: KeyRing, serve_app: Callable[[ASGIApp, socket.socket], str]
) -> None:
    settings = load_settings({"POSTCLOCK_SCHEDULER": "off"})
    app = create_app(settings, postgres.dsn, ring)
    url = await asyncio.to_thread(serve_app, app, socket.create_server(("127.0.0.1", 0)))
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
        assert (await client.get("/readyz")).status_code == 200
        await asyncio.to_thread(postgres.stop, "immediate")
        away = await client.get("/readyz")
        assert (away.status_code, away.json()["database"]) == (503, False)
        assert "nothing listens" in away.json()["reasons"][0]
        await asyncio.to_thread(postgres.start)
        assert (await client.get("/readyz")).status_code == 200


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("FATAL:  the database system is starting up", "is starting up"),
        ("FATAL:  sorry, too many clients already", "no more connections"),
        ('FATAL:  password authentication failed for user "ada"', "refuses this program's"),
        ("something else at host db.example.org", "The database is away."),
    ],
)
def test_trouble_is_told_without_addresses_or_names(said: str, told: str) -> None:
    words = words_of(psycopg.OperationalError(said))
    assert told in words
    assert "ada" not in words
    assert "example.org" not in words
