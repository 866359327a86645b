"""What is sent to LinkedIn, and how LinkedIn shows it again (contract sheet 2b, 2e)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from postclock.errors import Problem
from postclock.services.platforms.client import Options
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.json_reading import field, objects, word
from postclock.services.platforms.linkedin_media import MIN_VIDEO_BYTES
from postclock.services.platforms.linkedin_text import plain_text
from postclock.services.platforms.timeline import Listed
from postclock.services.platforms.uploads import Entry

PAGE = 10
HOSTS = frozenset({"linkedin.com"})
POST_PATH = re.compile(
    r"/feed/update/(?P<urn>urn:li:(?:share|ugcPost|activity):\d{1,20})"
    r"|/posts/[^/]{1,300}[-_](?P<kind>activity|share|ugcPost)-(?P<number>\d{1,20})(?:-[\w-]{1,20})?",
    re.ASCII,
)


class Article(BaseModel):
    """A link shown as a card. LinkedIn does not read the page: title and text are given."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    url: str = Field(title="Address", max_length=2000, pattern=r"^https?://[^\s/]+\.\S+$")
    title: str = Field(title="Title", min_length=1, max_length=400)
    description: str = Field("", title="Description", max_length=4086)


class Poll(BaseModel):
    """A question and its answers, below the text."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    question: str = Field(title="Question", min_length=1, max_length=140)
    options: list[Annotated[str, Field(min_length=1, max_length=30)]] = Field(
        title="Answers", min_length=2, max_length=4
    )
    duration: Literal["ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS"] = Field(
        "SEVEN_DAYS", title="How long it is open"
    )


class PostOptions(Options):
    """What an author may choose on LinkedIn."""

    visibility: Literal["PUBLIC", "CONNECTIONS", "LOGGED_IN"] = Field(
        "PUBLIC", title="Who can see it", description="Connections: for a person's posts only."
    )
    article: Article | None = Field(
        None, title="Link card", description="A picture in the post becomes the card's picture."
    )
    poll: Poll | None = Field(None, title="Poll", description="Not together with media.")
    title: str = Field("", title="Title of the video", max_length=400)
    first_comment: str = Field(
        "", title="First comment", description="Posted as a comment right after."
    )


def option_problems(draft: Draft, options: PostOptions, longest_comment: int) -> Iterator[Problem]:
    """What LinkedIn refuses of the choices, and of how they go together with the rest."""
    if options.poll and draft.media:
        message = "LinkedIn takes a poll or media in one post, not both."
        yield Problem("poll_with_media", message, "options.poll")
    if options.article and options.poll:
        message = "LinkedIn takes a link card or a poll in one post, not both."
        yield Problem("option_invalid", message, "options.article")
    if options.article and (len(draft.media) > 1 or any(one.is_video for one in draft.media)):
        message = "A LinkedIn link card shows one picture: take the other media out, or the card."
        yield Problem("media_mixed", message, "media")
    if len(options.first_comment) > longest_comment:
        message = (
            f"LinkedIn takes {longest_comment} characters in a comment, this has "
            f"{len(options.first_comment)}."
        )
        yield Problem("option_invalid", message, "options.first_comment")


def media_problems(draft: Draft) -> Iterator[Problem]:
    """What LinkedIn refuses of the draft's media as a whole."""
    videos = [one for one in draft.media if one.is_video]
    if videos and len(videos) < len(draft.media):
        message = "LinkedIn takes a video only by itself: take the pictures out, or the video."
        yield Problem("media_mixed", message, "media")
    for i, one in enumerate(draft.media):
        if one.is_video and one.size < MIN_VIDEO_BYTES:
            message = (
                f"LinkedIn needs at least {MIN_VIDEO_BYTES // 1000} KB of video, "
                f"this has {one.size // 1000}."
            )
            yield Problem("video_too_small", message, f"media.{i}")
    if draft.thread:
        message = "LinkedIn has no threads: write one post, and what follows as its first comment."
        yield Problem("thread_too_long", message, "thread")


def body(
    author: str, commentary: str, draft: Draft, entries: Sequence[Entry], options: PostOptions
) -> dict[str, Any]:
    """What ``POST /rest/posts`` is sent."""
    asked: dict[str, Any] = {
        "author": author,
        "commentary": commentary,
        "visibility": options.visibility,
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    content = _content(draft, entries, options)
    return {**asked, "content": content} if content else asked


def _content(draft: Draft, entries: Sequence[Entry], options: PostOptions) -> dict[str, Any]:
    if options.article:
        card = {"source": options.article.url, "title": options.article.title}
        if options.article.description:
            card["description"] = options.article.description
        return {"article": {**card, "thumbnail": entries[0]["id"]} if entries else card}
    if options.poll:
        answers = [{"text": answer} for answer in options.poll.options]
        settings = {"duration": options.poll.duration}
        question = options.poll.question
        return {"poll": {"question": question, "options": answers, "settings": settings}}
    shown = [
        {"id": entry["id"], **({"altText": media.alt} if media.alt else {})}
        for media, entry in zip(draft.media, entries, strict=True)
    ]
    if len(shown) > 1:
        return {"multiImage": {"images": shown}}
    if not shown:
        return {}
    title = {"title": options.title} if options.title and draft.media[0].is_video else {}
    return {"media": {**shown[0], **title}}


def finder_query(author: str, start: int) -> dict[str, str]:
    """Which of the author's own posts are read: the newest first."""
    query = {"author": author, "q": "author", "count": str(PAGE), "sortBy": "CREATED"}
    return {**query, "start": str(start)} if start else query


def listed(item: Mapping[str, Any]) -> Listed | None:
    """One post that an author's finder names."""
    remote_id, created = word(item.get("id")), item.get("createdAt")
    if not remote_id or not isinstance(created, int | float) or not 0 < created < 1 << 47:
        return None
    at = datetime.fromtimestamp(created / 1000, UTC)
    texts = (plain_text(word(item.get("commentary"))),)
    return Listed(remote_id, permalink(remote_id), at, texts, _media_in(item.get("content")))


def permalink(remote_id: str) -> str:
    """Where people see a post."""
    return f"https://www.linkedin.com/feed/update/{remote_id}/"


def _media_in(content: Any) -> int:
    if images := objects(field(content, "multiImage", "images")):
        return len(images)
    one = word(field(content, "media", "id")) or word(field(content, "article", "thumbnail"))
    return 1 if one else 0
