"""LISTEN: one connection a process that does nothing else, and comes back by itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

import psycopg
import structlog
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from postclock.clock import Clock
from postclock.db.engine import conninfo

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.1, 2.0
"""Seconds before the next try to connect: the database is back when it is back."""
LONGEST_DEAF_WAIT = 60.0
"""Seconds at most between connections that are made and hear nothing, as through a pooler."""
SETTING_UP = 10.0


class Listener:
    """Hears ``channels`` and calls ``heard(channel, payload)``.

    ``listening(True)`` is called once it listens (ask the database then: what happened before
    was not heard), ``listening(False)`` when the connection is lost. ``name`` is its
    application_name: a node is alive while that connection is.
    """

    def __init__(
        self,
        dsn: str,
        name: str,
        channels: Sequence[str],
        clock: Clock,
        *,
        heard: Callable[[str, str], None],
        listening: Callable[[bool], None],
    ) -> None:
        self._info = conninfo(dsn, name)
        self._channels, self._clock = channels, clock
        self._heard, self._listening = heard, listening
        self._open: asyncio.Timeout | None = None
        self._drops = 0

    def drop(self) -> None:
        """Close the connection, which hears nothing, and make another."""
        self._drops += 1
        if self._open is not None:
            self._open.reschedule(asyncio.get_running_loop().time())

    async def run(self) -> None:
        """Listen until cancelled."""
        wait = FIRST_WAIT
        while True:
            drops = self._drops
            try:
                async with asyncio.timeout(SETTING_UP) as self._open:
                    async with await self._connect() as connection:
                        wait = FIRST_WAIT
                        await self._hear(connection)
            except (TimeoutError, psycopg.Error, OSError) as error:
                log.warning("listen_lost", error=str(error) or "nothing was heard")
            self._open = None
            self._listening(False)
            if self._drops > drops:
                wait = min(FIRST_WAIT * 2**self._drops, LONGEST_DEAF_WAIT)
            await self._clock.sleep(wait * (0.5 + random.random() / 2))
            wait = min(wait * 2, LONGEST_WAIT)

    async def _connect(self) -> AsyncConnection[TupleRow]:
        """A connection that listens."""
        connection = await AsyncConnection.connect(self._info, autocommit=True)
        try:
            for channel in self._channels:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _hear(self, connection: AsyncConnection[TupleRow]) -> None:
        assert self._open is not None
        self._open.reschedule(None)
        self._listening(True)
        async for notice in connection.notifies():
            self._drops = 0
            self._heard(notice.channel, notice.payload)
