"""Fairness: who may leave now, who waits a little, and who is given back.

Each account has a lane. A lane lets ``PER_ACCOUNT`` requests fly at once and keeps a few more
waiting; what exceeds that goes back to the database, the k-th row to the lane's k-th free moment,
so that one busy account neither fills the memory nor delays the others.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from postclock.scheduler.ports import Prepared

PER_ACCOUNT = 4
PER_PLATFORM = 64
IN_ALL = 256
WAITING = 8
FIRST_GUESS = 0.1
"""Seconds a request is thought to take before any was seen."""
SOONEST = 0.02


@dataclass(slots=True)
class Lane:
    """One account's requests in flight, and those right behind them."""

    flying: int = 0
    waiting: deque[Prepared] = field(default_factory=deque)
    returned: int = 0
    seconds: float = FIRST_GUESS

    def free_at(self, now: datetime) -> datetime:
        """The next moment this lane could take one more than it holds and gave back."""
        ahead = len(self.waiting) + self.returned
        return now + timedelta(seconds=max(SOONEST, ahead * self.seconds / PER_ACCOUNT))


class Lanes:
    """All accounts' lanes of one node."""

    def __init__(self) -> None:
        self._lanes: dict[UUID, Lane] = {}
        self._platforms: Counter[str] = Counter()
        self.flying = 0
        self.waiting = 0

    @property
    def room(self) -> int:
        """How many more requests may fly at once."""
        return IN_ALL - self.flying

    def admit(
        self, ready: list[Prepared], now: datetime
    ) -> tuple[list[Prepared], list[tuple[Prepared, datetime]]]:
        """Those that leave now, and those to give back with their next free moment."""
        leaving: list[Prepared] = []
        returning: list[tuple[Prepared, datetime]] = []
        for lane in self._lanes.values():
            lane.returned = 0
        for prepared in ready:
            lane = self._lanes.setdefault(prepared.claim.target.account_id, Lane())
            if self._may_fly(lane, prepared):
                self._take_off(lane, prepared)
                leaving.append(prepared)
            elif len(lane.waiting) < WAITING:
                lane.waiting.append(prepared)
                self.waiting += 1
            else:
                lane.returned += 1
                returning.append((prepared, lane.free_at(now)))
        return leaving, returning

    def land(self, prepared: Prepared, seconds: float | None) -> list[Prepared]:
        """One request ended after ``seconds`` (None: it never left); those to admit again."""
        account = prepared.claim.target.account_id
        lane = self._lanes[account]
        lane.flying -= 1
        self.flying -= 1
        self._platforms[prepared.claim.target.platform] -= 1
        if seconds is not None:
            lane.seconds += (seconds - lane.seconds) / 8
        nxt = self._next_waiting(lane)
        if not lane.flying and not lane.waiting:
            del self._lanes[account]
        return nxt

    def _may_fly(self, lane: Lane, prepared: Prepared) -> bool:
        return (
            lane.flying < PER_ACCOUNT
            and self._platforms[prepared.claim.target.platform] < PER_PLATFORM
        )

    def _take_off(self, lane: Lane, prepared: Prepared) -> None:
        lane.flying += 1
        self.flying += 1
        self._platforms[prepared.claim.target.platform] += 1

    def _next_waiting(self, lane: Lane) -> list[Prepared]:
        """The next of this lane, else the first of any lane that a full platform held up."""
        if lane.waiting:
            self.waiting -= 1
            return [lane.waiting.popleft()]
        for other in () if not self.waiting else self._lanes.values():
            if other.waiting and self._may_fly(other, other.waiting[0]):
                self.waiting -= 1
                return [other.waiting.popleft()]
        return []
