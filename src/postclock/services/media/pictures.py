"""Pictures: decoded once to see that they are whole, kept without what says where they were taken.

A HEIC picture is kept as a JPEG: no platform takes HEIC, and few browsers show it.
"""

from __future__ import annotations

import io
from typing import BinaryIO

import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from postclock.errors import Invalid
from postclock.services.media.kinds import PICTURES
from postclock.services.media.refusals import damaged, refused, type_refused
from postclock.services.media.stripping import UPRIGHT, stripped

MAX_PIXELS = 64_000_000
"""Width × height; the largest picture that is decoded to see that it is whole (256 MB)."""
TURNED = frozenset({5, 6, 7, 8})
"""EXIF orientations that show a picture's height as its width."""
UNREADABLE = (
    OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError, IndexError, RuntimeError,
    MemoryError,
)  # fmt: skip
"""What Pillow's and libheif's readers raise at a file that is not whole."""
QUALITY = 93
"""Of a JPEG that is made of a HEIC: nobody sees the difference."""

Image.MAX_IMAGE_PIXELS = None  # MAX_PIXELS is asked before anything is decoded
pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)


def read_picture(mime_type: str, file: BinaryIO) -> tuple[str, bytes, int, int, bool]:
    """What is kept of a picture: its type, its bytes, width and height as shown, whether it moves.

    Raises Invalid.
    """
    file.seek(0)
    try:
        with Image.open(file, formats=[PICTURES[mime_type]]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels(image.width, image.height)
            if mime_type == "image/heic":
                return "image/jpeg", _as_jpeg(image), image.width, image.height, False
            orientation = _orientation(image)
            turned = orientation in TURNED
            width, height = (image.height, image.width) if turned else image.size
            animated = bool(getattr(image, "is_animated", False))
            image.draft("L", (1, 1))  # a JPEG is read whole, but kept small
            image.load()
        file.seek(0)
        return mime_type, stripped(mime_type, file.read(), orientation), width, height, animated
    except Invalid:
        raise
    except UnidentifiedImageError as error:
        raise type_refused() from error
    except UNREADABLE as error:
        raise damaged("picture", error) from error


def _orientation(image: Image.Image) -> int:
    said = image.getexif().get(ExifTags.Base.Orientation)
    return said if isinstance(said, int) and said in range(2, 9) else UPRIGHT


def _as_jpeg(image: Image.Image) -> bytes:
    """Upright (it is turned while it is read), on white where it is transparent."""
    file = io.BytesIO()
    flat(image).save(
        file, "JPEG", quality=QUALITY, subsampling=0, icc_profile=image.info.get("icc_profile")
    )
    return file.getvalue()


def flat(image: Image.Image) -> Image.Image:
    """The picture in the colours a JPEG has, on white where it is transparent."""
    if image.has_transparency_data:
        whole = image.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "white")
        return Image.alpha_composite(ground, whole).convert("RGB")
    return image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")


def _too_many_pixels(width: int, height: int) -> Invalid:
    return refused(
        "media_too_many_pixels",
        f"This picture has {width} × {height} pixels, more than {MAX_PIXELS // 1_000_000} million: "
        "make it smaller.",
    )
