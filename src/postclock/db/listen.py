"""LISTEN: one connection a process that does nothing else, and comes back by itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import psycopg
import structlog
from psycopg import AsyncConnection, sql

from postclock.clock import Clock
from postclock.db.engine import conninfo

log = structlog.get_logger(__name__)

LONGEST_WAIT = 10.0


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
        self._info = conninfo(dsn, name, options="")
        self._channels, self._clock = channels, clock
        self._heard, self._listening = heard, listening

    async def run(self) -> None:
        """Listen until cancelled."""
        wait = 0.1
        while True:
            try:
                async with await AsyncConnection.connect(self._info, autocommit=True) as connection:
                    for channel in self._channels:
                        await connection.execute(
                            sql.SQL("LISTEN {}").format(sql.Identifier(channel))
                        )
                    self._listening(True)
                    wait = 0.1
                    async for notice in connection.notifies():
                        self._heard(notice.channel, notice.payload)
            except (TimeoutError, psycopg.Error, OSError) as error:
                log.warning("listen_lost", error=str(error))
            self._listening(False)
            await self._clock.sleep(wait * (0.5 + random.random()))
            wait = min(wait * 2, LONGEST_WAIT)
