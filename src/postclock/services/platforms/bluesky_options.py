"""What an author may choose on Bluesky."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from postclock.services.platforms.client import Options

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[a-zA-Z0-9]{1,8})*$")]


class LinkCard(Options):
    """A link shown as a card below the text; Bluesky fetches nothing by itself."""

    uri: str = Field(title="Address", pattern=r"^https?://\S+$", max_length=2000)
    title: str = Field(title="Title", min_length=1, max_length=300)
    description: str = Field("", title="Description", max_length=1000)


class BlueskyOptions(Options):
    """An author's choices for Bluesky."""

    languages: list[Language] = Field(
        default=[], title="Languages", max_length=3,
        description="Up to three, as in “en” or “pt-BR”.",
    )  # fmt: skip
    link_card: LinkCard | None = Field(
        None, title="Link card",
        description="One picture of the post becomes the card's picture.",
    )  # fmt: skip
    first_comment: str = Field(
        "", title="First comment", description="Posted below the post at the same moment."
    )
