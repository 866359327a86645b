"""What a publishing call carries of a file: read ahead of its moment, as far as there is room."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from uuid import UUID

from postclock.clock import Clock
from postclock.publishing.parcels import Parcel
from postclock.scheduler.model import Staged

ROOM = 256 << 20
"""Bytes read ahead at most; what comes then is read when it leaves."""
KEPT = 60.0
"""Seconds after which what never left is dropped."""

Hold = tuple[UUID, int]


class Baggage:
    """Pieces of files that were read ahead, by what holds their delivery."""

    def __init__(self, clock: Clock, room: int = ROOM) -> None:
        self._clock, self._room = clock, room
        self._read: OrderedDict[Hold, tuple[float, bytes]] = OrderedDict()

    async def fetch(self, hold: Hold, parcel: Parcel, staged: Staged) -> None:
        """Read ahead what ``parcel`` carries, if there is room for it.

        Raises NotPublished where it cannot be read.
        """
        piece = parcel.platform.held_back(parcel.draft, staged)
        if piece is None:
            return
        self._drop_old()
        used = sum(len(content) for _, content in self._read.values())
        if used + piece.end - piece.start <= self._room:
            content = await parcel.files.read_range(piece.media, piece.start, piece.end)
            self._read[hold] = (self._clock.monotonic(), content)

    async def load(self, hold: Hold, parcel: Parcel, staged: Staged) -> Parcel:
        """``parcel`` with what it carries; raises NotPublished where it cannot be read."""
        piece = parcel.platform.held_back(parcel.draft, staged)
        if piece is None:
            return parcel
        _, content = self._read.pop(hold, (0, b""))
        if not content:
            content = await parcel.files.read_range(piece.media, piece.start, piece.end)
        return replace(parcel, draft=replace(parcel.draft, held=content))

    def _drop_old(self) -> None:
        while self._read:
            hold, (at, _) = next(iter(self._read.items()))
            if self._clock.monotonic() - at < KEPT:
                return
            del self._read[hold]
