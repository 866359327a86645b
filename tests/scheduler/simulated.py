"""A world in virtual time for the timer: schedules, clocks, a database and a line that misbehave.

Time passes only where the timer waits or asks. All chance comes from one seed. Instants are
seconds since 1970 by the database's clock.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import psycopg

from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.ears import ECHO_PATIENCE, Ears
from postclock.scheduler.queries import Told
from postclock.scheduler.terms import CLAIM_AHEAD
from postclock.scheduler.timer import DEAF_POLL, LONGEST_SLEEP, SLICE, Timer

AHEAD = CLAIM_AHEAD.total_seconds()
NOTIFIED = 20 * 60.0
"""A schedule is notified of when it is due sooner; others are found by the longest sleep."""
UNHEARD = LONGEST_SLEEP.total_seconds() + ECHO_PATIENCE + 2
SLACK = 0.6
"""Seconds: a question there and back at its slowest, and a timer that is late."""
SMALL = 50.0
"""Seconds by which a host's clock may be wrong without any effect."""
NEVER = float("inf")


@dataclass(slots=True)
class Group:
    """Schedules of one instant that became known together; ``by``: the latest to be sent."""

    due: float
    by: float
    size: int


class World:
    """The host's clock (a ``Clock``), the database (the timer's ``Work``), and all trouble."""

    def __init__(self, seed: int, start: float) -> None:
        self.chance = random.Random(seed)
        self.db = start
        self._boot = self._mono = 1000.0
        self._host_off = self._small_steps = 0.0
        self._drift = 1 + self.chance.uniform(-1e-4, 1e-4)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._pending: dict[float, list[Group]] = {}
        self._dues: list[float] = []
        self._trouble: list[tuple[float, float]] = []
        self._away_until = -NEVER
        self._half_open = False
        self._listens = False
        self._steps = 0
        self.fired = self.waiting = self.excused = self.moved = 0
        self.statements = 0.0
        self.wrong: list[str] = []
        self.latest = 0.0
        self.clock = SyncedClock(self)
        self.ears = Ears(self.clock, self._dropped)
        self.timer = Timer(self, self.clock, self.ears)

    # the host's clock ---------------------------------------------------------------------------

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.db + self._host_off, UTC)

    def monotonic(self) -> float:
        return self._mono

    def boottime(self) -> float:
        return self._boot

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        late = self.chance.random()
        if late < 0.02:
            seconds *= self.chance.uniform(0.5, 1)  # woken early, for nothing
        elif late < 0.2:
            seconds += late / 100
        self._pass(seconds, event)
        return event.is_set()

    async def sleep(self, seconds: float) -> None:
        self._pass(seconds, None)

    # time ---------------------------------------------------------------------------------------

    def at(self, moment: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), what))

    def _pass(self, seconds: float, event: asyncio.Event | None) -> None:
        """Let the host run for ``seconds``, or until something sets ``event``."""
        end = self._mono + max(seconds, 0)
        while not (event and event.is_set()):
            if not self._events or (self._events[0][0] - self.db) * self._drift > end - self._mono:
                self._run(end - self._mono)
                return
            moment, _, what = heapq.heappop(self._events)
            self._run(max((moment - self.db) * self._drift, 0))
            what()

    def _run(self, seconds: float) -> None:
        self._mono += seconds
        self._boot += seconds
        self.db += seconds / self._drift

    # the database -------------------------------------------------------------------------------

    async def claim(self) -> bool:
        told, before = self.clock.now().timestamp(), self._boot
        self._there_or_back()
        clock = datetime.fromtimestamp(self.db, UTC)
        claimed: list[Group] = []
        while self._dues and self._dues[0] <= told + AHEAD:
            claimed += self._pending.pop(heapq.heappop(self._dues), [])
        self._there_or_back()
        if claimed:
            self.clock.observe(clock, before, self._boot)
        steps = self._steps
        for group in claimed:
            self.waiting -= group.size
            self.at(self.db, lambda group=group: self._hold(group, steps))  # type: ignore[misc]
        return True

    async def ask(self, *, echo: bool) -> Told:
        before = self._boot
        self._there_or_back()
        clock = datetime.fromtimestamp(self.db, UTC)
        while self._dues and self._dues[0] not in self._pending:
            heapq.heappop(self._dues)
        first = datetime.fromtimestamp(self._dues[0], UTC) if self._dues else None
        if echo and self._listens and not self._half_open:
            self.at(self.db + self._latency(), self.ears.heard)
        self._there_or_back()
        self.clock.observe(clock, before, self._boot)
        return Told(clock, first, first)

    async def relieved(self) -> None:
        raise AssertionError("these hands are never full")

    def _latency(self) -> float:
        return self.chance.uniform(0.0001, 0.003 if self.chance.random() < 0.98 else 0.2)

    def _there_or_back(self) -> None:
        self.statements += 0.5
        self._pass(self._latency(), None)
        if self.db < self._away_until:
            raise psycopg.OperationalError("away")

    # schedules ----------------------------------------------------------------------------------

    def schedule(self, due: float, size: int, *, loses: bool = False) -> None:
        """``size`` posts become known now, due at ``due``; ``loses``: nobody hears of it."""
        heard = due >= self.db + NOTIFIED or not (loses or self._half_open or not self._listens)
        wait = UNHEARD if not heard else 0.0
        if not self._listens and not loses:
            wait = DEAF_POLL.total_seconds()
        self._put(due, Group(due, max(due, self.db) if heard else max(due, self.db + wait), size))
        if due < self.db + NOTIFIED and self._listens and not (loses or self._half_open):
            named = datetime.fromtimestamp(max(due, self.db), UTC)
            self.at(self.db + self._latency(), lambda: self.timer.poke(named))

    def move(self, share: float, seconds: float) -> None:
        """Give a share of what waits another moment, as when a zone's rules change."""
        for due in [d for d in self._pending if d > self.db + AHEAD + 5]:
            if self.chance.random() < share:
                for group in self._pending.pop(due):
                    self.waiting -= group.size
                    self.moved += group.size
                    self.schedule(max(due + seconds, self.db), group.size)

    def _put(self, due: float, group: Group) -> None:
        if due not in self._pending:
            self._pending[due] = []
            heapq.heappush(self._dues, due)
        self._pending[due].append(group)
        self.waiting += group.size

    def _hold(self, group: Group, steps: int) -> None:
        """In hand: sent once even the slowest reading of the clock says it is time."""
        left = group.due - (self.clock.now().timestamp() - self.clock.error)
        if left > 0:
            left = min(left, AHEAD)
            self.at(self.db + left / self._drift, lambda: self._hold(group, steps))
        else:
            self._fire(group, steps)

    def _fire(self, group: Group, steps: int) -> None:
        self.fired += group.size
        if self.db < group.due - 1e-5 and steps == self._steps:
            self.wrong.append(f"early by {group.due - self.db:.6f} s: {group}")
        by = self._excused(group.by) + SLACK
        if self.db > by:
            self.wrong.append(f"late by {self.db - by:.3f} s: {group}")
        if by == group.by + SLACK:
            self.latest = max(self.latest, self.db - group.by)
        else:
            self.excused += group.size

    def _excused(self, by: float) -> float:
        """``by``, or the end of the trouble it fell into."""
        at = bisect_right(self._trouble, (by, NEVER)) - 1
        while 0 <= at < len(self._trouble) and self._trouble[at][0] <= by < self._trouble[at][1]:
            by, at = self._trouble[at][1], at + 1
        return by

    # trouble ------------------------------------------------------------------------------------

    def _excuse(self, begin: float, end: float) -> None:
        """What should have been sent between is sent after ``end``."""
        if self._trouble and self._trouble[-1][1] >= begin:
            begin = min(self._trouble[-1][0], begin)
            end = max(self._trouble.pop()[1], end)
        self._trouble.append((begin, end))

    def suspend(self, seconds: float) -> None:
        self._boot += seconds
        self._excuse(self.db - AHEAD - SLACK, self.db + seconds + SLICE)
        self.db += seconds / self._drift

    def go_away(self, seconds: float) -> None:
        """The database is not there."""
        self._away_until = max(self._away_until, self.db + seconds)
        self._excuse(self.db - AHEAD - SLACK, self._away_until + 1.0)

    def step_host(self, seconds: float, until_put_right: float) -> None:
        """Somebody sets the host's clock wrong, and right again; small steps never add up."""
        small = abs(seconds) <= SMALL
        if small and abs(self._small_steps + seconds) > SMALL:
            return

        def step(by: float) -> None:
            self._host_off += by
            self._small_steps += by if small else 0.0

        step(seconds)
        self.at(self.db + until_put_right, lambda: step(-seconds))
        if not small:
            self._excuse(self.db - AHEAD - SLACK, self.db + until_put_right + SLICE)

    def step_database(self, seconds: float) -> None:
        """The database's clock is set; it is noticed with the next question."""
        self._steps += 1
        before, self.db = self.db, self.db + seconds
        low, high = sorted((before, self.db))
        self._excuse(low - AHEAD, high + UNHEARD)

    def lose_listen(self, seconds: float) -> None:
        """LISTEN is lost, and known to be; it is back after ``seconds``."""
        self._listens = self._half_open = False
        self.ears.connected(False)
        self.timer.poke()
        self.at(self.db + seconds, self.listen)

    def listen(self) -> None:
        self._listens, self._half_open = True, False
        self.ears.connected(True)
        self.timer.poke()

    def half_open(self) -> None:
        """LISTEN hears nothing from now on, and does not know."""
        self._half_open = True

    def _dropped(self) -> None:
        self.lose_listen(self.chance.uniform(0.05, 0.3))
