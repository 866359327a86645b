"""What is sent to X, and how X shows it again (contract sheet 1b, 1e)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from postclock.errors import Problem
from postclock.services.platforms.base import Login
from postclock.services.platforms.client import Options
from postclock.services.platforms.drafting import Draft, Segment
from postclock.services.platforms.json_reading import field, instant, objects, word, words
from postclock.services.platforms.timeline import CLOCK_SKEW, Listed
from postclock.services.platforms.twitter_media import without_media_links
from postclock.services.platforms.uploads import Entry

FIELDS = "tweet.fields"
"""X's documentation names the parameter so; its OpenAPI 2.167 calls it ``post.fields``."""
PAGE = 100
CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)")


class Poll(BaseModel):
    """A question's answers; the question is the post's text."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    options: list[Annotated[str, Field(min_length=1, max_length=25)]] = Field(
        title="Answers", min_length=2, max_length=4
    )
    duration_minutes: int = Field(1440, title="Minutes it is open", ge=5, le=10080)


class PostOptions(Options):
    """What an author may choose on X."""

    first_comment: str = Field(
        "", title="First reply", description="Posted as a reply right after.", max_length=25_000
    )
    poll: Poll | None = Field(None, title="Poll", description="Not together with media.")
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = (
        Field(None, title="Who can reply", description="Left out: everyone.")
    )
    made_with_ai: bool = Field(False, title="Made with AI")
    paid_partnership: bool = Field(False, title="Paid partnership")


def option_problems(draft: Draft, options: PostOptions, most_cashtags: int) -> Iterator[Problem]:
    """What X refuses of the choices, and of how they go together with the rest."""
    if options.poll and draft.media:
        message = "X takes a poll or media in one post, not both."
        yield Problem("poll_with_media", message, "options.poll")
    for i, segment in enumerate(draft.segments):
        tags = len(CASHTAG.findall(segment.text))
        if tags > most_cashtags:
            message = f"X takes {most_cashtags} cashtag in a post, this has {tags}."
            yield Problem("cashtags_too_many", message, f"thread.{i - 1}.text" if i else "text")


def body(
    segment: Segment, entries: Sequence[Entry], options: PostOptions | None, parent: str | None
) -> dict[str, Any]:
    """What ``POST /2/tweets`` is sent; ``options`` belong to the first post, ``parent`` to the
    others."""
    asked: dict[str, Any] = {"text": segment.text} if segment.text or not entries else {}
    if entries:
        asked["media"] = {"media_ids": [entry["id"] for entry in entries]}
    if parent:
        asked["reply"] = {"in_reply_to_tweet_id": parent}
    if options is not None:
        if options.poll:
            asked["poll"] = options.poll.model_dump()
        if options.reply_settings:
            asked["reply_settings"] = options.reply_settings
        chosen = ("made_with_ai", "paid_partnership")
        asked |= {name: True for name in chosen if getattr(options, name)}
    return asked


def timeline_query(since: datetime, page: str | None) -> dict[str, str]:
    """Which of the account's own posts are read: replies too, for a thread has them."""
    start = (since - CLOCK_SKEW).astimezone(UTC)
    query = {
        "max_results": str(PAGE),
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        FIELDS: "created_at,entities,attachments,referenced_tweets",
    }
    return {**query, "pagination_token": page} if page else query


def answers_to(item: Mapping[str, Any]) -> str:
    """The id of the post that this one replies to; empty: none."""
    references = objects(item.get("referenced_tweets"))
    return next((word(one.get("id")) for one in references if one.get("type") == "replied_to"), "")


def listed(login: Login, item: Mapping[str, Any]) -> Listed:
    """One post of a timeline."""
    remote_id = word(item.get("id"))
    return Listed(
        remote_id=remote_id,
        permalink=permalink(login, remote_id),
        created_at=instant(item.get("created_at")) or datetime.min.replace(tzinfo=UTC),
        texts=(_as_written(item),),
        media=len(words(field(item, "attachments", "media_keys"))),
    )


def permalink(login: Login, remote_id: str) -> str:
    """Where people see a post."""
    return f"https://x.com/{login.handle.removeprefix('@')}/status/{remote_id}"


def _as_written(item: Mapping[str, Any]) -> str:
    """The text before X shortened its links and escaped its markup."""
    text = word(item.get("text"))
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(escaped, plain)
    text, links = without_media_links(text, objects(field(item, "entities", "urls")))
    for link in links:
        short, whole = word(link.get("url")), word(link.get("expanded_url"))
        if short and whole:
            text = text.replace(short, whole)
    return text
