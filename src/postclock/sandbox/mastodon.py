"""Mastodon's twin: one instance, as far as statuses with text and media go.

Source: the contract sheet of Mastodon, sections 4a-4f.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postclock.sandbox.consent import avatar
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.instants import iso
from postclock.sandbox.ledger import Entry
from postclock.sandbox.mastodon_entities import account_json, instance_json, status_json
from postclock.sandbox.mastodon_media import MastodonMedia
from postclock.sandbox.mastodon_oauth import OUTSIDE, MastodonOAuth, fields
from postclock.sandbox.mastodon_statuses import read_status
from postclock.sandbox.quotas import Quota, Standing
from postclock.sandbox.twin import (
    Call,
    Operation,
    Refused,
    Twin,
    Yard,
    base_url,
    bearer,
    json_answer,
)

CREATE = Quota("create", 300, 3 * 3600)
GENERAL = Quota("general", 300, 300)
DELETE = Quota("delete", 30, 30 * 60)

KEY_LIFE = timedelta(hours=1)
LISTED_AFTER = timedelta(seconds=1)
"""How much later than it was accepted a status is in the lists."""
NOT_FOUND = "Record not found"

REVOKED = "The access token was revoked"
DETAILS = {
    401: "The access token is invalid",
    404: NOT_FOUND,
    429: "Too many requests",
    503: "There was a temporary problem serving your request, please try again",
}


class Mastodon(Twin):
    """One pretend instance."""

    platform = "mastodon"
    label = "Mastodon"

    def __init__(self, yard: Yard) -> None:
        self._media = MastodonMedia(self.platform, yard)
        self._oauth = MastodonOAuth(self.platform, yard)
        super().__init__(yard)

    def operations(self) -> list[Operation]:
        v1 = "/api/v1/"
        return [
            Operation("POST", v1 + "statuses", self._create, CREATE, creates=True),
            Operation("GET", v1 + "statuses/{id}", self._get, GENERAL, signed=False),
            Operation("GET", v1 + "statuses/{id}/source", self._source, GENERAL),
            Operation("DELETE", v1 + "statuses/{id}", self._delete, DELETE),
            Operation("GET", v1 + "accounts/verify_credentials", self._me, GENERAL),
            Operation("GET", v1 + "accounts/{id}/statuses", self._list, GENERAL, signed=False),
            Operation("GET", "/api/v2/instance", self._instance, GENERAL, signed=False),
            *self._media.operations(),
            *self._oauth.operations(),
            Operation("GET", "/@{handle}/{id}", self._show, GENERAL, signed=False),
        ]

    def authenticate(self, request: Request) -> SandboxAccount:
        token = bearer(request) or ""
        found = self.grants.read(token)
        if found is None:
            words = REVOKED if self.grants.ended(token) else DETAILS[401]
            raise Refused(json_answer({"error": words}, 401))
        if not self._oauth.allows(token, _needed(request)):
            raise Refused(json_answer({"error": OUTSIDE}, 403))
        return found.account

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(standing.quota.limit),
            "X-RateLimit-Remaining": str(standing.remaining),
            "X-RateLimit-Reset": iso(standing.reset_at),
        }

    def failure(self, status: int, detail: str) -> Response:
        return json_answer({"error": DETAILS.get(status, detail)}, status)

    # --- operations -----------------------------------------------------------------------------

    async def _create(self, call: Call) -> Response:
        asked = fields(call)
        key = call.request.headers.get("idempotency-key")
        earlier = self._repeated(call.author, key)
        if earlier:
            if not earlier.live:
                self._refuse(404, NOT_FOUND)
            return json_answer(status_json(earlier, base_url(call.request)))
        text, record = self._checked(asked)
        shown = self._media.chosen(asked.get("media_ids"), call.author)
        now = self.clock.now()
        entry = self.ledger.accept(
            Entry(
                platform=self.platform,
                account=call.author.remote_id,
                handle=call.author.handle,
                id=self._next_id(now),
                text=text,
                received_at=call.received_at,
                accepted_at=now,
                key=key,
                record=record,
                media=self.uploads.attach(shown),
            )
        )
        return json_answer(status_json(entry, base_url(call.request)))

    async def _get(self, call: Call) -> Response:
        return json_answer(status_json(self._status(call), base_url(call.request)))

    async def _source(self, call: Call) -> Response:
        entry = self._own_status(call)
        spoiler = entry.record["spoiler_text"]
        return json_answer({"id": entry.id, "text": entry.text, "spoiler_text": spoiler})

    async def _delete(self, call: Call) -> Response:
        entry = self._own_status(call)
        answer = {**status_json(entry, base_url(call.request)), "text": entry.text}
        self.ledger.delete(entry, self.clock.now())
        self.uploads.release(entry.account, entry.media)
        return json_answer(answer)

    async def _me(self, call: Call) -> Response:
        author = call.author
        account = account_json(author.remote_id, author.handle, base_url(call.request))
        account |= {"avatar": avatar(author.handle), "display_name": author.handle.capitalize()}
        source = {
            "privacy": "public",
            "sensitive": False,
            "language": None,
            "note": "",
            "fields": [],
            "follow_requests_count": 0,
        }
        return json_answer({**account, "source": source})

    async def _list(self, call: Call) -> Response:
        limit = _page_size(call.query.get("limit", "20"))
        shown = self.listed_until(LISTED_AFTER)
        bounds = {name: self._bound(call, name) for name in ("max_id", "since_id", "min_id")}
        found = [
            entry
            for entry in self.ledger.timeline(self.platform, call.param("id"))
            if _between(int(entry.id), bounds)
            and entry.accepted_at <= shown
            and entry.record["visibility"] != "direct"
            and not (_true(call, "exclude_replies") and entry.record["in_reply_to_id"])
        ]
        page = found[-limit:] if bounds["min_id"] is not None else found[:limit]
        answer = json_answer([status_json(entry, base_url(call.request)) for entry in page])
        if page:
            path = f"/api/v1/accounts/{page[0].account}/statuses?limit={limit}"
            here = base_url(call.request) + path
            older, newer = f"<{here}&max_id={page[-1].id}>", f"<{here}&min_id={page[0].id}>"
            answer.headers["Link"] = f'{older}; rel="next", {newer}; rel="prev"'
        return answer

    async def _instance(self, call: Call) -> Response:
        return json_answer(instance_json(call.request.headers.get("host", "localhost")))

    async def _show(self, call: Call) -> Response:
        return RedirectResponse(f"../../#mastodon-{call.param('id')}", 303)

    # --- parts ----------------------------------------------------------------------------------

    def _checked(self, asked: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The text and what else is kept of a status; raises Refused."""
        text, record = read_status(asked, self.clock.now())
        parent = record["in_reply_to_id"]
        if parent and not self.ledger.get(self.platform, parent):
            self._refuse(404, NOT_FOUND)
        return text, record

    def _repeated(self, author: SandboxAccount, key: str | None) -> Entry | None:
        earlier = self.ledger.keyed(self.platform, author.remote_id, key) if key else None
        return earlier if earlier and self.clock.now() - earlier.accepted_at < KEY_LIFE else None

    def _status(self, call: Call) -> Entry:
        entry = self.ledger.get(self.platform, call.param("id"))
        return entry or self._refuse(404, NOT_FOUND)

    def _own_status(self, call: Call) -> Entry:
        entry = self._status(call)
        if entry.account != call.author.remote_id:
            self._refuse(404, NOT_FOUND)
        return entry

    def _bound(self, call: Call, name: str) -> int | None:
        value = call.query.get(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 20):
            self._refuse(400, f"{name} is not an id")
        return int(value)

    def _refuse(self, status: int, detail: str) -> NoReturn:
        raise Refused(self.failure(status, detail))

    def _next_id(self, now: datetime) -> str:
        fresh = round(now.timestamp() * 1000) << 16
        latest = self.ledger.latest(self.platform)
        return str(max(fresh, int(latest.id) + 1 if latest else 0))


def _needed(request: Request) -> str:
    """The scope that a signed call needs."""
    path, reads = request.scope["path"], request.method == "GET"
    if path.endswith("/verify_credentials"):
        return "read:accounts"
    if "/media" in path:
        return "write:media"
    return "read:statuses" if reads else "write:statuses"


def _page_size(text: str) -> int:
    known = text.isascii() and text.isdigit() and 0 < len(text) < 4 and int(text) > 0
    return min(int(text), 40) if known else 20


def _between(status_id: int, bounds: Mapping[str, int | None]) -> bool:
    above = max(bounds["since_id"] or 0, bounds["min_id"] or 0)
    below = bounds["max_id"]
    return status_id > above and (below is None or status_id < below)


def _true(call: Call, name: str) -> bool:
    return call.query.get(name, "").lower() in ("true", "1")
