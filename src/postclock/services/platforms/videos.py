"""What every platform's videos have in common: type, size, length, shape, rate, codec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from postclock.errors import Problem
from postclock.services.platforms.capabilities import VideoLimits
from postclock.services.platforms.drafting import Media

NAMES = {"video/mp4": "MP4", "video/quicktime": "MOV", "video/webm": "WebM"}
LEEWAY = 0.01
"""How far a shape may be off: encoders round to even pixels."""


def video_problems(label: str, media: Sequence[Media], limits: VideoLimits | None) -> list[Problem]:
    """Everything the platform named ``label`` would refuse about the videos of a draft.

    ``media`` are all files of the draft: a problem's field says at which place a video stands.
    """
    problems = []
    videos = [(i, one) for i, one in enumerate(media) if one.is_video]
    if videos and limits is None:
        message = f"{label} takes no videos: take it out for it."
        return [Problem("media_refused", message, f"media.{i}") for i, _ in videos]
    if limits is None:
        return []
    if len(videos) > limits.most:
        message = f"{label} takes {limits.most} in one post, these are {len(videos)} videos."
        problems.append(Problem("media_too_many", message, "media"))
    for i, one in videos:
        problems += [
            Problem(code, message, f"media.{i}{part}")
            for code, message, part in _of_one(label, one, limits)
        ]
    return problems


def _of_one(label: str, one: Media, limits: VideoLimits) -> Iterator[tuple[str, str, str]]:
    if one.mime_type not in limits.types:
        taken = ", ".join(NAMES.get(kind, kind) for kind in sorted(limits.types))
        kind = NAMES.get(one.mime_type, one.mime_type)
        yield "media_type_refused", f"{label} takes {taken}, this video is {kind}.", ""
    if one.size > limits.max_bytes:
        most, size = limits.max_bytes / 1e6, one.size / 1e6
        message = f"{label} takes videos up to {most:,.0f} MB, this one has {size:,.0f} MB."
        yield "media_too_large", message, ""
    if limits.codecs and one.video_codec and one.video_codec not in limits.codecs:
        taken = ", ".join(sorted(limits.codecs))
        message = f"{label} takes videos in {taken}, this one is in {one.video_codec}."
        yield "video_codec_refused", message, ""
    yield from _length(label, one.duration, limits)
    yield from _rate(label, one.frame_rate, limits)
    yield from _shape(label, one.width, one.height, limits)
    if limits.max_alt and len(one.alt) > limits.max_alt:
        message = f"{label} takes {limits.max_alt} characters of alt text, this has {len(one.alt)}."
        yield "alt_too_long", message, ".alt"


def _length(
    label: str, seconds: float | None, limits: VideoLimits
) -> Iterator[tuple[str, str, str]]:
    if seconds is None:
        return
    if seconds < limits.min_seconds:
        least = f"{limits.min_seconds:g} s"
        message = f"{label} needs at least {least} of video, this is {seconds:.1f} s."
        yield "video_too_short", message, ""
    if limits.max_seconds and seconds > limits.max_seconds:
        message = f"{label} takes up to {limits.max_seconds:g} s of video, this is {seconds:.1f} s."
        yield "video_too_long", message, ""


def _rate(label: str, rate: float | None, limits: VideoLimits) -> Iterator[tuple[str, str, str]]:
    low, high = limits.min_frame_rate, limits.max_frame_rate
    if rate and ((low and rate < low - 0.1) or (high and rate > high + 0.1)):
        span = f"{low or 0:g} to {high or 240:g} frames a second"
        message = f"{label} takes {span}, this is {rate:.4g}."
        yield "video_frame_rate", message, ""


def _shape(
    label: str, width: int | None, height: int | None, limits: VideoLimits
) -> Iterator[tuple[str, str, str]]:
    if not width or not height:
        return
    short, long = min(width, height), max(width, height)
    if limits.min_side and short < limits.min_side:
        message = f"{label} needs ≥ {limits.min_side} px on the shorter side, this is {short}."
        yield "video_too_small", message, ""
    if limits.max_side and long > limits.max_side:
        message = f"{label} takes ≤ {limits.max_side} px on the longer side, this is {long}."
        yield "video_too_wide", message, ""
    ratio, low, high = width / height, limits.min_ratio, limits.max_ratio
    if (low and ratio < low - LEEWAY) or (high and ratio > high + LEEWAY):
        message = (
            f"{label} takes shapes from {low or 0:.2f} to {high or 100:.2f} (width ÷ height), "
            f"this is {ratio:.2f} ({width} × {height}): crop it."
        )
        yield "video_shape", message, ""
