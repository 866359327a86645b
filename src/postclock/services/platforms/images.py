"""What every platform's pictures have in common: how many, which, how large, how described."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from postclock.errors import Problem
from postclock.services.platforms.capabilities import ImageLimits
from postclock.services.platforms.drafting import Media

NAMES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WebP",
}
LEEWAY = 0.005
"""How far a shape may be off: sides are whole pixels."""


def image_problems(
    label: str,
    media: Sequence[Media],
    limits: ImageLimits | None,
    *,
    moving: ImageLimits | None = None,
) -> list[Problem]:
    """Everything the platform named ``label`` would refuse about the pictures of a draft.

    ``moving`` are the limits of moving pictures, where the platform takes one, by itself.
    """
    if not media:
        return []
    if limits is None:
        message = f"{label} takes no pictures: take them out for it."
        return [Problem("media_refused", message, "media")]
    problems = []
    if len(media) > limits.most:
        message = f"{label} takes up to {limits.most} pictures, these are {len(media)}."
        problems.append(Problem("media_too_many", message, "media"))
    for i, one in enumerate(media):
        problems += [
            Problem(code, message, f"media.{i}{part}")
            for code, message, part in _of_one(label, one, (one.animated and moving) or limits)
        ]
    if len({one.id for one in media}) < len(media):
        problems.append(Problem("media_twice", "The same picture is in the post twice.", "media"))
    if moving and len(media) > 1 and any(one.animated for one in media):
        message = f"{label} takes a moving picture only by itself: take the other pictures out."
        problems.append(Problem("media_mixed", message, "media"))
    return problems


def _of_one(label: str, one: Media, limits: ImageLimits) -> Iterator[tuple[str, str, str]]:
    if one.mime_type not in limits.types:
        taken = ", ".join(NAMES.get(kind, kind) for kind in sorted(limits.types))
        kind = NAMES.get(one.mime_type, one.mime_type)
        yield "media_type_refused", f"{label} takes {taken}, this one is {kind}.", ""
    if one.size > limits.max_bytes:
        most, size = limits.max_bytes / 1e6, one.size / 1e6
        shown = f"{size:.3g}" if f"{size:.3g}" != f"{most:.3g}" else f"{size:.6f}"
        message = f"{label} takes images up to {most:.3g} MB, this one is {shown} MB."
        yield "media_too_large", message, ""
    pixels = (one.width or 0) * (one.height or 0)
    if limits.max_pixels and pixels > limits.max_pixels:
        message = (
            f"{label} takes images up to {limits.max_pixels / 1e6:.1f} million pixels, "
            f"this one has {one.width} × {one.height} ({pixels / 1e6:.1f} million)."
        )
        yield "media_too_many_pixels", message, ""
    yield from _shape(label, one.width, one.height, limits)
    if limits.max_alt and len(one.alt) > limits.max_alt:
        message = (
            f"{label} takes {limits.max_alt} characters of alt text, this one has {len(one.alt)}: "
            f"shorten by {len(one.alt) - limits.max_alt}."
        )
        yield "alt_too_long", message, ".alt"


def _shape(
    label: str, width: int | None, height: int | None, limits: ImageLimits
) -> Iterator[tuple[str, str, str]]:
    if not width or not height:
        return
    if limits.min_width and width < limits.min_width:
        message = f"{label} needs at least {limits.min_width} px of width, this one has {width}."
        yield "image_too_small", message, ""
    crop = crop_for(width, height, limits)
    if crop:
        low, high = limits.min_ratio or 0, limits.max_ratio or 100
        message = (
            f"{label} takes shapes from {low:.2f} to {high:.2f} (width ÷ height), this one is "
            f"{width / height:.2f} ({width} × {height}): crop it, for example to "
            f"{crop.width} × {crop.height} from its middle."
        )
        yield "image_shape", message, ""


@dataclass(frozen=True, slots=True)
class Crop:
    """A piece of a picture, in pixels from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


def crop_for(width: int, height: int, limits: ImageLimits) -> Crop | None:
    """The largest piece from the middle whose shape is taken; None if the whole picture's is."""
    low, high = limits.min_ratio, limits.max_ratio
    if high and width / height > high + LEEWAY:
        new = max(1, int(height * high))
        return Crop((width - new) // 2, 0, new, height)
    if low and width / height < low - LEEWAY:
        new = max(1, int(width / low))
        return Crop(0, (height - new) // 2, width, new)
    return None
