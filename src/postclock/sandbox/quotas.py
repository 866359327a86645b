"""How much of a platform's quota an account has used: what its rate-limit headers say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Quota:
    """At most ``limit`` points in a window of ``seconds``; ``name`` tells the families apart."""

    name: str
    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A quota as one account finds it: what is left, and when it is whole again."""

    quota: Quota
    remaining: int
    reset_at: datetime


class Meter:
    """Counts use in windows that begin with the first use. Shows, and leaves refusing to others."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[datetime, int]] = {}

    def read(self, quota: Quota, who: str, now: datetime) -> Standing:
        """What is left to ``who``."""
        began, used = self._window(quota, who, now)
        left = max(quota.limit - used, 0)
        return Standing(quota, left, began + timedelta(seconds=quota.seconds))

    def use(self, quota: Quota, who: str, now: datetime, points: int = 1) -> Standing:
        """Count ``points`` and tell what is left."""
        began, used = self._window(quota, who, now)
        self._windows[quota.name, who] = (began, used + points)
        return self.read(quota, who, now)

    def _window(self, quota: Quota, who: str, now: datetime) -> tuple[datetime, int]:
        began, used = self._windows.get((quota.name, who), (now, 0))
        if now >= began + timedelta(seconds=quota.seconds):
            return now, 0
        return began, used
