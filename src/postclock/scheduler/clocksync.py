"""The database's clock, estimated on this host: the truth about what is due.

A sample is the database's time between two readings of this host's clock; it errs by at most half
the round trip, and by more the older it is. Of the recent samples the one that errs least counts.
Time goes on by CLOCK_BOOTTIME, so a step of the host's wall clock changes nothing and a suspend is
counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from postclock.clock import Clock, millis

log = structlog.get_logger(__name__)

KEEP = 8
DRIFT = 5e-4
"""By how much two clocks may drift apart in each second: what time services correct at most."""
STEP = 0.002
"""Seconds by which samples may differ beyond their errors; more, and a clock was set."""
DISAGREE = timedelta(seconds=60)
"""More than this between database and host, and Postclock refuses to run ahead of either."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading: database time minus boot time, in seconds, and its greatest error."""

    offset: float
    error: float
    taken: float

    def errs_by(self, now: float) -> float:
        """Its greatest error at the boot time ``now``, in seconds."""
        return self.error + (now - self.taken) * DRIFT


class SyncedClock:
    """A Clock that tells the database's time; ``base`` is the host's."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._samples: deque[Sample] = deque(maxlen=KEEP)
        self._best: Sample | None = None
        self._warned = False

    def now(self) -> datetime:
        told, host = self._told(), self._base.now()
        return told if abs(told - host) <= DISAGREE else min(told, host)

    @property
    def error(self) -> float:
        """Seconds by which ``now()`` may be ahead of the database."""
        return self._best.errs_by(self._base.boottime()) if self._best else 0.0

    @property
    def difference(self) -> timedelta:
        """By how much the host's wall clock is behind the database's."""
        return self._told() - self._base.now()

    @property
    def disagrees(self) -> bool:
        """Whether the two are so far apart that nothing is done ahead of either."""
        return abs(self.difference) > DISAGREE

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
        self._best = min(self._samples, key=lambda s: s.errs_by(after))
        self._warn()

    @property
    def age(self) -> float:
        """Seconds since the last sample; infinite before the first."""
        return self._base.boottime() - self._samples[-1].taken if self._samples else float("inf")

    @property
    def offset_ms(self) -> float:
        """``difference`` in milliseconds."""
        return millis(self.difference)

    def _told(self) -> datetime:
        if self._best is None:
            return self._base.now()
        return datetime.fromtimestamp(self._base.boottime() + self._best.offset, UTC)

    @staticmethod
    def _agree(one: Sample, other: Sample) -> bool:
        """Whether both can be true of one clock; otherwise it was set, and the older is void."""
        apart = abs(one.taken - other.taken)
        return abs(one.offset - other.offset) <= STEP + apart * DRIFT + one.error + other.error

    def _warn(self) -> None:
        if self.disagrees and not self._warned:
            log.error(
                "clocks_disagree",
                seconds=round(self.difference.total_seconds(), 1),
                advice="set this machine's clock (chrony, systemd-timesyncd); "
                "until then nothing is sent ahead of either clock",
            )
        self._warned = self.disagrees
