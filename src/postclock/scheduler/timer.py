"""The timer: sleeps until the next moment something is due, and claims it just ahead.

It wakes at the earliest ``wake_at``, when a notification names an earlier one, or after
``LONGEST_SLEEP``. The event is cleared before the database is asked and the clock is read again
after every sleep, so that no wake-up is lost and no early one believed.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import structlog

from postclock.db.engine import Pool
from postclock.scheduler import queries
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.recorder import AWAY
from postclock.scheduler.runner import Runner
from postclock.scheduler.terms import CLAIM_AHEAD

log = structlog.get_logger(__name__)

CLAIM_LIMIT = 500
LONGEST_SLEEP = timedelta(minutes=15)
SLICE = 5.0
"""Seconds: a sleep is cut into slices, so that a suspended machine notices that it slept."""
SUSPENDED = 2.0
DEAF_POLL = timedelta(seconds=1)
"""How often to look while no notification can arrive."""
FAR_FUTURE = datetime.max.replace(tzinfo=UTC)


class Timer:
    """Feeds a runner with what is due. ``hears`` is False while LISTEN is down."""

    def __init__(self, pool: Pool, runner: Runner, clock: SyncedClock) -> None:
        self._pool, self._runner, self._clock = pool, runner, clock
        self._due = asyncio.Event()
        self._planned = FAR_FUTURE
        self._stopping = False
        self.hears = True

    def poke(self, wake_at: datetime | None = None) -> None:
        """Something is due at ``wake_at`` (None: ask the database at once)."""
        if wake_at is None or wake_at - CLAIM_AHEAD < self._planned:
            self._due.set()

    def stop(self) -> None:
        """Make ``run`` return after its present step."""
        self._stopping = True
        self._due.set()

    async def run(self) -> None:
        """Claim what is due, sleep until the next; never ends for an error of the database."""
        pause = 0.1
        await self._sample_until_known()
        while not self._stopping:
            self._due.clear()
            # Until the answer is here, every notification may be news to it.
            self._planned = FAR_FUTURE
            try:
                claimed_all = await self._claim()
                until = await self._next(claimed_all)
                pause = 0.1
            except AWAY as error:
                log.warning("database_away", error=str(error))
                until = self._clock.now() + timedelta(seconds=pause * (0.5 + random.random()))
                pause = min(pause * 2, 5.0)
            self._planned = until
            await self._sleep(until)

    async def _claim(self) -> bool:
        """Claim until nothing more is due; False when this node's hands are full first."""
        while (room := min(self._runner.room, CLAIM_LIMIT)) > 0 and not self._stopping:
            async with self._pool.connection() as connection:
                claims = await queries.claim_due(
                    connection, node=self._runner.terms.node, now=self._clock.now(),
                    lead=CLAIM_AHEAD, leases=self._runner.terms.leases, limit=room,
                    looks=self._runner.may_look, stages=self._runner.may_stage,
                )  # fmt: skip
            self._runner.accept(claims)
            if len(claims) < room:
                return True
        return False

    async def _next(self, claimed_all: bool) -> datetime:
        """The moment to ask again."""
        wake_at, resting_at = await self._sample()
        now = self._clock.now()
        if not claimed_all:
            self._runner.relieved.clear()
            await self._clock.wait(self._runner.relieved, 0.25)
            return self._clock.now()
        latest = now + (LONGEST_SLEEP if self.hears else DEAF_POLL)
        if wake_at is None:
            return latest
        act_at = min(wake_at, resting_at - CLAIM_AHEAD) if resting_at else wake_at
        if act_at <= now:
            # Somebody else holds that row just now.
            return now + timedelta(milliseconds=random.uniform(20, 100))
        return min(act_at, latest)

    async def _sample(self) -> tuple[datetime | None, datetime | None]:
        async with self._pool.connection() as connection:
            before = self._clock.boottime()
            told, wake_at, resting_at = await queries.next_wake(connection)
            self._clock.observe(told, before, self._clock.boottime())
        return wake_at, resting_at

    async def _sample_until_known(self) -> None:
        """Nothing is claimed before the database's clock is known."""
        while not self._stopping:
            try:
                for _ in range(3):
                    await self._sample()
                return
            except AWAY as error:
                log.warning("database_away", error=str(error))
                await self._clock.sleep(1)

    async def _sleep(self, until: datetime) -> None:
        while not self._due.is_set():
            left = (until - self._clock.now()).total_seconds()
            if left <= 0:
                return
            slept, ran = self._clock.boottime(), self._clock.monotonic()
            await self._clock.wait(self._due, min(left, SLICE))
            gap = (self._clock.boottime() - slept) - (self._clock.monotonic() - ran)
            if gap > SUSPENDED:
                log.warning("machine_was_suspended", seconds=round(gap, 1))
                return
