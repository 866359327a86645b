"""TikTok's twin: the Content Posting API, its upload server, its login, and what an account shows.

Source: the contract sheet of TikTok (section 4).
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.instants import parse
from postclock.sandbox.ledger import Entry
from postclock.sandbox.quotas import Standing
from postclock.sandbox.tiktok_answers import asked, done, refusal, refuse
from postclock.sandbox.tiktok_login import DISPLAY, TikTokLogin
from postclock.sandbox.tiktok_posts import TikTokPosts
from postclock.sandbox.tiktok_tasks import Tasks
from postclock.sandbox.tiktok_uploads import TikTokUploads
from postclock.sandbox.twin import Call, Operation, Twin, Yard, bearer

CODES = {401: "access_token_invalid", 429: "rate_limit_exceeded", 500: "internal_error"}
PAGE = 20
CUT_AT = 150
"""Characters of a caption that the list shows."""


class TikTok(Twin):
    """Pretend TikTok."""

    platform = "tiktok"
    label = "TikTok"

    def __init__(self, yard: Yard) -> None:
        self._login = TikTokLogin(self.platform, yard)
        tasks = Tasks(self.platform, yard)
        self._posts = TikTokPosts(self.platform, yard, tasks, self._login)
        self._parts = TikTokUploads(tasks, yard)
        super().__init__(yard)

    def operations(self) -> list[Operation]:
        return [
            *self._posts.operations(),
            *self._parts.operations(),
            Operation("POST", "/v2/video/list/", self._list, DISPLAY),
            Operation("POST", "/v2/video/query/", self._query, DISPLAY),
            *self._login.operations(),
            Operation("GET", "/@{handle}/{kind}/{id}", self._show, DISPLAY, signed=False),
        ]

    def authenticate(self, request: Request) -> SandboxAccount:
        token = self._login.token(bearer(request))
        if token is None:
            refuse("access_token_invalid", "The access token is invalid or not found")
        return token.account

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        return {}

    def failure(self, status: int, detail: str) -> Response:
        return refusal(CODES.get(status, "invalid_param"), detail, status)

    def server_error(self) -> Response:
        return refusal("internal_error", "Something is wrong. Please try again later")

    # --- what an account shows ------------------------------------------------------------------

    async def _list(self, call: Call) -> Response:
        self._login.need(call, "video.list")
        body, fields = asked(call), _fields(call)
        before = body.get("cursor")
        cursor = before if isinstance(before, int) and before > 0 else 1 << 62
        shown = [one for one in self._shown(call.author) if _millis(one) < cursor]
        count = body.get("max_count")
        page = shown[: count if isinstance(count, int) and 0 < count <= PAGE else 10]
        return done({
            "videos": [_video(one, fields) for one in page],
            "cursor": _millis(page[-1]) if page else 0, "has_more": len(shown) > len(page),
        })  # fmt: skip

    async def _query(self, call: Call) -> Response:
        self._login.need(call, "video.list")
        filters = asked(call).get("filters")
        ids = filters.get("video_ids") if isinstance(filters, dict) else None
        if not isinstance(ids, list) or len(ids) > PAGE:
            refuse("invalid_params", "video_ids has up to 20 ids")
        fields, wanted = _fields(call), {str(one) for one in ids}
        found = [one for one in self._shown(call.author) if one.id in wanted]
        return done({"videos": [_video(one, fields) for one in found]})

    def _shown(self, author: SandboxAccount) -> list[Entry]:
        """The public posts of an account, newest first."""
        now = self.clock.now()
        return [
            entry
            for entry in self.ledger.timeline(self.platform, author.remote_id)
            if entry.record["listed"] and now >= parse(entry.record["shown_at"])
        ]

    async def _show(self, call: Call) -> Response:
        return RedirectResponse(f"../../../#tiktok-{call.param('id')}", 303)


KNOWN = (
    "id", "title", "video_description", "create_time", "share_url", "duration", "view_count",
    "like_count", "comment_count", "share_count",
)  # fmt: skip


def _fields(call: Call) -> list[str]:
    fields = [one for one in call.query.get("fields", "").split(",") if one]
    if not fields or set(fields) - set(KNOWN):
        refuse("invalid_params", "fields is required, and must be known")
    return fields


def _video(entry: Entry, fields: list[str]) -> dict[str, Any]:
    kind = "photo" if entry.record["photos"] else "video"
    numbers = dict.fromkeys(("view_count", "like_count", "comment_count", "share_count"), 0)
    known = {
        **numbers, "id": entry.id, "title": (entry.record["title"] or entry.text)[:CUT_AT],
        "video_description": entry.text[:CUT_AT], "duration": 0,
        "create_time": int(entry.accepted_at.timestamp()),
        "share_url": f"https://www.tiktok.com/@{entry.handle}/{kind}/{entry.id}",
    }  # fmt: skip
    return {name: known[name] for name in fields}


def _millis(entry: Entry) -> int:
    return round(entry.accepted_at.timestamp() * 1000)
