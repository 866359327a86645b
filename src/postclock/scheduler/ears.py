"""Whether notifications arrive. A connection that listens may be dead and not know it.

So a node sends itself an echo now and then, along the way of every notification; while none has
come back it must ask the database itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from postclock.clock import Clock

log = structlog.get_logger(__name__)

ECHO_PATIENCE = 3.0
"""Seconds an echo may take before the connection counts as dead."""
ECHO_EVERY = timedelta(minutes=15)
"""An echo is sent with every idle question, and after so long with any."""


class Ears:
    """Believes in LISTEN as long as echoes come back; ``drop`` closes one that is deaf."""

    def __init__(self, clock: Clock, drop: Callable[[], None]) -> None:
        self._clock, self._drop = clock, drop
        self._connected = False
        self._asked: float | None = None
        self._heard: float | None = None

    @property
    def hear(self) -> bool:
        """Whether a notification that is sent now will arrive."""
        return self._heard is not None

    def connected(self, now: bool) -> None:
        """LISTEN is set up, or lost; a new one has yet to prove itself."""
        self._connected, self._asked, self._heard = now, None, None

    def want_echo(self, *, idle: bool) -> bool:
        """Whether the next question should carry an echo."""
        if not self._connected:
            return False
        if self._heard is None or idle:
            return True
        return self._clock.boottime() - self._heard >= ECHO_EVERY.total_seconds()

    def asked(self) -> None:
        """An echo was sent."""
        if self._connected and self._asked is None:
            self._asked = self._clock.boottime()

    def heard(self) -> None:
        """An echo came back."""
        if self._connected:
            self._asked, self._heard = None, self._clock.boottime()

    @property
    def patience(self) -> float:
        """Seconds until ``check`` has something to say; infinite while no echo is awaited."""
        if self._asked is None:
            return float("inf")
        return max(self._asked + ECHO_PATIENCE - self._clock.boottime(), 0.0)

    def check(self) -> bool:
        """False, and the connection is dropped, when an echo is overdue."""
        if self.patience > 0:
            return True
        log.warning("listen_deaf", advice="the connection is closed; the database is asked instead")
        self.connected(False)
        self._drop()
        return False
