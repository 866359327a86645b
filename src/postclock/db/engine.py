"""Connections to PostgreSQL: SQLAlchemy's engines for requests, psycopg's pool for nodes."""

from __future__ import annotations

import select
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import sqlalchemy as sa
import structlog
from psycopg import AsyncConnection, AsyncCursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row, scalar_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# A dead peer is noticed within about 20 s, in whichever direction it died.
KEEPALIVE = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "connect_timeout": 5,
}
SETTLE = """
SELECT CASE WHEN pg_backend_pid() = %s THEN
  concat(set_config('timezone', 'UTC', false), set_config('lock_timeout', '2s', false),
         set_config('idle_in_transaction_session_timeout', '15s', false)) END
"""
"""Sets up a session of our own. Behind a pooler none is: there the process's number differs."""

log = structlog.get_logger(__name__)

Greet = Callable[[AsyncConnection[DictRow]], Awaitable[None]]


class Pool(AsyncConnectionPool[AsyncConnection[DictRow]]):
    """A pool that hands out no connection whose other end has hung up.

    After a restart of the database all that lie in a pool are dead; whoever asks gets a live one.
    """

    async def getconn(self, timeout: float | None = None) -> AsyncConnection[DictRow]:
        while True:
            connection = await super().getconn(timeout)
            if not _has_hung_up(connection):
                return connection
            await connection.close()
            await self.putconn(connection)


def conninfo(dsn: str, name: str) -> str:
    """``dsn`` with our timeouts and ``name`` as its application name.

    Nothing else is asked for at the start: a pooler would refuse it.
    """
    return make_conninfo(dsn, application_name=name, **KEEPALIVE)


def async_engine(dsn: str, name: str, *, size: int = 10) -> AsyncEngine:
    """An engine for request transactions."""
    info = conninfo(dsn, name)

    async def connect() -> AsyncConnection:
        connection = await AsyncConnection.connect(info, autocommit=True)
        await settle(connection)
        await connection.set_autocommit(False)
        return connection

    return create_async_engine(
        "postgresql+psycopg://", async_creator=connect, pool_size=size, max_overflow=size,
        pool_timeout=10, pool_pre_ping=True,
    )  # fmt: skip


@contextmanager
def sync_engine(dsn: str) -> Iterator[sa.Engine]:
    """An engine for migrations and the command line, disposed at the end."""
    given = conninfo_to_dict(conninfo(dsn, "postclock-cli"))
    engine = sa.create_engine(
        "postgresql+psycopg://", poolclass=sa.NullPool,
        connect_args={**given, "prepare_threshold": None},
    )  # fmt: skip
    try:
        yield engine
    finally:
        engine.dispose()


def node_pool(dsn: str, name: str, *, size: int = 8, greet: Greet | None = None) -> Pool:
    """A pool for publishing; opened by its owner. Rows are dictionaries.

    No connection is used by anybody before ``greet`` has returned for it.
    """

    async def configure(connection: AsyncConnection[DictRow]) -> None:
        set_json_dumps(orjson.dumps, connection)
        set_json_loads(orjson.loads, connection)
        if not await settle(connection):
            log.warning("pooler_in_between", advice="set DATABASE_DIRECT_URL to PostgreSQL itself")
        if greet:
            await greet(connection)

    return Pool(
        conninfo(dsn, name), min_size=1, max_size=size, open=False, timeout=10,
        kwargs={"row_factory": dict_row, "autocommit": True},
        connection_class=AsyncConnection[DictRow], configure=configure,
        # Whoever asks starts the next try: the pool's own would come ever later.
        reconnect_timeout=0.5,
    )  # fmt: skip


async def settle(connection: AsyncConnection[Any]) -> bool:
    """Set the timeouts of a session of our own; False, and nothing is prepared, at a pooler."""
    cursor = AsyncCursor(connection, row_factory=scalar_row)
    await cursor.execute(SETTLE, [connection.info.backend_pid])
    ours = await cursor.fetchone() is not None
    if not ours:
        connection.prepare_threshold = None
    return ours


def _has_hung_up(connection: AsyncConnection[DictRow]) -> bool:
    """Whether something came on an idle connection: its end, or word of it."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
