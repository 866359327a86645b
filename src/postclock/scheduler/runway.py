"""How many fly at once: so many to a platform, so many in all; a few more are intended behind them.

Intents are committed many at a time, so that a commit costs each little; what is intended and has
no place yet waits here, briefly. How many may wait follows from how fast the platform answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from postclock.scheduler.ports import Prepared

PER_PLATFORM = 64
IN_ALL = 256
BEHIND = 448
"""What may wait, intended, behind a platform that answers at once."""
AT_MOST = 1.0
"""Seconds that the last of them may have to wait."""
WORTHWHILE = 96
"""So many places are free before more is intended behind what flies."""

Fly = Callable[[Prepared, float], None]
"""Lets one leave; the number is the boot time after which nothing of it may be written."""


@dataclass(slots=True)
class Strip:
    """One platform's places: what flies, what waits intended, how long a request takes."""

    flying: int = 0
    intending: int = 0
    waiting: deque[tuple[Prepared, float]] = field(default_factory=deque)
    seconds: float = 1.0

    def room(self, queued: int) -> int:
        """How many more may be intended, of ``queued``; 0 until it is worth a commit."""
        behind = min(BEHIND, round(PER_PLATFORM * AT_MOST / max(self.seconds, 0.001)))
        taken = self.flying + self.intending + len(self.waiting)
        free = min(PER_PLATFORM + behind - taken, queued)
        worthwhile = taken < PER_PLATFORM or free >= min(WORTHWHILE, behind)
        return max(free, 0) if worthwhile else 0


class Runway:
    """All platforms' strips of one node; ``fly`` is called for each when its place is free."""

    def __init__(self, fly: Fly) -> None:
        self._fly = fly
        self._strips: dict[str, Strip] = {}
        self._flying = 0

    def room(self, platform: str, queued: int) -> int:
        """How many of the ``queued`` of ``platform`` may be intended now."""
        return self._strip(platform).room(queued)

    def intending(self, platform: str, count: int) -> None:
        """``count`` more are being committed; negative when fewer go than were."""
        self._strip(platform).intending += count

    def take_off(self, prepared: Prepared, last_write: float) -> None:
        """It is committed: let it fly, or wait for a place."""
        strip = self._strip(prepared.claim.target.platform)
        strip.intending -= 1
        strip.waiting.append((prepared, last_write))
        self._fill(strip)

    def land(self, prepared: Prepared, seconds: float) -> tuple[Prepared, float] | None:
        """Its request ended after ``seconds``; the one of its platform that takes its place."""
        strip = self._strip(prepared.claim.target.platform)
        strip.seconds += (seconds - strip.seconds) / 16
        if strip.waiting:
            return strip.waiting.popleft()
        strip.flying -= 1
        self._flying -= 1
        for other in self._strips.values():
            self._fill(other)
        return None

    def _fill(self, strip: Strip) -> None:
        while strip.waiting and strip.flying < PER_PLATFORM and self._flying < IN_ALL:
            strip.flying += 1
            self._flying += 1
            self._fly(*strip.waiting.popleft())

    def _strip(self, platform: str) -> Strip:
        return self._strips.setdefault(platform, Strip())
