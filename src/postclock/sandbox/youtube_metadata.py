"""What may be said of a video: checked, and kept as the API tells it again.

Source: the contract sheet of YouTube, sections 5.b and 5.c, and the discovery document.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from postclock.sandbox.bodies import unstorable
from postclock.sandbox.instants import parse
from postclock.sandbox.youtube_answers import refuse

MAX_TITLE, MAX_DESCRIPTION, MAX_TAGS = 100, 5000, 500
PRIVACIES = ("public", "unlisted", "private")
LICENSES = ("youtube", "creativeCommon")


def read_snippet(asked: Any) -> dict[str, Any]:
    """A video's snippet; raises Refused."""
    said = asked if isinstance(asked, dict) else {}
    title, description = said.get("title", ""), said.get("description", "")
    if not _text(title) or not 0 < len(title.strip()) <= MAX_TITLE or _marked(title):
        refuse(400, "invalidTitle")
    if not _text(description) or _marked(description):
        refuse(400, "invalidDescription")
    if len(description.encode()) > MAX_DESCRIPTION:
        refuse(400, "invalidDescription")
    tags = said.get("tags", [])
    if not isinstance(tags, list) or not all(_text(tag) for tag in tags):
        refuse(400, "invalidTags")
    if _tags_length(tags) > MAX_TAGS:
        refuse(400, "invalidTags")
    category = said.get("categoryId", "22")
    if not _text(category) or not (category.isascii() and category.isdigit()):
        refuse(400, "invalidCategoryId")
    kept = {"title": title, "description": description, "categoryId": category}
    return {**kept, **({"tags": tags} if tags else {})}


def read_status(asked: Any) -> dict[str, Any]:
    """A video's status: what is not said is as it is for a new video. Raises Refused."""
    said = asked if isinstance(asked, dict) else {}
    privacy, license_ = said.get("privacyStatus", "public"), said.get("license", "youtube")
    if privacy not in PRIVACIES or license_ not in LICENSES:
        refuse(400, "invalidVideoMetadata")
    kids = _flag(said, "selfDeclaredMadeForKids", False)
    status = {
        "privacyStatus": privacy,
        "license": license_,
        "embeddable": _flag(said, "embeddable", True),
        "publicStatsViewable": _flag(said, "publicStatsViewable", True),
        "selfDeclaredMadeForKids": kids,
        "madeForKids": kids,
        "containsSyntheticMedia": _flag(said, "containsSyntheticMedia", False),
    }
    if said.get("publishAt") is not None:
        if privacy != "private" or _instant(said["publishAt"]) is None:
            refuse(400, "invalidPublishAt")
        status["publishAt"] = said["publishAt"]
    return status


def opens_at(status: Mapping[str, Any]) -> datetime | None:
    """When YouTube itself makes the video public."""
    return _instant(status.get("publishAt"))


def _tags_length(tags: list[str]) -> int:
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(len(tags) - 1, 0)


def _text(value: Any) -> bool:
    return isinstance(value, str) and not unstorable(value)


def _marked(text: str) -> bool:
    return "<" in text or ">" in text


def _flag(said: Mapping[str, Any], name: str, otherwise: bool) -> bool:
    value = said.get(name, otherwise)
    if not isinstance(value, bool):
        refuse(400, "invalidVideoMetadata")
    return value


def _instant(value: Any) -> datetime | None:
    try:
        return parse(value)
    except (TypeError, ValueError):
        return None
