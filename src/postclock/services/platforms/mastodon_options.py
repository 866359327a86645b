"""What an author may choose on Mastodon."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from postclock.services.platforms.client import Options

Visibility = Literal["public", "unlisted", "private", "direct"]
Answer = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Poll(Options):
    """A question with answers to choose from; the text asks it."""

    options: list[Answer] = Field(title="Answers", min_length=2, max_length=20)
    duration_minutes: int = Field(1440, title="Open for", ge=1, description="In minutes.")
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
