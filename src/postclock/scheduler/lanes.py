"""Fairness between accounts: who may leave now, who waits a little, and who is given back.

Each account has a lane. A lane lets ``PER_ACCOUNT`` leave at once and keeps a few more waiting;
what exceeds that goes back to the database, the k-th row to the lane's k-th free moment, so that
one busy account neither fills the memory nor delays the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from postclock.scheduler.ports import Prepared

PER_ACCOUNT = 4
WAITING = 8
FIRST_GUESS = 0.1
"""Seconds a request is thought to take before any was seen."""
SOONEST = 0.02


@dataclass(slots=True)
class Lane:
    """One account's deliveries that are leaving, and those right behind them."""

    leaving: int = 0
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

    def admit(
        self, ready: Sequence[Prepared], now: datetime
    ) -> tuple[list[Prepared], list[tuple[Prepared, datetime]]]:
        """Those that leave now, and those to give back with their next free moment."""
        leaving: list[Prepared] = []
        returning: list[tuple[Prepared, datetime]] = []
        full: list[Lane] = []
        for prepared in ready:
            lane = self._lanes.setdefault(prepared.claim.target.account_id, Lane())
            if lane.leaving < PER_ACCOUNT:
                lane.leaving += 1
                leaving.append(prepared)
            elif len(lane.waiting) < WAITING:
                lane.waiting.append(prepared)
            else:
                lane.returned += 1
                full.append(lane)
                returning.append((prepared, lane.free_at(now)))
        for lane in full:
            lane.returned = 0
        return leaving, returning

    def land(self, prepared: Prepared, seconds: float | None) -> Prepared | None:
        """One ended after ``seconds`` (None: it never left); the next of its account, if any."""
        account = prepared.claim.target.account_id
        lane = self._lanes[account]
        lane.leaving -= 1
        if seconds is not None:
            lane.seconds += (seconds - lane.seconds) / 8
        if lane.waiting:
            return lane.waiting.popleft()
        if not lane.leaving:
            del self._lanes[account]
        return None
