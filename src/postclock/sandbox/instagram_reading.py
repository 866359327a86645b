"""Instagram's twin: posts as they are read, one by one and in lists.

Source: contract sheet 1.b, 1.e, 1.f of Meta's platforms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from starlette.responses import Response

from postclock.clock import Clock
from postclock.sandbox.consent import avatar
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.graph import field_names, refuse
from postclock.sandbox.ledger import Entry, Ledger
from postclock.sandbox.twin import Call, base_url, json_answer

COMMENT = "comment"
DAY = timedelta(hours=24)
METRICS = ("views", "reach", "likes", "comments", "saved", "shares", "total_interactions")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
KINDS = {
    "IMAGE": ("IMAGE", "FEED", "p"), "REELS": ("VIDEO", "REELS", "reel"),
    "CAROUSEL": ("CAROUSEL_ALBUM", "FEED", "p"),
}  # fmt: skip


class Lag(Protocol):
    """How late lists are."""

    listing_lag: timedelta


def record_of(
    kind: str, number: str, asked: Mapping[str, Any], moves: Sequence[bool]
) -> dict[str, Any]:
    """What is kept of a post beside its words and files."""
    shown, product, path = KINDS.get(kind, ("VIDEO" if any(moves) else "IMAGE", "STORY", "stories"))
    wishes = ("collaborators", "location_id", "share_to_feed", "thumb_offset", "is_ai_generated")
    return {
        "kind": kind, "media_type": shown, "media_product_type": product, "path": path,
        "shortcode": shortcode(number), "asked": {n: asked[n] for n in wishes if n in asked},
    }  # fmt: skip


def shortcode(number: str) -> str:
    """A post's number in the letters of its address."""
    rest, code = int(number), ""
    while rest:
        rest, digit = divmod(rest, len(LETTERS))
        code = LETTERS[digit] + code
    return code


def graph_time(instant: datetime) -> str:
    """An instant as Graph writes it, in whole seconds."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S+0000")


def media_json(entry: Entry, names: Sequence[str]) -> dict[str, Any]:
    """The fields of a post (or a comment) that were asked for."""
    record = entry.record
    if record["kind"] == COMMENT:
        whole = {"text": entry.text, "username": entry.handle}
    else:
        home = "https://www.instagram.com"
        link = f"{home}/{record['path']}/{record['shortcode']}/"
        if record["path"] == "stories":
            link = f"{home}/stories/{entry.handle}/{entry.id}"
        whole = {
            "caption": entry.text, "permalink": link, "shortcode": record["shortcode"],
            "media_type": record["media_type"], "username": entry.handle,
            "media_product_type": record["media_product_type"],
            "like_count": "0", "comments_count": "0",
        }  # fmt: skip
        if not entry.text:
            del whole["caption"]
    whole["timestamp"] = graph_time(entry.accepted_at)
    return {**{name: whole[name] for name in names if name in whole}, "id": entry.id}


def user_json(caller: SandboxAccount, number: str, query: Mapping[str, str]) -> dict[str, Any]:
    """An account, as its Page's token reads it."""
    whole = {
        "username": caller.handle, "name": caller.handle.capitalize(),
        "profile_picture_url": avatar(caller.handle),
    }  # fmt: skip
    names = field_names(query, "id")
    return {**{name: whole[name] for name in names if name in whole}, "id": number}


def insights_json(entry: Entry, asked: str) -> list[dict[str, Any]]:
    """Numbers of a post: nobody has seen it. One unknown name fails the whole call."""
    names = [name for name in asked.split(",") if name]
    if not names or any(name not in METRICS for name in names):
        refuse(100, f"metric[0] must be one of the following values: {', '.join(METRICS)}")
    return [
        {
            "name": name, "period": "lifetime", "values": [{"value": 0}],
            "title": name.replace("_", " ").capitalize(), "description": "",
            "id": f"{entry.id}/insights/{name}/lifetime",
        }
        for name in names
    ]  # fmt: skip


class Lists:
    """An account's posts, stories and comments."""

    def __init__(self, ledger: Ledger, clock: Clock, platform: str, lag: Lag) -> None:
        self._ledger, self._clock, self._platform, self._lag = ledger, clock, platform, lag

    def media(self, call: Call, account: str) -> Response:
        """Posts and reels, the newest first."""
        since, until = _second(call, "since"), _second(call, "until")
        found = [
            one
            for one in self._of(account)
            if one.record["media_product_type"] != "STORY"
            and (since is None or one.accepted_at.timestamp() >= since)
            and (until is None or one.accepted_at.timestamp() <= until)
        ]
        return _page(call, found)

    def stories(self, call: Call, account: str) -> Response:
        """The stories of a day."""
        since = self._clock.now() - DAY
        found = [
            one
            for one in self._of(account)
            if one.record["media_product_type"] == "STORY" and one.accepted_at > since
        ]
        return _page(call, found)

    def comments(self, entry: Entry) -> Response:
        """What was written below a post."""
        names = ["id", "text", "timestamp", "username"]
        found = [
            media_json(one, names)
            for one in self._ledger.timeline(self._platform, entry.account)
            if one.record["kind"] == COMMENT and one.record["parent"] == entry.id
        ]
        return json_answer({"data": found})

    def _of(self, account: str) -> Iterator[Entry]:
        seen = self._clock.now() - self._lag.listing_lag
        for one in self._ledger.timeline(self._platform, account):
            if one.record["kind"] != COMMENT and one.accepted_at <= seen:
                yield one


def _page(call: Call, found: Sequence[Entry]) -> Response:
    limit, start = _second(call, "limit") or 25, _second(call, "after") or 0
    names = field_names(call.query, "id")
    shown = found[start : start + min(limit, 100)]
    body: dict[str, Any] = {"data": [media_json(one, names) for one in shown]}
    if start + len(shown) < len(found):
        path = call.request.url.path.removeprefix(call.request.scope.get("root_path", ""))
        query = urlencode({**call.query, "after": str(start + len(shown))})
        body["paging"] = {"next": f"{base_url(call.request)}{path}?{query}"}
    return json_answer(body)


def _second(call: Call, name: str) -> int | None:
    said = call.query.get(name, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 12 else None
