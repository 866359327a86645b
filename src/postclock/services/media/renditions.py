"""Pictures made to suit a platform: another type, fewer pixels, fewer bytes.

What will be sent is planned when a post is checked, made when it is staged, and kept beside the
file. A shape that a platform refuses is never cropped by itself, and what moves is not touched.
"""

from __future__ import annotations

import asyncio
import io
import math
import re
from dataclasses import dataclass, replace

from PIL import Image, ImageOps

from postclock.services.media.pictures import UNREADABLE, flat
from postclock.services.media.probe import one_at_a_time
from postclock.services.platforms.base import NotPublished
from postclock.services.platforms.capabilities import ImageLimits
from postclock.services.platforms.drafting import Media

QUALITIES = (92, 87, 82, 76, 70)
"""Tried one after another until the bytes suffice; below, the picture is made smaller instead."""
SMALLER = 0.85
_WRITTEN = re.compile(r"(\d+)x(\d+)-(\d+)\.jpg")


@dataclass(frozen=True, slots=True)
class Plan:
    """A JPEG of at most this many pixels and bytes."""

    width: int
    height: int
    max_bytes: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}-{self.max_bytes}.jpg"


def fitting(media: Media, limits: ImageLimits | None) -> Media:
    """``media`` as it will be sent: itself, or a rendition where that is what ``limits`` want."""
    if limits is None or media.is_video or media.animated or not (media.width and media.height):
        return media
    width, height = _within(media.width, media.height, limits)
    fits = media.mime_type in limits.types and media.size <= limits.max_bytes
    if (fits and (width, height) == (media.width, media.height)) or (
        "image/jpeg" not in limits.types
    ):
        return media
    plan = Plan(width, height, limits.max_bytes)
    return replace(
        media, mime_type="image/jpeg", size=limits.max_bytes, width=width, height=height,
        rendition=str(plan),
    )  # fmt: skip


def _within(width: int, height: int, limits: ImageLimits) -> tuple[int, int]:
    scale = min(
        1.0,
        (limits.max_width or width) / width,
        math.sqrt((limits.max_pixels or width * height) / (width * height)),
    )
    return max(1, int(width * scale)), max(1, int(height * scale))


async def render(content: bytes, rendition: str) -> bytes:
    """The bytes of ``rendition`` of a picture; raises NotPublished where it cannot be made."""
    found = _WRITTEN.fullmatch(rendition)
    assert found, rendition
    plan = Plan(*(int(number) for number in found.groups()))
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(one_at_a_time, _render, content, plan)
    except UNREADABLE as error:
        message = f"A picture cannot be made to fit ({error})."
        raise NotPublished("media_unreadable", message) from error


def _render(content: bytes, plan: Plan) -> bytes:
    with Image.open(io.BytesIO(content)) as stored:
        stored.draft("RGB", (plan.width, plan.height))
        profile = stored.info.get("icc_profile") if stored.mode != "CMYK" else None
        image = flat(ImageOps.exif_transpose(stored))
    if image.mode == "CMYK":
        image = image.convert("RGB")
    size = (plan.width, plan.height)
    while True:
        image = image.resize(size, Image.Resampling.LANCZOS) if image.size != size else image
        for quality in QUALITIES:
            file = io.BytesIO()
            image.save(file, "JPEG", quality=quality, optimize=True, icc_profile=profile)
            if file.tell() <= plan.max_bytes or max(size) <= 1:
                return file.getvalue()
        size = (max(1, int(size[0] * SMALLER)), max(1, int(size[1] * SMALLER)))
