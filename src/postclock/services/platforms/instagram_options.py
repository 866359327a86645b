"""What an author chooses on Instagram, and what it refuses about words and choices (sheet 1.c)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from postclock.errors import Problem
from postclock.services.platforms.client import Options
from postclock.services.platforms.drafting import Draft

MAX_CAPTION = 2200
HASHTAGS_AT_MOST = 30
"""What the API's documents allow; what Instagram announced (5) is the tunable."""
MAX_COLLABORATORS = 3
HASHTAG = re.compile(r"(?<![\w&/])[#＃]\w*[^\W\d]\w*")
MENTION = re.compile(r"(?<![\w@/])@[\w.]*\w")

STORIES_LACK = {
    "first_comment": "comments", "collaborators": "collaborators", "location_id": "location",
    "thumb_offset_ms": "cover",
}  # fmt: skip
Username = Annotated[str, StringConstraints(pattern=r"^@?[A-Za-z0-9._]{1,30}$")]


class PostOptions(Options):
    """What an author may choose beside caption and media."""

    kind: Literal["post", "reel", "story"] = Field(
        "post", title="Kind", description="A video by itself is always a reel or a story."
    )
    first_comment: str = Field(
        "", title="First comment", max_length=MAX_CAPTION,
        description="Posted below the post right after it.",
    )  # fmt: skip
    share_to_feed: bool = Field(
        True, title="Show the reel in the feed too", description="Reels only."
    )
    thumb_offset_ms: int | None = Field(
        None, ge=0, title="Cover", description="The moment of the video to show, in milliseconds."
    )
    collaborators: tuple[Username, ...] = Field(
        (), max_length=MAX_COLLABORATORS, title="Collaborators",
        description="Up to three usernames; each is asked to agree.",
    )  # fmt: skip
    location_id: str = Field(
        "", pattern=r"^\d*$", max_length=30, title="Location",
        description="The id of a Facebook Page that has a place.",
    )  # fmt: skip
    is_ai_generated: bool = Field(False, title="Made with AI")


def shape(draft: Draft, options: PostOptions) -> Literal["image", "reel", "story", "carousel"]:
    """What is made of a draft."""
    if options.kind == "story":
        return "story"
    if len(draft.media) > 1:
        return "carousel"
    return "reel" if options.kind == "reel" or draft.media[0].is_video else "image"


def caption_problems(text: str, limits: Mapping[str, str]) -> Iterator[Problem]:
    """Too many hashtags or mentions."""
    tags, names = len(HASHTAG.findall(text)), len(MENTION.findall(text))
    most = min(int(limits["max_hashtags"]), HASHTAGS_AT_MOST)
    if tags > most:
        message = f"Instagram takes up to {most} hashtags, this caption has {tags}."
        yield Problem("hashtags_too_many", message, "text")
    most = int(limits["max_mentions"])
    if names > most:
        message = f"Instagram takes up to {most} mentions, this caption has {names}."
        yield Problem("mentions_too_many", message, "text")


def choice_problems(draft: Draft, options: PostOptions) -> Iterator[Problem]:
    """Choices that do not go with each other, or with the media."""
    videos, count = sum(one.is_video for one in draft.media), len(draft.media)
    if options.kind == "reel" and (count != 1 or videos != 1):
        message = f"A reel is one video, this has {count} files: choose one, or another kind."
        yield Problem("kind_refused", message, "options.kind")
    if options.kind == "story":
        yield from _story_problems(draft, options)
    elif options.thumb_offset_ms is not None:
        yield from _cover_problems(draft, options.thumb_offset_ms)


def _story_problems(draft: Draft, options: PostOptions) -> Iterator[Problem]:
    if len(draft.media) > 1:
        message = f"A story shows one picture or video, these are {len(draft.media)}."
        yield Problem("kind_refused", message, "options.kind")
    if draft.text.strip():
        message = "A story on Instagram has no caption: take the text out for it."
        yield Problem("text_refused", message, "text")
    for name, said in (
        ("first_comment", options.first_comment),
        ("collaborators", options.collaborators),
        ("location_id", options.location_id),
        ("thumb_offset_ms", options.thumb_offset_ms is not None),
    ):
        if said:
            words = STORIES_LACK[name]
            message = f"A story on Instagram takes no {words}: take it out."
            yield Problem("option_refused", message, f"options.{name}")


def _cover_problems(draft: Draft, moment: int) -> Iterator[Problem]:
    where = "options.thumb_offset_ms"
    if len(draft.media) != 1 or not draft.media[0].is_video:
        message = "A cover can be chosen for a single video only."
        yield Problem("option_refused", message, where)
        return
    seconds = draft.media[0].duration
    if seconds is not None and moment > seconds * 1000:
        message = f"The cover’s moment ({moment} ms) lies outside the video ({seconds:.1f} s)."
        yield Problem("option_refused", message, where)
