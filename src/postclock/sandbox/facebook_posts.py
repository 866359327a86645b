"""Facebook's twin: how posts, stories, photos and comments are told.

Source: contract sheet 2.b, 2.e and 2.f.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from postclock.sandbox.ledger import Entry

WEB = "https://www.facebook.com"
FEED, VIDEO, REEL, STORY, COMMENT = "feed", "video", "reel", "story", "comment"
LISTED = (FEED, VIDEO, REEL)
"""What a Page's list of posts shows."""


def kind_of_post(entry: Entry) -> str:
    """What sort of post an entry is."""
    kind: str = entry.record["kind"]
    return kind


def post_id_of(entry: Entry) -> str:
    """The id of the post: a video's own id is another."""
    found: str = entry.record.get("post_id") or entry.id
    return found


def post_json(entry: Entry, names: Sequence[str]) -> dict[str, Any]:
    """A post with the fields that were asked for; its id always."""
    post_id = post_id_of(entry)
    whole: dict[str, Any] = {
        "id": post_id,
        "created_time": facebook_time(entry.accepted_at),
        "permalink_url": permalink(entry),
        "is_published": True,
        "application": {"id": entry.record.get("app", "0")},
        "attachments": {"data": attachments(entry)},
        "shares": {"count": 0},
    }
    if entry.text:
        whole["message"] = entry.text
    plain = [name.partition("{")[0].partition(".")[0] for name in names]
    chosen = {name: whole[name] for name in plain if name in whole}
    if not whole["attachments"]["data"]:
        chosen.pop("attachments", None)
    return {**chosen, "id": post_id}


def permalink(entry: Entry) -> str:
    """Where people see it."""
    kind = kind_of_post(entry)
    if kind in (REEL, VIDEO):
        return f"/reel/{entry.id}/"
    if kind == STORY:
        return f"{WEB}/stories/{entry.id}"
    return f"{WEB}/{entry.id}"


def attachments(entry: Entry) -> list[dict[str, Any]]:
    """What a post shows."""
    if kind_of_post(entry) in (REEL, VIDEO):
        return [{"media_type": "video", "target": {"id": entry.id}}]
    photos = [{"media_type": "photo", "target": {"id": one["id"]}} for one in entry.media]
    if len(photos) > 1:
        album = {"id": entry.id.partition("_")[2]}
        return [{"media_type": "album", "target": album, "subattachments": {"data": photos}}]
    if photos:
        return photos
    link = entry.record.get("link")
    return [{"media_type": "link", "target": {"url": link}}] if link else []


def story_json(entry: Entry) -> dict[str, Any]:
    """A story, as the Page's list has it."""
    media = entry.media[0]
    return {
        "post_id": entry.id,
        "status": "PUBLISHED",
        "creation_time": str(int(entry.accepted_at.timestamp())),
        "media_type": "video" if str(media["mime_type"]).startswith("video/") else "photo",
        "media_id": media["id"],
        "url": permalink(entry),
    }


def comment_json(entry: Entry, names: Sequence[str]) -> dict[str, Any]:
    """A comment."""
    whole = {
        "id": entry.id, "message": entry.text, "created_time": facebook_time(entry.accepted_at),
        "from": {"id": entry.account, "name": entry.handle}, "is_hidden": False,
    }  # fmt: skip
    return {"id": entry.id, **{name: whole[name] for name in names if name in whole}}


def photo_json(upload: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """A photo."""
    whole = {"alt_text_custom": upload["alt"], "width": upload["width"], "height": upload["height"]}
    return {"id": upload["id"], **{name: whole[name] for name in names if name in whole}}


def facebook_time(instant: datetime) -> str:
    """An instant in whole seconds: ``2026-11-22T09:00:00+0000``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
