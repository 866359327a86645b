"""The node's pool: what it hands out is alive, and it is there again as soon as the database is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import PoolTimeout

from postclock.db.engine import Pool, node_pool
from tests.fixtures.postgres import OwnPostgres
from tests.fixtures.proxy import proxy_to

KILL = """
SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
 WHERE datname = current_database()
   AND application_name = 'postclock-test' AND pid <> pg_backend_pid()
"""


async def ask(pool: Pool) -> int:
    async with pool.connection(timeout=1) as connection:
        row = await (await connection.execute("SELECT pg_backend_pid() AS pid")).fetchone()
    assert row is not None
    return int(row["pid"])


async def fill(pool: Pool) -> set[int]:
    """Have the pool make all of its connections; the processes behind them."""
    async with AsyncExitStack() as stack:
        for _ in range(pool.max_size):
            await stack.enter_async_context(pool.connection())
    return {await ask(pool) for _ in range(pool.max_size)}


async def wait_until_asked(pool: Pool) -> float:
    """Seconds until the pool's database answers; ask as a timer does."""
    began = time.monotonic()
    while True:
        try:
            await ask(pool)
        except (PoolTimeout, psycopg.Error):
            await asyncio.wait_for(asyncio.shield(_soon()), 1)
            assert time.monotonic() - began < 10
        else:
            return time.monotonic() - began


async def _soon() -> None:
    loop = asyncio.get_running_loop()
    moment = loop.create_future()
    loop.call_later(0.1, moment.set_result, None)
    await moment


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Pool]:
    async with node_pool(dsn, "postclock-test", size=4) as pool:
        yield pool


async def test_no_connection_that_was_killed_is_handed_out(
    dsn: str, admin: psycopg.Connection[DictRow]
) -> None:
    async with opened(dsn) as pool:
        before = await fill(pool)
        admin.execute(KILL)
        after = {await ask(pool) for _ in range(8)}
    assert len(before) == 4
    assert not before & after


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_it_is_there_again_within_a_second_of_the_database(
    postgres: OwnPostgres, mode: str
) -> None:
    async with opened(postgres.dsn) as pool:
        await fill(pool)
        await asyncio.to_thread(postgres.stop, mode)
        for _ in range(3):
            with pytest.raises((PoolTimeout, psycopg.Error)):
                await ask(pool)
        await asyncio.to_thread(postgres.start)
        assert await wait_until_asked(pool) < 1.2


async def test_it_opens_while_connections_are_refused_and_works_when_they_are_not(
    dsn: str,
) -> None:
    with proxy_to(dsn) as proxy:
        proxy.refuse()
        async with opened(proxy.address(dsn)) as pool:
            with pytest.raises(PoolTimeout):
                await ask(pool)
            proxy.admit()
            assert await wait_until_asked(pool) < 1.2


async def test_who_finds_all_in_use_is_told_soon_and_helped_when_one_is_free(dsn: str) -> None:
    async with opened(dsn) as pool:
        async with AsyncExitStack() as stack:
            for _ in range(4):
                await stack.enter_async_context(pool.connection())
            with pytest.raises(PoolTimeout):
                await ask(pool)
        assert await ask(pool)


async def test_nobody_uses_a_connection_before_it_was_greeted(dsn: str) -> None:
    greeted: list[int] = []

    async def greet(connection: AsyncConnection[DictRow]) -> None:
        greeted.append(connection.info.backend_pid)

    async with node_pool(dsn, "postclock-test", size=2, greet=greet) as pool:
        used = await fill(pool)
    assert used == set(greeted)


async def test_a_session_of_our_own_has_our_timeouts(dsn: str) -> None:
    asked = "SELECT current_setting('lock_timeout') AS a, current_setting('TimeZone') AS b"
    async with opened(dsn) as pool, pool.connection() as connection:
        row = await (await connection.execute(asked)).fetchone()
        assert row == {"a": "2s", "b": "UTC"}
        assert connection.prepare_threshold is not None
