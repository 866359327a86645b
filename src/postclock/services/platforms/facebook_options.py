"""What an author may choose for a Facebook Page, and what Facebook would refuse (sheet 2.c)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from postclock.errors import Problem
from postclock.services.platforms.capabilities import ImageLimits, TextLimits, VideoLimits
from postclock.services.platforms.client import Options
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.options import read_options
from postclock.services.platforms.text import text_problems
from postclock.services.platforms.videos import video_problems

LABEL = "Facebook"
TEXT = TextLimits(63_206, "characters", "code_points")
"""Clients use this limit; Facebook publishes none."""
IMAGES = ImageLimits(
    most=10,
    types=frozenset({"image/jpeg", "image/png"}),
    max_bytes=4_000_000,
    max_alt=1000,
)
"""Error 1366046 says 4 MB, and only JPEG and PNG. How many photos one post may have, and how long
their descriptions may be, is not published."""
VIDEOS = VideoLimits(
    types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=10_000_000_000,
    min_seconds=1,
    max_seconds=4 * 3600,
    min_ratio=9 / 16,
    max_ratio=16 / 9,
)
REELS = VideoLimits(
    types=frozenset({"video/mp4"}),
    max_bytes=2_000_000_000,
    min_seconds=3,
    max_seconds=90,
    min_side=540,
    min_ratio=9 / 16,
    max_ratio=9 / 16,
    min_frame_rate=24,
    max_frame_rate=60,
    codecs=frozenset({"h264", "hevc", "vp9", "av1"}),
)
STORY_VIDEOS = replace(REELS, max_seconds=60)
TUNABLES: Mapping[str, str] = {
    "max_message": str(TEXT.maximum),
    "max_photos": str(IMAGES.most),
    "max_photo_bytes": str(IMAGES.max_bytes),
    "max_alt": str(IMAGES.max_alt),
    "story_seconds": str(STORY_VIDEOS.max_seconds),
}


class FacebookOptions(Options):
    """An author's choices for a Page."""

    kind: Literal["post", "reel", "story"] = Field(
        "post",
        title="Kind",
        description="A post in the Page's feed, a reel (one upright video of 3 to 90 seconds), or "
        "a story that is shown for a day.",
    )
    link: str = Field(
        "", title="Link", max_length=2000,
        description="Shown with a preview below the text; only without pictures and videos.",
    )  # fmt: skip
    title: str = Field(
        "", title="Title", max_length=255, description="The title of a video or a reel."
    )
    first_comment: str = Field(
        "", title="First comment", max_length=8000,
        description="Posted below the post by the Page, right after it.",
    )  # fmt: skip


def problems_of(draft: Draft, tuned: Mapping[str, str]) -> list[Problem]:
    """Everything Facebook would refuse in ``draft``."""
    choice, problems = read_options(FacebookOptions, draft)
    if choice is None:
        return problems
    of_kind = {"post": _of_post, "reel": _of_reel, "story": _of_story}[choice.kind]
    return [*of_kind(draft, choice, tuned), *_of_link(draft, choice), *_of_title(draft, choice)]


def _text(draft: Draft, tuned: Mapping[str, str], *, needed: bool) -> list[Problem]:
    limits = replace(TEXT, maximum=int(tuned["max_message"]))
    return text_problems(LABEL, draft.text, len(draft.text), limits, needed=needed)


def _images(tuned: Mapping[str, str]) -> ImageLimits:
    return replace(
        IMAGES, most=int(tuned["max_photos"]), max_bytes=int(tuned["max_photo_bytes"]),
        max_alt=int(tuned["max_alt"]),
    )  # fmt: skip


def _of_post(draft: Draft, choice: FacebookOptions, tuned: Mapping[str, str]) -> Iterator[Problem]:
    yield from _text(draft, tuned, needed=not draft.media and not choice.link)
    photos = [one for one in draft.media if not one.is_video]
    if photos and len(photos) < len(draft.media):
        message = "Facebook takes pictures or a video in a post, not both: take the others out."
        yield Problem("media_mixed", message, "media")
    yield from _of_files(draft, _images(tuned), VIDEOS)


def _of_files(draft: Draft, images: ImageLimits, videos: VideoLimits) -> Iterator[Problem]:
    places = [i for i, one in enumerate(draft.media) if not one.is_video]
    for problem in image_problems(LABEL, [draft.media[i] for i in places], images):
        yield _placed(problem, places)
    yield from video_problems(LABEL, draft.media, videos)


def _placed(problem: Problem, places: Sequence[int]) -> Problem:
    """The problem of a picture, at the place it has among all files."""
    name, *parts = (problem.field or "").split(".")
    if not parts:
        return problem
    return replace(problem, field=".".join([name, str(places[int(parts[0])]), *parts[1:]]))


def _of_reel(draft: Draft, _choice: FacebookOptions, tuned: Mapping[str, str]) -> Iterator[Problem]:
    yield from _text(draft, tuned, needed=False)
    if len(draft.media) != 1 or not draft.media[0].is_video:
        message = f"A reel is one video, this has {_files(draft)}: choose one, or another kind."
        yield Problem("kind_refused", message, "options.kind")
    else:
        yield from video_problems(LABEL, draft.media, REELS)


def _of_story(draft: Draft, choice: FacebookOptions, tuned: Mapping[str, str]) -> Iterator[Problem]:
    if draft.text.strip():
        message = (
            "Facebook shows no text with a story: take it out for Facebook, or put it into the "
            "picture."
        )
        yield Problem("text_refused", message, "text")
    if choice.first_comment:
        message = "A Facebook story has no comments: take the first comment out."
        yield Problem("option_refused", message, "options.first_comment")
    if len(draft.media) != 1:
        message = f"A story shows one picture or video, this has {_files(draft)}: choose one."
        yield Problem("kind_refused", message, "options.kind")
    else:
        seconds = replace(STORY_VIDEOS, max_seconds=float(tuned["story_seconds"]))
        images = replace(_images(tuned), most=1)
        yield from _of_files(draft, images, seconds)


def _of_link(draft: Draft, choice: FacebookOptions) -> Iterator[Problem]:
    if not choice.link:
        return
    if not _is_web_address(choice.link):
        message = "The link must be a web address, such as https://example.com/page."
        yield Problem("option_invalid", message, "options.link")
    if draft.media or choice.kind != "post":
        message = (
            "Facebook shows a link's preview only in a post without pictures and videos: take one "
            "of them out, or put the link into the text."
        )
        yield Problem("option_refused", message, "options.link")


def _of_title(draft: Draft, choice: FacebookOptions) -> Iterator[Problem]:
    shown = any(one.is_video for one in draft.media) and choice.kind != "story"
    if choice.title and not shown:
        message = "On Facebook only a video or a reel has a title: take it out."
        yield Problem("option_refused", message, "options.title")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _files(draft: Draft) -> str:
    videos, count = sum(one.is_video for one in draft.media), len(draft.media)
    pictures = count - videos
    return (
        " and ".join(
            (
                *([f"{pictures} picture{'s' * (pictures > 1)}"] if pictures else []),
                *([f"{videos} video{'s' * (videos > 1)}"] if videos else []),
            )
        )
        or "none"
    )
