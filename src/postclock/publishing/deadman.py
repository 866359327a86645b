"""A sign of life, sent elsewhere while due work moves: when it stays away, somebody is woken.

``Watch`` stands between a node's timer and its questions and remembers how they went, so that
knowing costs the database nothing. ``DeadMan`` sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime

import structlog

from postclock.clock import Clock
from postclock.config import Settings
from postclock.http import Http, HttpFailure
from postclock.publishing.alarms import OVERDUE
from postclock.scheduler.queries import Told
from postclock.scheduler.timer import Work

log = structlog.get_logger(__name__)

PATIENCE = 10.0
"""Seconds the other side may take to answer."""


class Watch:
    """The ``work`` of a timer, and whether it moves."""

    def __init__(self, work: Work, clock: Clock) -> None:
        self._work, self._clock = work, clock
        self._answered = False
        self._next_at: datetime | None = None
        self._ended: float | None = None

    @property
    def moves(self) -> bool:
        """Whether the database answered last, and nothing that is due for over a minute rests.

        Where more is due than a node can hold, it moves as long as deliveries end.
        """
        if not self._answered:
            return False
        if self._next_at is None or self._clock.now() - self._next_at <= OVERDUE:
            return True
        ended = self._ended
        return ended is not None and self._clock.boottime() - ended <= OVERDUE.total_seconds()

    def ended(self) -> None:
        """A delivery has been brought to an end."""
        self._ended = self._clock.boottime()

    async def claim(self) -> bool:
        with self._noted():
            return await self._work.claim()

    async def ask(self, *, echo: bool) -> Told:
        with self._noted():
            told = await self._work.ask(echo=echo)
            self._next_at = told.wake_at
            return told

    async def relieved(self) -> None:
        await self._work.relieved()

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._answered = False
            raise
        self._answered = True


class DeadMan:
    """Asks ``url`` every ``seconds`` while ``moves`` says so; the answer changes nothing."""

    def __init__(
        self, http: Http, url: str, seconds: float, clock: Clock, moves: Callable[[], bool]
    ) -> None:
        self._http, self._url, self._seconds = http, url, seconds
        self._clock, self._moves = clock, moves
        self._said: str | None = None

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            if self._moves():
                self._tell(await self._send())
            else:
                self._tell("silent: due work does not move")
            await self._clock.sleep(self._seconds)

    async def _send(self) -> str:
        try:
            answer = await self._http.request("GET", self._url)
        except HttpFailure as error:
            return f"unreachable: {error}"
        return "heard" if answer.ok else f"refused: {answer.status}"

    def _tell(self, said: str) -> None:
        """One line for each change."""
        if said != self._said:
            level = log.info if said == "heard" else log.warning
            level("deadman", sign_of_life=said)
        self._said = said


@asynccontextmanager
async def signs_of_life(settings: Settings, clock: Clock, watch: Watch) -> AsyncIterator[None]:
    """Send them for as long as the block lasts, where DEADMAN_URL says whereto."""
    if settings.deadman_url is None:
        yield
        return
    async with Http(PATIENCE) as http:
        man = DeadMan(
            http, settings.deadman_url, settings.deadman_interval, clock, lambda: watch.moves
        )
        sending = asyncio.create_task(man.run(), name="deadman")
        try:
            yield
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
