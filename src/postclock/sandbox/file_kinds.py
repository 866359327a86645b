"""What an uploaded file is, told from its bytes and not from what its sender calls it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}
VIDEO = "video/mp4"
SHOWN = (*FORMATS.values(), VIDEO)
"""What the sandbox serves to a browser as what it is."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A MIME type and, for pictures, their size in pixels; ``moves`` for video and GIF films."""

    mime_type: str
    width: int = 0
    height: int = 0
    moves: bool = False


def kind_of(data: bytes) -> FileKind | None:
    """The kind of a picture or video this sandbox knows; None for anything else."""
    if data[4:8] == b"ftyp":
        return FileKind(VIDEO, moves=True)
    try:
        with Image.open(BytesIO(data), formats=list(FORMATS)) as picture:
            moves = picture.format == "GIF" and bool(getattr(picture, "is_animated", False))
            return FileKind(FORMATS[picture.format or ""], *picture.size, moves)
    except _UNREADABLE:
        return None


_UNREADABLE = (
    ArithmeticError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises for files that are torn or made to mislead."""
