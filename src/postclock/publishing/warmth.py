"""Connections opened ahead: at the moment a request finds one and only has to write."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from datetime import datetime, timedelta

from postclock.clock import Clock
from postclock.http import KEEP_ALIVE, Http

AT_ONCE = 64
"""Connections opened ahead to one server within the time they stay usable."""
WORTHWHILE = timedelta(milliseconds=20)
"""What leaves sooner opens its own connection just as fast."""


class Warmth:
    """Opens connections for what leaves soon; never waits, never fails."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http, self._clock = http, clock
        self._opened: defaultdict[str, deque[float]] = defaultdict(deque)
        self._opening: set[asyncio.Task[None]] = set()

    def ahead(self, url: str, instant: datetime) -> None:
        """Something leaves for ``url`` at ``instant``."""
        if instant - self._clock.now() < WORTHWHILE:
            return
        opened, now = self._opened[url], self._clock.monotonic()
        while opened and opened[0] < now - KEEP_ALIVE:
            opened.popleft()
        if len(opened) < AT_ONCE:
            opened.append(now)
            self._opening.add(task := asyncio.create_task(self._http.warm(url)))
            task.add_done_callback(self._opening.discard)
