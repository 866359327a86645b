"""What an author may choose on Mastodon, and what a status is sent with it (sheet 4b, 4c)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from postclock.errors import Problem
from postclock.services.platforms.client import Options
from postclock.services.platforms.drafting import Draft, Segment
from postclock.services.platforms.text import graphemes
from postclock.services.platforms.uploads import Entry

Visibility = Literal["public", "unlisted", "private", "direct"]
Answer = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
MIN_MINUTES, MAX_MINUTES = 5, 43_829
"""A poll is open from 300 to 2,629,746 seconds."""


class Poll(Options):
    """A question with answers to choose from; the text asks it."""

    options: list[Answer] = Field(title="Answers", min_length=2, max_length=20)
    duration_minutes: int = Field(
        1440, title="Open for", ge=MIN_MINUTES, le=MAX_MINUTES, description="In minutes."
    )
    multiple: bool = Field(False, title="Several answers may be chosen")
    hide_totals: bool = Field(False, title="Hide the count until it is over")


class MastodonOptions(Options):
    """An author's choices for Mastodon."""

    content_warning: str = Field(
        "", title="Content warning", description="Shown in place of the text until it is opened."
    )
    sensitive: bool = Field(False, title="Hide media", description="Until somebody asks for them.")
    visibility: Visibility | None = Field(
        None, title="Who sees it", description="Unless chosen, as the account is set up."
    )
    language: str | None = Field(
        None, title="Language", pattern=r"^[a-z]{2,3}(-[a-zA-Z0-9]{1,8})*$",
        description="As in “en” or “pt-BR”; unless chosen, as the account is set up.",
    )  # fmt: skip
    poll: Poll | None = Field(None, title="Poll", description="In place of media.")
    first_comment: str = Field(
        "", title="First comment", description="Posted below the post right after it."
    )


def option_problems(
    draft: Draft, options: MastodonOptions, tuned: Mapping[str, str]
) -> Iterator[Problem]:
    """What a server refuses of a poll."""
    if options.poll is None:
        return
    if draft.media:
        message = "Mastodon takes a poll or media in one post, not both."
        yield Problem("poll_with_media", message, "options.poll")
    answers, most = options.poll.options, int(tuned["poll_options"])
    if len(answers) > most:
        message = f"Mastodon takes {most} answers, these are {len(answers)}."
        yield Problem("option_invalid", message, "options.poll.options")
    if len(set(answers)) < len(answers):
        message = "Mastodon takes each answer once: two are the same."
        yield Problem("option_invalid", message, "options.poll.options")
    longest = int(tuned["poll_option_characters"])
    for i, answer in enumerate(answers):
        if (length := graphemes(answer)) > longest:
            message = f"Mastodon takes {longest} characters in an answer, this has {length}."
            yield Problem("option_invalid", message, f"options.poll.options.{i}")


def body(
    segment: Segment, entries: Sequence[Entry], options: MastodonOptions, parent: str | None
) -> dict[str, Any]:
    """What ``POST /api/v1/statuses`` is sent. A poll belongs to the first post, the warning, the
    audience and the language to all."""
    asked: dict[str, Any] = {"status": segment.text}
    if entries:
        asked["media_ids"] = [entry["id"] for entry in entries]
    if parent:
        asked["in_reply_to_id"] = parent
    elif options.poll:
        asked["poll"] = _poll(options.poll)
    if options.content_warning:
        asked["spoiler_text"] = options.content_warning
    if options.sensitive:
        asked["sensitive"] = True
    if options.visibility:
        asked["visibility"] = options.visibility
    if options.language:
        asked["language"] = options.language
    return asked


def _poll(poll: Poll) -> dict[str, Any]:
    asked: dict[str, Any] = {"options": poll.options, "expires_in": poll.duration_minutes * 60}
    return {**asked, "multiple": poll.multiple, "hide_totals": poll.hide_totals}
