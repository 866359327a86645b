"""What Instagram's containers are asked for with (contract sheet 1.b), and which media it takes.

``staged["media"]`` holds one entry for each file of a carousel, by its id, and one for what is
published at the moment, ``container``. An entry is used again only while it would be asked for
with the same words: ``{"id", "asked", "made_at", "expires_at", "ready"}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from postclock.errors import Problem
from postclock.scheduler.model import Staged
from postclock.services.platforms.base import UploadGone
from postclock.services.platforms.capabilities import ImageLimits, VideoLimits
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.instagram_answers import LABEL
from postclock.services.platforms.instagram_options import PostOptions, shape
from postclock.services.platforms.json_reading import instant, word
from postclock.services.platforms.uploads import KEY, Entry
from postclock.services.platforms.videos import video_problems

CONTAINER = "container"
LEAD, LEAD_FOR_VIDEO = timedelta(minutes=15), timedelta(minutes=45)
IMAGES = ImageLimits(
    most=10, types=frozenset({"image/jpeg"}), max_bytes=8_000_000, max_alt=1000, max_width=1440,
    min_ratio=0.8, max_ratio=1.91,
)  # fmt: skip
VIDEOS = VideoLimits(
    types=frozenset({"video/mp4", "video/quicktime"}), max_bytes=300_000_000, min_seconds=3,
    max_seconds=900, min_ratio=0.01, max_ratio=10, min_frame_rate=23, max_frame_rate=60,
    codecs=frozenset({"h264", "hevc"}), most=10,
)  # fmt: skip
STORY_SECONDS, STORY_BYTES = 60, 100_000_000
MAX_WIDTH = 1920


def asked_of_child(media: Media) -> dict[str, Any]:
    """What a carousel's part is asked for with, but for its address."""
    asked: dict[str, Any] = {"is_carousel_item": True}
    if media.is_video:
        return {**asked, "media_type": "VIDEO"}
    return {**asked, "alt_text": media.alt} if media.alt else asked


def asked_of_post(draft: Draft, options: PostOptions) -> dict[str, Any]:
    """What the container that is published is asked for with, but for addresses and parts."""
    kind = shape(draft, options)
    asked: dict[str, Any] = {"is_ai_generated": True} if options.is_ai_generated else {}
    if kind == "story":
        return {**asked, "media_type": "STORIES"}
    if draft.text:
        asked["caption"] = draft.text
    if options.collaborators:
        asked["collaborators"] = [name.removeprefix("@") for name in options.collaborators]
    if options.location_id:
        asked["location_id"] = options.location_id
    if kind == "carousel":
        return {**asked, "media_type": "CAROUSEL"}
    if kind == "reel":
        asked |= {"media_type": "REELS", "share_to_feed": options.share_to_feed}
        moment = options.thumb_offset_ms
        return asked if moment is None else {**asked, "thumb_offset": moment}
    return {**asked, "alt_text": draft.media[0].alt} if draft.media[0].alt else asked


def digest(asked: Mapping[str, Any], parts: Sequence[str]) -> str:
    """What an entry was asked for with, in short."""
    said = json.dumps([asked, *parts], sort_keys=True)
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def parts_of(media: Media) -> tuple[str, str]:
    """Which bytes an entry shows."""
    return str(media.id), media.rendition


def container_of(draft: Draft, options: PostOptions, staged: Staged, now: datetime) -> Entry:
    """What is published at the moment; raises UploadGone where it is not there as it must be."""
    entries = staged.get(KEY, {})
    parts: Sequence[str] = parts_of(draft.media[0])
    if shape(draft, options) == "carousel":
        parts = [word(entries.get(str(one.id), {}).get("id")) for one in draft.media]
    entry: Entry = entries.get(CONTAINER, {})
    ends = instant(entry.get("expires_at"))
    same = entry.get("asked") == digest(asked_of_post(draft, options), parts)
    if not same or not entry.get("ready") or ends is None or now >= ends:
        raise UploadGone("media_missing", f"{LABEL} does not have the media (any more).")
    return entry


def media_problems(
    media: Sequence[Media], tuned: Mapping[str, str], *, story: bool
) -> list[Problem]:
    """Everything Instagram would refuse about the files of a draft."""
    most = int(tuned["max_carousel"])
    images, videos = replace(IMAGES, most=most), replace(VIDEOS, most=most)
    videos = replace(videos, max_bytes=int(tuned["max_video_mb"]) * 1_000_000)
    if story:
        images = replace(images, min_ratio=None, max_ratio=None)
        videos = replace(videos, max_seconds=STORY_SECONDS, max_bytes=STORY_BYTES)
    problems = _at_their_places(media, images)
    problems += video_problems(LABEL, media, videos)
    if len(media) > most and any(one.is_video for one in media):
        message = f"{LABEL} takes up to {most} files in one post, these are {len(media)}."
        problems.append(Problem("media_too_many", message, "media"))
    for i, one in enumerate(media):
        if one.is_video:
            problems += [Problem(code, words, f"media.{i}") for code, words in _of_video(one)]
    return problems


def _at_their_places(media: Sequence[Media], images: ImageLimits) -> list[Problem]:
    """The pictures' problems, told by their places among all files."""
    places = [i for i, one in enumerate(media) if not one.is_video]
    found = image_problems(LABEL, [media[i] for i in places], images)
    return [replace(one, field=_placed(one.field, places)) for one in found]


def _placed(where: str | None, places: Sequence[int]) -> str | None:
    head, _, rest = (where or "").removeprefix("media.").partition(".")
    if not head.isdecimal():
        return where
    return ".".join(filter(None, ("media", str(places[int(head)]), rest)))


def _of_video(one: Media) -> Iterator[tuple[str, str]]:
    if one.width and one.width > MAX_WIDTH:
        message = f"{LABEL} takes videos up to {MAX_WIDTH} px wide, this one has {one.width}."
        yield "video_too_wide", message
    if one.audio_codec and one.audio_codec != "aac":
        yield "audio_codec_refused", f"{LABEL} takes AAC sound, this is {one.audio_codec}."
