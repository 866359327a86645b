"""Mastodon's JSON entities. Source: the contract sheet of Mastodon, sections 4a-4c."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postclock.sandbox.file_kinds import SHOWN, VIDEO
from postclock.sandbox.instants import iso_millis
from postclock.sandbox.ledger import Entry
from postclock.sandbox.mastodon_text import MAX_CHARACTERS, URL_LENGTH, html

MAX_ATTACHMENTS = 4
MAX_DESCRIPTION = 1500
MAX_IMAGE_BYTES = 16_777_216
MAX_IMAGE_PIXELS = 33_177_600
MAX_VIDEO_BYTES = 103_809_024
CREATED = "2026-01-01T00:00:00.000Z"


def account_json(account_id: str, handle: str, base: str) -> dict[str, Any]:
    """An Account."""
    return {
        "id": account_id,
        "username": handle,
        "acct": handle,
        "display_name": handle,
        "locked": False,
        "bot": False,
        "discoverable": True,
        "group": False,
        "created_at": CREATED,
        "note": "",
        "url": f"{base}/@{handle}",
        "uri": f"{base}/users/{handle}",
        "avatar": "",
        "avatar_static": "",
        "header": "",
        "header_static": "",
        "followers_count": 0,
        "following_count": 0,
        "statuses_count": 0,
        "last_status_at": None,
        "emojis": [],
        "fields": [],
    }


def attachment_json(media: Mapping[str, Any], sandbox: str, ready: bool) -> dict[str, Any]:
    """A MediaAttachment; without addresses while the file is processed."""
    address = f"{sandbox}/{media['url']}" if ready else None
    picture = media["mime_type"] != VIDEO
    size = {"width": media["width"], "height": media["height"]} if picture else {}
    return {
        "id": media["id"],
        "type": "image" if picture else "video",
        "url": address,
        "preview_url": address,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": {"original": size} if ready else {},
        "description": media["alt"] or None,
        "blurhash": None,
    }


def status_json(entry: Entry, base: str) -> dict[str, Any]:
    """A Status."""
    sandbox = base.rpartition("/")[0]
    return {
        "id": entry.id,
        "created_at": iso_millis(entry.accepted_at),
        "in_reply_to_id": entry.record["in_reply_to_id"],
        "in_reply_to_account_id": None,
        "sensitive": entry.record["sensitive"],
        "spoiler_text": entry.record["spoiler_text"],
        "visibility": entry.record["visibility"],
        "language": entry.record["language"],
        "uri": f"{base}/users/{entry.handle}/statuses/{entry.id}",
        "url": f"{base}/@{entry.handle}/{entry.id}",
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "quotes_count": 0,
        "edited_at": None,
        "content": html(entry.text, base),
        "reblog": None,
        "account": account_json(entry.account, entry.handle, base),
        "media_attachments": [attachment_json(item, sandbox, True) for item in entry.media],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": _poll_json(entry),
    }


def _poll_json(entry: Entry) -> dict[str, Any] | None:
    poll = entry.record.get("poll")
    if not poll:
        return None
    counts = None if poll["hide_totals"] else 0
    return {
        "id": entry.id,
        "expires_at": poll["expires_at"],
        "expired": False,
        "multiple": poll["multiple"],
        "votes_count": 0,
        "voters_count": 0,
        "voted": False,
        "own_votes": [],
        "options": [{"title": title, "votes_count": counts} for title in poll["options"]],
        "emojis": [],
    }


def instance_json(domain: str) -> dict[str, Any]:
    """An Instance, version 2."""
    return {
        "domain": domain,
        "title": "Postclock sandbox",
        "version": "4.5.0",
        "source_url": "",
        "description": "A pretend instance: nothing here is public.",
        "usage": {"users": {"active_month": 1}},
        "languages": ["en"],
        "configuration": {
            "urls": {},
            "accounts": {"max_featured_tags": 10},
            "statuses": {
                "max_characters": MAX_CHARACTERS,
                "max_media_attachments": MAX_ATTACHMENTS,
                "characters_reserved_per_url": URL_LENGTH,
            },
            "media_attachments": {
                "supported_mime_types": list(SHOWN),
                "description_limit": MAX_DESCRIPTION,
                "image_size_limit": MAX_IMAGE_BYTES,
                "image_matrix_limit": MAX_IMAGE_PIXELS,
                "video_size_limit": MAX_VIDEO_BYTES,
                "video_frame_rate_limit": 120,
                "video_matrix_limit": 8_294_400,
            },
            "polls": {
                "max_options": 4,
                "max_characters_per_option": 50,
                "min_expiration": 300,
                "max_expiration": 2_629_746,
            },
            "translation": {"enabled": False},
        },
        "registrations": {"enabled": False, "approval_required": False, "message": None},
        "api_versions": {"mastodon": 6},
        "contact": {"email": "", "account": None},
        "rules": [],
    }
