"""What an uploaded file really is: told by its content, never by its name."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

from postclock.services.media.boxes import Patch, notes
from postclock.services.media.kinds import PICTURES, kind_of
from postclock.services.media.model import Probed
from postclock.services.media.pictures import read_picture
from postclock.services.media.refusals import damaged, type_refused
from postclock.services.media.videos import read_video

one_at_a_time = ThreadPoolExecutor(1, "probe")
"""A picture may take 256 MB while it is decoded: one does, at most."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and what is to be kept: ``content`` with ``patches``, and a video's still."""

    probed: Probed
    content: BinaryIO
    patches: list[Patch]
    poster: bytes | None = None


async def look(file: BinaryIO) -> Looked:
    """What ``file`` is; raises Invalid when it is no whole picture or video that is taken."""
    return await asyncio.get_running_loop().run_in_executor(one_at_a_time, _look, file)


def _look(file: BinaryIO) -> Looked:
    kind = kind_of(file)
    if kind is None:
        raise type_refused()
    if kind in PICTURES:
        mime_type, content, width, height, animated = read_picture(kind, file)
        return Looked(Probed(mime_type, width, height, animated), io.BytesIO(content), [])
    try:
        patches = [] if kind == "video/webm" else notes(file)
    except ValueError as error:
        raise damaged("video", error) from error
    seen = read_video(kind, file)
    probed = Probed(
        kind, seen.width, seen.height, False, seen.duration, seen.frame_rate,
        seen.video_codec, seen.audio_codec,
    )  # fmt: skip
    return Looked(probed, file, patches, seen.poster)
