"""The timer: sleeps until the next moment something is due, and claims it just ahead.

It wakes at the earliest ``wake_at``, when a notification names an earlier one, or after
``LONGEST_SLEEP``. What it is told while it asks is kept, and the clock is read again after every
sleep, so that no wake-up is lost and no early one believed.
"""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.ears import Ears
from postclock.scheduler.queries import FAR_FUTURE, Told
from postclock.scheduler.recorder import AWAY
from postclock.scheduler.terms import CLAIM_AHEAD

log = structlog.get_logger(__name__)

LONGEST_SLEEP = timedelta(minutes=15)
SLICE = 5.0
"""Seconds: a sleep is cut into slices, so that a suspended machine notices that it slept."""
SUSPENDED = 2.0
DEAF_POLL = timedelta(seconds=1)
"""How often to look while no notification can arrive."""
ROUGH = 1.0
"""Seconds: by a clock that may err by more, it looks as often, until it knows better."""
TIGHT = 0.001
"""Seconds: full hands ask for a better clock when theirs errs by more."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""Seconds before the database is tried again."""
TAKEN_PAUSE, LONGEST_TAKEN_PAUSE = 0.04, 0.4
"""Seconds until a row that is due, and that somebody else holds, is tried again."""


class Work(Protocol):
    """What is due: in production ``Claiming``."""

    async def claim(self) -> bool:
        """Take what is due; False when the hands are full first."""
        ...

    async def ask(self, *, echo: bool) -> Told:
        """When something will be due; with ``echo``, notify this node itself."""
        ...

    async def relieved(self) -> None:
        """Return when there may be room again."""
        ...


class Timer:
    """Has ``work`` claimed when it is due, for as long as it runs."""

    def __init__(self, work: Work, clock: SyncedClock, ears: Ears) -> None:
        self._work, self._clock, self._ears = work, clock, ears
        self._woken = asyncio.Event()
        self._act_at = FAR_FUTURE
        """When to claim; notifications bring it forward."""
        self._asked_at = FAR_FUTURE
        self._sampled: float | None = None
        """The boot time of the last sample of the database's clock."""
        self._asks = True
        """Whether to ask without waiting."""
        self._taken = 0
        """How often in a row somebody else held what is due."""
        self._stopping = False

    def poke(self, wake_at: datetime | None = None) -> None:
        """Something is due at ``wake_at`` (None: ask the database at once)."""
        if wake_at is None:
            self._asks = True
        elif wake_at - CLAIM_AHEAD < self._act_at:
            self._act_at = wake_at - CLAIM_AHEAD
        else:
            return
        self._woken.set()

    def stop(self) -> None:
        """Make ``run`` return after its present step."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Claim what is due, sleep until the next; never ends for an error of the database."""
        pause = FIRST_PAUSE
        while not self._stopping:
            try:
                await self._turn()
                pause = FIRST_PAUSE
                await self._sleep()
            except AWAY as error:
                log.warning("database_away", error=str(error) or type(error).__name__)
                self._asks = True
                self._woken.clear()
                await self._clock.wait(self._woken, pause * (0.5 + random.random() / 2))
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _turn(self) -> None:
        """Claim and ask when a moment has come; else ask, and claim if something is due.

        So an idle node has one statement to send, and a planned moment waits for no question.
        """
        planned = self._sampled is not None and self._clock.now() >= self._act_at
        # From here on every notification is news: the answer may be older than it.
        self._asks, self._act_at = False, FAR_FUTURE
        if planned and not await self._claim():
            return
        told = await self._ask(idle=not planned)
        if not planned and told.act_at(CLAIM_AHEAD) <= self._clock.now():
            if not await self._claim():
                return
            told = await self._ask(idle=False)
        self._plan(told)

    async def _claim(self) -> bool:
        """False when this node's hands were full; then it claims again once there is room."""
        if await self._work.claim():
            return True
        if self._sampled is None or self._clock.error > TIGHT:
            # A long claim is a poor sample: what waits in these hands would leave that much later.
            await self._ask(idle=False)
        await self._work.relieved()
        self._act_at = self._clock.now()
        return False

    async def _ask(self, *, idle: bool) -> Told:
        echo = self._ears.want_echo(idle=idle)
        if echo:
            self._ears.asked()
        told = await self._work.ask(echo=echo)
        self._asked_at, self._sampled = self._clock.now(), self._clock.boottime()
        return told

    def _plan(self, told: Told) -> None:
        act_at, now = told.act_at(CLAIM_AHEAD), self._clock.now()
        if act_at > now:
            self._taken = 0
        else:
            # It was claimed just before: somebody else holds that row now.
            longest = min(TAKEN_PAUSE * 2**self._taken, LONGEST_TAKEN_PAUSE)
            act_at = now + timedelta(seconds=random.uniform(longest / 2, longest))
            self._taken = min(self._taken + 1, 10)
        self._act_at = min(self._act_at, act_at)

    @property
    def _until(self) -> datetime:
        """The moment to act: what is planned, or the end of the longest sleep."""
        rests = self._ears.hear and self._clock.error <= ROUGH
        longest = LONGEST_SLEEP if rests else DEAF_POLL
        return min(self._act_at, self._asked_at + longest)

    async def _sleep(self) -> None:
        while not self._asks and not self._stopping:
            self._woken.clear()
            left = (self._until - self._clock.now()).total_seconds()
            if left <= 0:
                return
            slept, ran = self._clock.boottime(), self._clock.monotonic()
            await self._clock.wait(self._woken, min(left, SLICE, self._ears.patience))
            gap = (self._clock.boottime() - slept) - (self._clock.monotonic() - ran)
            if gap > SUSPENDED:
                log.warning("machine_was_suspended", seconds=round(gap, 1))
                self._asks = True
            if not self._ears.check():
                self._asks = True
