"""Connections to PostgreSQL: SQLAlchemy's engines for requests, psycopg's pool for nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

# A dead peer is noticed within about 20 s, in whichever direction it died.
KEEPALIVE = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "connect_timeout": 5,
}
SESSION = "-c timezone=UTC -c idle_in_transaction_session_timeout=15s -c lock_timeout=2s"


def conninfo(dsn: str, name: str, *, options: str = SESSION) -> str:
    """``dsn`` with our timeouts and ``name`` as its application name."""
    given = conninfo_to_dict(dsn)
    merged = " ".join(filter(None, [str(given.get("options") or ""), options]))
    return make_conninfo(dsn, application_name=name, options=merged, **KEEPALIVE)


def async_engine(dsn: str, name: str, *, size: int = 10) -> AsyncEngine:
    """An engine for request transactions."""
    info = conninfo(dsn, name)

    async def connect() -> AsyncConnection:
        return await AsyncConnection.connect(info)

    return create_async_engine(
        "postgresql+psycopg://", async_creator=connect, pool_size=size, max_overflow=size,
        pool_timeout=10, pool_pre_ping=True,
    )  # fmt: skip


@contextmanager
def sync_engine(dsn: str) -> Iterator[sa.Engine]:
    """An engine for migrations and the command line, disposed at the end."""
    engine = sa.create_engine(
        "postgresql+psycopg://", poolclass=sa.NullPool,
        connect_args=conninfo_to_dict(conninfo(dsn, "postclock-cli", options="")),
    )  # fmt: skip
    try:
        yield engine
    finally:
        engine.dispose()


def node_pool(dsn: str, name: str, *, size: int = 8) -> Pool:
    """A pool for publishing; opened by its owner. Rows are dictionaries."""
    return AsyncConnectionPool(
        conninfo(dsn, name), min_size=1, max_size=size, open=False, timeout=10,
        kwargs={"row_factory": dict_row, "autocommit": True},
        connection_class=AsyncConnection[DictRow],
    )  # fmt: skip
