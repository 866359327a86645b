"""Videos: looked into without reading them whole, a still picture taken of each.

Only the reader of the container that the content shows is used, so that nothing a file says can
make FFmpeg open another file or an address.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, BinaryIO

import av
from av.error import FFmpegError
from PIL import Image

from postclock.errors import Invalid
from postclock.services.media.kinds import VIDEOS
from postclock.services.media.refusals import damaged, refused

MAX_SIDE = 8192
MAX_PIXELS = 36_000_000
"""Width × height of a frame (8K has 33 million): a larger one is not decoded."""
MAX_STREAMS = 32
MAX_SECONDS = 12 * 3600.0
POSTER_SIDE = 1280
SLACK = 0.5
"""Seconds (and a tenth) that a video may end before it says."""
PATIENCE = 20.0
"""Seconds without a byte after which FFmpeg gives up."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a video shows: its size after it is turned, its length, its codecs, a still of it."""

    width: int
    height: int
    duration: float
    frame_rate: float | None
    video_codec: str
    audio_codec: str
    poster: bytes


def read_video(mime_type: str, file: BinaryIO) -> Seen:
    """What ``file`` shows. Raises Invalid when it is no whole video that can be decoded."""
    file.seek(0)
    try:
        with av.open(file, "r", format=VIDEOS[mime_type], timeout=(PATIENCE, PATIENCE)) as opened:
            return _seen(opened)
    except Invalid:
        raise
    except (FFmpegError, OSError, ValueError, EOFError, OverflowError, MemoryError) as error:
        raise damaged("video", error) from error


def _seen(container: Any) -> Seen:
    if len(container.streams) > MAX_STREAMS:
        raise refused("media_damaged", f"This video has more than {MAX_STREAMS} streams.")
    if not container.streams:
        raise refused("media_damaged", "This video has nothing in it that can be read.")
    if not container.streams.video:
        raise refused("media_type_refused", "This file has sound and no picture.")
    stream = container.streams.video[0]
    _check_frame(stream.width, stream.height)
    stream.thread_count = 1
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}  # a frame may say otherwise
    still, turned = _still(container, stream)
    duration = _length(container, stream)
    if duration > MAX_SECONDS:
        raise refused("video_too_long", f"This video is longer than {MAX_SECONDS / 3600:g} h.")
    audio = next(iter(container.streams.audio), None)
    rate = stream.average_rate or stream.guessed_rate
    width, height = stream.width, stream.height
    if stream.sample_aspect_ratio:  # its pixels are no squares
        width = round(width * stream.sample_aspect_ratio)
    if turned:
        width, height = height, width
    return Seen(
        width, height, duration, round(float(rate), 3) if rate else None,
        _codec(stream), _codec(audio) if audio else "", still,
    )  # fmt: skip


def _codec(stream: Any) -> str:
    """As FFmpeg names the codec, not the decoder; empty where it knows none for it."""
    return str(stream.codec_context.codec.canonical_name) if stream.codec_context else ""


def _check_frame(width: int, height: int) -> None:
    if not width or not height:
        raise refused("media_damaged", "This video does not say how large it is.")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise refused(
            "media_too_many_pixels",
            f"This video has {width} × {height} pixels, more than is looked into "
            f"({MAX_SIDE} a side, {MAX_PIXELS // 1_000_000} million in all).",
        )


def _still(container: Any, stream: Any) -> tuple[bytes, bool]:
    """A JPEG of a frame near the beginning, and whether it was turned by a quarter.

    The first frame proves that it can be decoded; a little later there is more to see.
    """
    frame = next(container.decode(stream), None)
    if frame is None:
        raise refused("media_damaged", "This video has no picture that can be decoded.")
    length = container.duration or 0
    if length:
        container.seek(length // 10)
        frame = next(container.decode(stream), None) or frame
    _check_frame(frame.width, frame.height)
    image: Image.Image = frame.to_image()
    if stream.sample_aspect_ratio:
        image = image.resize((round(image.width * stream.sample_aspect_ratio), image.height))
    quarter = round(frame.rotation / 90) % 4
    image = image.rotate(quarter * 90, expand=True) if quarter else image
    image.thumbnail((POSTER_SIDE, POSTER_SIDE))
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=85)
    return file.getvalue(), quarter in (1, 3)


def _length(container: Any, stream: Any) -> float:
    """Seconds; what a file claims must be there: it is read on from shortly before its end.

    A recording that does not say its length (a browser's WebM) is read through.
    """
    claimed = container.duration / av.time_base if container.duration else 0.0
    container.seek(max(0, int((claimed - 1) * av.time_base)))
    begins = float((stream.start_time or 0) * stream.time_base)
    last = None
    for packet in container.demux(stream):
        if packet.pts is not None:
            ends = float((packet.pts + (packet.duration or 0)) * stream.time_base) - begins
            last = max(last or 0.0, ends)
    expected = float(stream.duration * stream.time_base) if stream.duration else claimed
    if last is None or last < expected * 0.9 - SLACK:
        raise refused("media_damaged", "This video ends before it should: a part is missing.")
    return round(claimed or last, 3)
