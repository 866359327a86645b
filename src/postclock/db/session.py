"""Transactions: one a request, committed at its edge, and nothing of the network inside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from postclock import http
from postclock.clock import Clock
from postclock.db.engine import async_engine

FOR_THIS_ONE = """
       set_config('lock_timeout', '2s', true), set_config('timezone', 'UTC', true),
       set_config('idle_in_transaction_session_timeout', '15s', true)
"""
"""By transaction, as is the role: behind a pooler the next one has another session."""
BECOME_API = f"""
SELECT clock_timestamp(), set_config('role', 'postclock_api', true),
       set_config('postclock.user_id', :user_id, true), {FOR_THIS_ONE}
"""
BECOME_NOBODY = f"SELECT clock_timestamp(), set_config('role', 'none', true), {FOR_THIS_ONE}"


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction, and the moment it calls now."""

    session: AsyncSession
    now: datetime

    async def run(self, statement: str, values: Mapping[str, Any]) -> sa.CursorResult[Any]:
        """Execute one of the statements that requests and nodes share, in the driver's style."""
        connection = await self.session.connection()
        return await connection.exec_driver_sql(statement, dict(values))


class Database:
    """Hands out transactions. ``observe`` is told the database's clock with each of them."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Clock,
        observe: Callable[[datetime, float, float], None] | None = None,
    ) -> None:
        self.engine, self.clock, self._observe = engine, clock, observe

    @asynccontextmanager
    async def as_user(self, user_id: UUID | None) -> AsyncIterator[Tx]:
        """A transaction that sees the rows of ``user_id``'s workspaces and nothing else."""
        async with self._transaction(BECOME_API, {"user_id": str(user_id or "")}) as tx:
            yield tx

    @asynccontextmanager
    async def as_system(self) -> AsyncIterator[Tx]:
        """A transaction that sees every row: for signing in and for the command line."""
        async with self._transaction(BECOME_NOBODY, {}) as tx:
            yield tx

    @asynccontextmanager
    async def _transaction(self, first: str, values: dict[str, str]) -> AsyncIterator[Tx]:
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            await session.connection()
            before = self.clock.boottime()
            told = (await session.execute(sa.text(first), values)).one()[0]
            if self._observe:
                self._observe(told, before, self.clock.boottime())
            with http.forbidden_while("a transaction is open"):
                yield Tx(session, self.clock.now())
            await session.commit()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def open_database(
    dsn: str,
    name: str,
    clock: Clock,
    observe: Callable[[datetime, float, float], None] | None = None,
) -> Database:
    """A database at ``dsn``; ``name`` is what its connections are called there."""
    return Database(async_engine(dsn, name), clock, observe)
