"""What one node holds: how much, what of it can still be given back, and how much more fits."""

from __future__ import annotations

import asyncio

from postclock.scheduler.held_queries import Hold
from postclock.scheduler.model import Claim


class Hands:
    """The claims in one node's hands; ``most`` is how many fit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[Hold, Claim] = {}
        self._full = 0
        self.relieved = asyncio.Event()
        """Set whenever something left these hands."""

    @property
    def room(self) -> int:
        """How many more claims fit."""
        return self._most - self._full

    @property
    def returnable(self) -> list[Claim]:
        """What nothing has left of: it can be given back."""
        return list(self._held.values())

    def take(self, claim: Claim, *, returnable: bool) -> None:
        self._full += 1
        if returnable:
            self._held[claim.hold] = claim

    def holds(self, claim: Claim) -> bool:
        """Whether it can still be given back, and has not been."""
        return claim.hold in self._held

    def bind(self, claim: Claim) -> None:
        """From here on it cannot be given back: it is on its way, or its ending is."""
        self._held.pop(claim.hold, None)

    def drop(self, claim: Claim) -> None:
        """It has left these hands."""
        self.bind(claim)
        self._full -= 1
        self.relieved.set()

    def forget(self) -> None:
        """Nothing can be given back any more: it has been."""
        self._held.clear()

    async def emptied(self) -> None:
        """Return when nothing is held."""
        while self._full:
            self.relieved.clear()
            await self.relieved.wait()
