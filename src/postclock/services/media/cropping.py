"""A piece of a picture, as a picture of its own; the first one stays as it is."""

from __future__ import annotations

import asyncio
import io

from PIL import Image, ImageOps

from postclock.errors import Invalid, Problem
from postclock.services.media.model import StoredMedia
from postclock.services.media.pictures import UNREADABLE
from postclock.services.media.probe import one_at_a_time
from postclock.services.media.refusals import damaged
from postclock.services.media.storage import MediaStore
from postclock.services.platforms.images import Crop

QUALITY = 95


async def cropped(store: MediaStore, media: StoredMedia, crop: Crop) -> io.BytesIO:
    """The piece ``crop`` of a picture, in its own type (a GIF becomes a PNG).

    Raises Invalid where there is no such piece, FileNotFoundError.
    """
    check(media, crop)
    content = await store.read(media.storage_key)
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(one_at_a_time, _cut, content, crop)
    except UNREADABLE as error:
        raise damaged("picture", error) from error


def check(media: StoredMedia, crop: Crop) -> None:
    """Raise Invalid unless ``media`` is a still picture that ``crop`` is a piece of."""
    if not media.is_still:
        message = "Only a picture that does not move can be cropped."
        raise Invalid("crop_refused", message, problems=[Problem("crop_refused", message)])
    width, height = media.width or 0, media.height or 0
    if crop.x + crop.width > width or crop.y + crop.height > height:
        message = f"This piece is not inside the picture ({width} × {height})."
        raise Invalid("crop_refused", message, problems=[Problem("crop_refused", message)])


def _cut(content: bytes, crop: Crop) -> io.BytesIO:
    file = io.BytesIO()
    with Image.open(io.BytesIO(content)) as stored:
        kind = "PNG" if stored.format == "GIF" else stored.format or "PNG"
        upright = ImageOps.exif_transpose(stored)
        piece = upright.crop((crop.x, crop.y, crop.x + crop.width, crop.y + crop.height))
        piece.save(file, kind, quality=QUALITY, icc_profile=stored.info.get("icc_profile"))
    return file
