"""What an author chooses for a video, and the resource it becomes (sheet 5.b)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from postclock.errors import Problem
from postclock.services.platforms.client import Options
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.options import chosen

MAX_TITLE = 100
MAX_TAGS = 500
"""Characters of all tags, with a comma between them and quotes around those with a space."""
FORBIDDEN = frozenset("<>")
"""What neither a title nor a description may hold."""

Category = Literal[
    "people", "film", "autos", "music", "pets", "sports", "travel", "gaming", "comedy",
    "entertainment", "news", "howto", "education", "science", "nonprofits",
]  # fmt: skip
CATEGORY_IDS: dict[Category, str] = {
    "people": "22", "film": "1", "autos": "2", "music": "10", "pets": "15", "sports": "17",
    "travel": "19", "gaming": "20", "comedy": "23", "entertainment": "24", "news": "25",
    "howto": "26", "education": "27", "science": "28", "nonprofits": "29",
}  # fmt: skip
"""YouTube's own numbers."""
Tag = Annotated[str, StringConstraints(min_length=1)]


class YouTubeOptions(Options):
    """What an author may choose on YouTube."""

    title: str = Field(
        "", max_length=MAX_TITLE, title="Title",
        description="Up to 100 characters. Empty: the first line of the description.",
    )  # fmt: skip
    privacy: Literal["public", "unlisted", "private"] = Field(
        "public", title="Who may see it", description="From its moment on; before, nobody may."
    )
    category: Category = Field("people", title="Category")
    tags: list[Tag] = Field(
        default_factory=list, title="Tags", description="Up to 500 characters in all."
    )
    made_for_kids: bool = Field(
        False, title="Made for kids", description="A declaration that the law asks of you."
    )
    contains_synthetic_media: bool = Field(
        False, title="Altered or synthetic",
        description="It shows something realistic that was made or changed with AI.",
    )  # fmt: skip
    notify_subscribers: bool = Field(True, title="Notify subscribers")
    first_comment: str = Field("", title="First comment")


def options_of(draft: Draft) -> YouTubeOptions:
    """The choices of a draft that was checked."""
    return chosen(YouTubeOptions, draft)


def option_problems(options: YouTubeOptions, draft: Draft) -> list[Problem]:
    """What YouTube would refuse of the choices."""
    problems = []
    if not title_of(options, draft):
        words = "YouTube needs a title: write one, or a description to take it from."
        problems.append(Problem("title_missing", words, "options.title"))
    if FORBIDDEN & set(options.title):
        words = "YouTube takes no < and > in a title: write it without them."
        problems.append(Problem("title_forbidden_character", words, "options.title"))
    if (length := tags_length(options.tags)) > MAX_TAGS:
        words = f"YouTube takes {MAX_TAGS} characters of tags in all, these are {length}."
        problems.append(Problem("tags_too_long", words, "options.tags"))
    if options.first_comment and options.made_for_kids:
        words = "Videos made for kids have no comments: take the first comment out."
        problems.append(Problem("comments_disabled", words, "options.first_comment"))
    return problems


def tags_length(tags: list[str]) -> int:
    """How YouTube counts tags: a comma between two, quotes around one with a space."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(len(tags) - 1, 0)


def title_of(options: YouTubeOptions, draft: Draft) -> str:
    """The title: as chosen, else the first line of the description, cut between words."""
    if options.title:
        return options.title
    line = next((line.strip() for line in draft.text.splitlines() if line.strip()), "")
    if len(line) <= MAX_TITLE:
        return line
    whole = line[: MAX_TITLE - 1]
    return (whole.rpartition(" ")[0].rstrip() or whole) + "…"


def snippet_of(options: YouTubeOptions, draft: Draft) -> dict[str, Any]:
    """The video's ``snippet``."""
    snippet: dict[str, Any] = {"title": title_of(options, draft), "description": draft.text}
    if options.tags:
        snippet["tags"] = options.tags
    return {**snippet, "categoryId": CATEGORY_IDS[options.category]}


def status_of(options: YouTubeOptions, privacy: str) -> dict[str, Any]:
    """Every field of the video's ``status``: an update replaces them all."""
    return {
        "privacyStatus": privacy,
        "selfDeclaredMadeForKids": options.made_for_kids,
        "containsSyntheticMedia": options.contains_synthetic_media,
        "embeddable": True,
        "license": "youtube",
        "publicStatsViewable": True,
    }
