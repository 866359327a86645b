"""Pictures that have to be made to suit a platform: another type, fewer pixels, fewer bytes.

Pure: what will be sent is planned here when a post is checked, and made when it is staged
(renditions.py). A shape that a platform refuses is never cropped by itself, and what moves is not
touched.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from postclock.services.platforms.capabilities import ImageLimits
from postclock.services.platforms.drafting import Media

_WRITTEN = re.compile(r"(\d+)x(\d+)-(\d+)\.jpg")


@dataclass(frozen=True, slots=True)
class Plan:
    """A JPEG of at most this many pixels and bytes."""

    width: int
    height: int
    max_bytes: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}-{self.max_bytes}.jpg"

    @classmethod
    def read(cls, rendition: str) -> Plan:
        """The plan that was written as ``rendition``."""
        found = _WRITTEN.fullmatch(rendition)
        assert found, rendition
        return cls(*(int(number) for number in found.groups()))


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
