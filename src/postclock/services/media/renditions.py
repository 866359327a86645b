"""Making a picture as fitting.py planned it: when it is staged, to be kept beside the file."""

from __future__ import annotations

import asyncio
import io

from PIL import Image, ImageOps

from postclock.services.media.fitting import Plan
from postclock.services.media.pictures import UNREADABLE, flat
from postclock.services.media.probe import one_at_a_time
from postclock.services.platforms.base import NotPublished

QUALITIES = (92, 87, 82, 76, 70)
"""Tried one after another until the bytes suffice; below, the picture is made smaller instead."""
SMALLER = 0.85


async def render(content: bytes, rendition: str) -> bytes:
    """The bytes of ``rendition`` of a picture; raises NotPublished where it cannot be made."""
    plan = Plan.read(rendition)
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
