"""The database's clock, estimated on this host: the truth about what is due.

A sample is the database's time between two readings of this host's clock; it errs by at most half
the round trip. Of the recent samples the one with the smallest round trip counts. Time goes on by
CLOCK_BOOTTIME, so a step of the host's wall clock changes nothing and a suspend is counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from postclock.clock import Clock

log = structlog.get_logger(__name__)

KEEP = 8
STALE = 60.0
"""Seconds after which a sample no longer counts, however good it was: clocks drift."""
DRIFT = 0.05
"""Seconds by which samples may differ beyond their errors; more, and a clock was set."""
DISAGREE = timedelta(seconds=60)
"""More than this between database and host, and Postclock refuses to run ahead of either."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading: database time minus boot time, in seconds, and its greatest error."""

    offset: float
    error: float
    taken: float


class SyncedClock:
    """A Clock that tells the database's time; ``base`` is the host's."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._samples: deque[Sample] = deque(maxlen=KEEP)
        self._offset: float | None = None
        self.error = 0.0
        """Seconds by which ``now()`` may be ahead of the database."""
        self.disagrees = False

    def now(self) -> datetime:
        if self._offset is None:
            return self._base.now()
        told = datetime.fromtimestamp(self._base.boottime() + self._offset, UTC)
        return min(told, self._base.now()) if self.disagrees else told

    def monotonic(self) -> float:
        return self._base.monotonic()

    def boottime(self) -> float:
        return self._base.boottime()

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        return await self._base.wait(event, seconds)

    async def sleep(self, seconds: float) -> None:
        await self._base.sleep(seconds)

    def observe(self, told: datetime, before: float, after: float) -> None:
        """Learn that the database said ``told`` between boot times ``before`` and ``after``."""
        sample = Sample(told.timestamp() - (before + after) / 2, (after - before) / 2, after)
        agreeing = [s for s in self._samples if self._agree(s, sample)]
        self._samples = deque([*agreeing, sample], maxlen=KEEP)
        fresh = [s for s in self._samples if after - s.taken <= STALE]
        best = min(fresh, key=lambda s: s.error)
        self._offset, self.error = best.offset, best.error
        self._compare(told)

    @property
    def age(self) -> float:
        """Seconds since the last sample; infinite before the first."""
        return self._base.boottime() - self._samples[-1].taken if self._samples else float("inf")

    @property
    def offset_ms(self) -> float:
        """By how much the host's wall clock is behind the database's, in milliseconds."""
        return round((self.now() - self._base.now()).total_seconds() * 1000, 3)

    @staticmethod
    def _agree(one: Sample, other: Sample) -> bool:
        """Whether both can be true of one clock; otherwise it was set, and the older is void."""
        return abs(one.offset - other.offset) <= DRIFT + one.error + other.error

    def _compare(self, told: datetime) -> None:
        difference = told - self._base.now()
        disagrees = abs(difference) > DISAGREE
        if disagrees and not self.disagrees:
            log.error(
                "clocks_disagree",
                seconds=round(difference.total_seconds(), 1),
                advice="set this machine's clock (chrony, systemd-timesyncd); "
                "until then nothing is sent ahead of either clock",
            )
        self.disagrees = disagrees
