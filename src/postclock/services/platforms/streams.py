"""A video as a request sends it: piece by piece, never whole in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

from postclock.http import Stream
from postclock.services.platforms.drafting import Files, Media

PIECE = 1 << 20


async def pieces_of(media: Media, files: Files) -> AsyncIterator[bytes]:
    """The bytes of ``media``, read as they are sent."""
    for start in range(0, media.size, PIECE):
        yield await files.read_range(media, start, min(start + PIECE, media.size))


def stream_of(media: Media, files: Files) -> Stream:
    """The same as a part of a form."""
    return Stream(media.size, lambda: pieces_of(media, files))
