"""What a publishing call carries of a file: read once, ahead, as far as there is room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from postclock.publishing.baggage import KEPT, Baggage
from postclock.publishing.parcels import Parcel
from postclock.services.platforms.base import Login
from postclock.services.platforms.drafting import Draft, Media, Piece
from postclock.services.platforms.mastodon import Mastodon
from tests.fixtures.files import HeldFiles
from tests.services.platforms.scripted import OwnedClock

HOLD = (uuid4(), 1)
VIDEO = Media(uuid4(), "video/mp4", 10)
BYTES = b"0123456789"


class Carrier(Mastodon):
    """A platform whose publishing call carries the end of a file."""

    name: ClassVar[str] = "carrier"

    def held_back(self, draft: Draft, staged: Mapping[str, Any]) -> Piece | None:
        return Piece(VIDEO, staged["from"], 10, "https://upload.test") if "from" in staged else None


def parcel(files: HeldFiles, clock: OwnedClock) -> Parcel:
    platform: Any = Carrier(None, clock)  # type: ignore[arg-type]
    return Parcel(platform, Login("", "7", "ada", {}), Draft("x", (VIDEO,)), [], files)


@pytest.mark.parametrize(("room", "reads"), [(100, 1), (5, 1), (6, 1)])
async def test_a_piece_is_read_once_ahead_or_when_it_leaves(room: int, reads: int) -> None:
    clock, files = OwnedClock(), HeldFiles(others=BYTES)
    baggage, one = Baggage(clock, room), parcel(files, clock)
    await baggage.fetch(HOLD, one, {"from": 4})
    assert len(files.ranges) == (1 if room >= 6 else 0)
    loaded = await baggage.load(HOLD, one, {"from": 4})
    assert (loaded.draft.held, len(files.ranges)) == (b"456789", reads)


async def test_what_never_leaves_makes_room_after_a_while() -> None:
    clock, files = OwnedClock(), HeldFiles(others=BYTES)
    baggage, one = Baggage(clock, 6), parcel(files, clock)
    await baggage.fetch(HOLD, one, {"from": 4})
    await baggage.fetch((uuid4(), 1), one, {"from": 4})
    assert len(files.ranges) == 1
    clock.at += timedelta(seconds=KEPT)
    await baggage.fetch((uuid4(), 1), one, {"from": 4})
    assert len(files.ranges) == 2


async def test_what_carries_nothing_reads_nothing() -> None:
    clock, files = OwnedClock(), HeldFiles(others=BYTES)
    baggage, one = Baggage(clock), parcel(files, clock)
    await baggage.fetch(HOLD, one, {})
    assert await baggage.load(HOLD, one, {}) is one
    assert files.ranges == []
