"""What an uploaded file really is: told by its content, never by its name."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

import puremagic
from PIL import ExifTags, Image, UnidentifiedImageError

from postclock.errors import Invalid, Problem

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
"""The types that are taken, and what Pillow calls them."""
MAX_PIXELS = 64_000_000
"""Width × height; the largest picture that is decoded to see that it is whole (256 MB)."""
TURNED = frozenset({5, 6, 7, 8})
"""EXIF orientations that show a picture's height as its width."""

Image.MAX_IMAGE_PIXELS = None  # MAX_PIXELS is asked before anything is decoded
_one_at_a_time = ThreadPoolExecutor(1, "probe")


@dataclass(frozen=True, slots=True)
class Probed:
    """A picture's type, its size as shown, and whether it moves."""

    mime_type: str
    width: int
    height: int
    animated: bool


async def probe(file: BinaryIO) -> Probed:
    """What ``file`` is; raises Invalid when it is no whole picture of a type that is taken."""
    return await asyncio.get_running_loop().run_in_executor(_one_at_a_time, _probe, file)


def _probe(file: BinaryIO) -> Probed:
    mime_type = _type(file)
    file.seek(0)
    try:
        with Image.open(file, formats=[FORMATS[mime_type]]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels(image.width, image.height)
            turned = image.getexif().get(ExifTags.Base.Orientation) in TURNED
            width, height = (image.height, image.width) if turned else image.size
            animated = bool(getattr(image, "is_animated", False))
            image.draft("L", (1, 1))  # a JPEG is read whole, but kept small
            image.load()
    except Invalid:
        raise
    except UnidentifiedImageError as error:
        raise _type_refused() from error
    except (OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError, IndexError) as error:
        message = f"This picture is damaged and cannot be read ({error})."
        raise _refused("media_damaged", message) from error
    return Probed(mime_type, width, height, animated)


def _type(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(4096)
    try:
        found = {match.mime_type for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        found = set()
    for mime_type in FORMATS:
        if mime_type in found:
            return mime_type
    raise _type_refused()


def _type_refused() -> Invalid:
    return _refused(
        "media_type_refused",
        "Postclock takes JPEG, PNG, GIF and WebP pictures: this file is none of them.",
    )


def _too_many_pixels(width: int, height: int) -> Invalid:
    return _refused(
        "media_too_many_pixels",
        f"This picture has {width} × {height} pixels, more than {MAX_PIXELS // 1_000_000} million: "
        "make it smaller.",
    )


def _refused(code: str, message: str) -> Invalid:
    return Invalid(code, message, problems=[Problem(code, message, "file")])
