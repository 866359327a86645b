"""Mastodon's twin: what a status may say, and its poll.

Source: the contract sheet of Mastodon, sections 4b and 4c.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

from postclock.sandbox.bodies import unstorable
from postclock.sandbox.instants import iso
from postclock.sandbox.mastodon_oauth import refuse
from postclock.sandbox.mastodon_text import MAX_CHARACTERS, length

VISIBILITIES = ("public", "unlisted", "private", "direct")
NOT_OFFERED = {"scheduled_at": "Scheduled statuses", "quoted_status_id": "Quotes"}
MAX_OPTIONS = 4
MAX_OPTION = 50
MIN_EXPIRATION, MAX_EXPIRATION = 300, 2_629_746
"""Seconds a poll is open."""
TRUE = ("true", "1", "on")


def read_status(asked: Mapping[str, Any], now: datetime) -> tuple[str, dict[str, Any]]:
    """The text and what else is kept of a status; raises Refused."""
    text, spoiler = _string(asked, "status"), _string(asked, "spoiler_text")
    visibility = _string(asked, "visibility") or "public"
    poll, media = _poll(asked), asked.get("media_ids")
    if not text.strip() and (poll or not media):
        _invalid("Text can't be blank")
    if length(spoiler + text) > MAX_CHARACTERS:
        _invalid(f"Text character limit of {MAX_CHARACTERS} exceeded")
    if visibility not in VISIBILITIES:
        _invalid("Visibility is not included in the list")
    if poll and media:
        _invalid("Cannot attach both media and a poll")
    for name, words in NOT_OFFERED.items():
        if asked.get(name):
            _invalid(f"{words} are not offered by this server")
    return text, {
        "spoiler_text": spoiler,
        "visibility": visibility,
        "in_reply_to_id": _string(asked, "in_reply_to_id") or None,
        "language": _string(asked, "language") or None,
        "sensitive": _true(asked.get("sensitive")) or bool(spoiler and media),
        "poll": _kept(poll, now) if poll else None,
    }


def _poll(asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The poll, from JSON or from a form's ``poll[…]`` fields."""
    given = asked.get("poll")
    named = {
        name.removeprefix("poll[").rstrip("]"): value
        for name, value in asked.items()
        if name.startswith("poll[")
    }
    if given is not None and not isinstance(given, dict):
        refuse(400, "poll is not an object")
    return given or named or None


def _kept(poll: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    options = poll.get("options")
    listed = options if isinstance(options, list) else []
    if not 2 <= len(listed) <= MAX_OPTIONS:
        words = "must have more than one item" if len(listed) < 2 else "has too many items"
        _invalid(f"Poll options {words}")
    titles = [_string({"option": one}, "option").strip() for one in listed]
    if not all(titles):
        _invalid("Poll options can't be blank")
    if any(length(title) > MAX_OPTION for title in titles):
        _invalid(f"Poll options can't be longer than {MAX_OPTION} characters each")
    if len(set(titles)) < len(titles):
        _invalid("Poll options contains duplicates")
    seconds = _string(poll, "expires_in")
    if not seconds.isdecimal() or int(seconds) > MAX_EXPIRATION:
        _invalid("Poll duration is too long")
    if int(seconds) < MIN_EXPIRATION:
        _invalid("Poll duration is too short")
    return {
        "options": titles,
        "expires_at": iso(now + timedelta(seconds=int(seconds))),
        "multiple": _true(poll.get("multiple")),
        "hide_totals": _true(poll.get("hide_totals")),
    }


def _string(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**20:
        return str(value)
    if not isinstance(value, str) or unstorable(value):
        refuse(400, f"{name} is not a readable text")
    return value


def _true(value: Any) -> bool:
    return str(value).lower() in TRUE


def _invalid(problem: str) -> NoReturn:
    refuse(422, f"Validation failed: {problem}")
