"""What one account is asked to publish: its words, its files, its choices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from postclock.scheduler.model import Staged


@dataclass(frozen=True, slots=True)
class Media:
    """One file of a draft, as it is stored here; its bytes are read when it is staged."""

    id: UUID
    mime_type: str
    size: int
    """Bytes; of a rendition that is still to be made, the most it may have."""
    width: int | None = None
    height: int | None = None
    """Pixels, as shown (after its orientation is applied)."""
    alt: str = ""
    animated: bool = False
    duration: float | None = None
    """Seconds; None for a picture."""
    frame_rate: float | None = None
    """Frames a second of a video."""
    video_codec: str = ""
    audio_codec: str = ""
    """As FFmpeg names them (``h264``, ``aac``); empty: none, or a picture."""
    rendition: str = ""
    """How the bytes are made from the stored ones to suit a platform; empty: they are those."""

    @property
    def is_video(self) -> bool:
        return self.mime_type.startswith("video/")

    @property
    def name(self) -> str:
        """A file name for an upload form: its id and an ending that suits its type."""
        return f"{self.id}.{ENDINGS.get(self.mime_type, 'bin')}"


ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp",
    "video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes ``start`` to ``end`` (exclusive) of a file, and the address they go to."""

    media: Media
    start: int
    end: int
    url: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One more post of a thread."""

    text: str
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What one account is asked to publish."""

    text: str
    media: tuple[Media, ...] = ()
    thread: tuple[Segment, ...] = ()
    """The posts that follow the first, each an answer to the one before."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The platform's own choices, plain JSON; its ``options`` model reads them."""
    held: bytes = field(default=b"", repr=False)
    """The bytes of ``Platform.held_back``, when it is published."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The first post and those that follow it."""
        return (Segment(self.text, self.media), *self.thread)

    @property
    def all_media(self) -> tuple[Media, ...]:
        """Every file, of every segment, in order."""
        return tuple(media for segment in self.segments for media in segment.media)


Save = Callable[[Staged], Awaitable[None]]
"""Commits how far it came; raises when another node has taken the delivery over."""


async def unsaved(_staged: Staged) -> None:
    """Keeps nothing: for what is one request and has no parts."""


class Files(Protocol):
    """The bytes of a draft's files. Raises NotPublished where they cannot be read."""

    async def read(self, media: Media) -> bytes:
        """All of a picture."""
        ...

    async def read_range(self, media: Media, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end`` (exclusive) of a file: a video is never read whole."""
        ...

    async def link(self, media: Media) -> str:
        """A public address that gives the bytes for the next day, for platforms that fetch them."""
        ...
