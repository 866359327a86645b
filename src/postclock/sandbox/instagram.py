"""Instagram's twin: both of its hosts, with containers, publishing, lists, comments.

    /…          graph.instagram.com    /web, /tokens        its login
    /graph/…    graph.facebook.com     /web_login           Facebook Login
    /upload/…   rupload.facebook.com

Source: contract sheet 1 of Meta's platforms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

from starlette.requests import Request
from starlette.responses import Response

from postclock.errors import BadRequest
from postclock.sandbox.bodies import parse_form, parse_json, unstorable
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.graph import (
    BUSINESS_LIMIT,
    CALLS,
    failure,
    field_names,
    given,
    graph_error,
    refuse,
    throttled,
    usage_headers,
)
from postclock.sandbox.graph_login import FacebookLogin
from postclock.sandbox.instagram_access import (
    NOTHING,
    Access,
    bytes_error,
    instagram_of,
    linked,
    through_page,
)
from postclock.sandbox.instagram_containers import MAX_VIDEO, Container, Containers, published
from postclock.sandbox.instagram_login import InstagramLogin
from postclock.sandbox.instagram_reading import (
    COMMENT,
    DAY,
    Lists,
    insights_json,
    media_json,
    record_of,
    user_json,
)
from postclock.sandbox.ledger import Entry
from postclock.sandbox.quotas import Standing
from postclock.sandbox.twin import Call, Operation, Role, Twin, Yard, base_url, json_answer

NOT_ENFORCED = 100_000
"""What the quota is told to be where it is not kept: large trials run through."""


@dataclass(slots=True)
class Knobs:
    """What a test may turn."""

    quota_total: int = 50
    repeat_gives_id: bool = False
    """A container that is published again answers with the same post; else with an error."""
    unreadable: int = 0
    """So many reads of containers and posts answer 100/33."""
    flagged: int = 0
    """So many posts are published and answered as spam."""
    refuses: list[tuple[int, int | None]] = field(default_factory=list)
    """Codes and subcodes of the next publishing calls, which publish nothing."""
    listing_lag: timedelta = timedelta(0)


class Instagram(Twin):
    """Pretend Instagram."""

    platform = "instagram"
    label = "Instagram"

    def __init__(self, yard: Yard) -> None:
        self.knobs = Knobs()
        self.login = InstagramLogin(self.platform, yard)
        self._facebook = FacebookLogin(
            self.platform, "Facebook", yard, page="/web_login", api="/graph", extra=linked,
            holder=instagram_of,
        )  # fmt: skip
        self.containers = Containers(self.platform, yard)
        self._access = Access(self.platform, yard)
        self._lists = Lists(yard.ledger, yard.clock, self.platform, self.knobs)
        self._keeps_quota = yard.enforce_quotas
        super().__init__(yard)

    def operations(self) -> list[Operation]:
        both = [one for host in ("", "/graph") for one in self._api(f"{host}/{{version}}")]
        bytes_at = "/upload/ig-api-upload/{version}/{id}"
        return [
            *self.login.operations(),
            *self._facebook.operations(),
            Operation("POST", bytes_at, self._bytes, CALLS, uploads=True, max_body=MAX_VIDEO),
            *both,
        ]

    def _api(self, at: str) -> list[Operation]:
        one = f"{at}/{{id}}"
        return [
            Operation("POST", f"{one}/media_publish", self._publish, CALLS, creates=True),
            Operation("POST", f"{one}/media", self._create, CALLS, role=_role),
            Operation("GET", f"{one}/media", self._media, CALLS),
            Operation("GET", f"{one}/stories", self._stories, CALLS),
            Operation("GET", f"{one}/content_publishing_limit", self._limit, CALLS),
            Operation("GET", f"{one}/insights", self._insights, CALLS),
            Operation("POST", f"{one}/comments", self._comment, CALLS, creates=True),
            Operation("GET", f"{one}/comments", self._comments, CALLS),
            Operation("GET", one, self._read, CALLS),
            Operation("DELETE", one, self._delete, CALLS),
        ]

    def authenticate(self, request: Request) -> SandboxAccount:
        return self._access.caller(request)

    # --- publishing -------------------------------------------------------------------------------

    async def _create(self, call: Call) -> Response:
        who = self._access.author(call, "content_publish")
        asked = given(call)
        if any(isinstance(said, str) and unstorable(said) for said in asked.values()):
            refuse(100, "Invalid parameter")
        resumable = asked.get("upload_type") == "resumable"
        if resumable and not through_page(call):
            refuse(100, "upload_type is not supported")
        made = await self.containers.create(call, who, asked)
        if not resumable:
            return json_answer({"id": made.id})
        version = call.param("version")
        uri = f"{base_url(call.request)}/upload/ig-api-upload/{version}/{made.id}"
        return json_answer({"id": made.id, "uri": uri})

    async def _bytes(self, call: Call) -> Response:
        headers = call.request.headers
        made = self.containers.get(call.param("id"), {call.author.remote_id})
        if made is None or made.upload is not None:
            return bytes_error("ProcessingFailedError", "There is no such upload")
        if headers.get("offset") != "0":
            return bytes_error("OffsetInvalidError", "The offset is not what was expected")
        if headers.get("file_size") != str(len(call.body)) or not call.body:
            return bytes_error("PartialRequestError", "Partial request", retriable=True)
        self.containers.take(call, made, call.body)
        return json_answer({"success": True, "message": "Upload successful."})

    async def _publish(self, call: Call) -> Response:
        who = self._access.author(call, "content_publish")
        number = str(given(call).get("creation_id", ""))
        made = self.containers.get(number, {who.remote_id})
        if made is None or made.child:
            refuse(24, "The requested resource does not exist", 2207006)
        if self.knobs.refuses:
            code, subcode = self.knobs.refuses.pop(0)
            refuse(code, "Refused as it was told to", subcode)
        self._check_publishable(made)
        earlier = published(self.ledger, self.platform, made)
        entry_id = earlier or self._commit(call, who, made).id
        if self.knobs.flagged:
            self.knobs.flagged -= 1
            refuse(4, "We restrict certain activity to protect our community.", 2207051)
        return json_answer({"id": entry_id})

    def _check_publishable(self, made: Container) -> None:
        state = self.containers.state(made)
        if state == "PUBLISHED" and not self.knobs.repeat_gives_id:
            refuse(100, "The media was already published")
        if state == "IN_PROGRESS":
            refuse(9007, "The media is not ready for publishing, please wait", 2207027)
        if state == "EXPIRED":
            refuse(24, "The media container has expired", 2207008)
        if state == "ERROR":
            refuse(24, "The requested resource does not exist", 2207006)
        if state == "FINISHED" and self._used(made.account) >= self._total:
            refuse(9, "The daily publishing limit is reached", 2207042)

    def _commit(self, call: Call, who: SandboxAccount, made: Container) -> Entry:
        now = self.clock.now()
        number = self.uploads.next_number(round(now.timestamp() * 1000) << 14)
        return self.ledger.accept(Entry(
            platform=self.platform, account=who.remote_id, handle=who.handle, id=number,
            text=made.caption, received_at=call.received_at, accepted_at=now, key=made.id,
            record=record_of(made.kind, number, made.asked, [one.moves for one in made.uploads]),
            media=self.uploads.attach(made.uploads),
        ))  # fmt: skip

    def _used(self, account: str) -> int:
        since = self.clock.now() - DAY
        entries = self.ledger.entries(self.platform, account)
        return sum(one.accepted_at > since and one.record["kind"] != COMMENT for one in entries)

    @property
    def _total(self) -> int:
        return self.knobs.quota_total if self._keeps_quota else NOT_ENFORCED

    # --- reading ----------------------------------------------------------------------------------

    async def _read(self, call: Call) -> Response:
        number, accounts = call.param("id"), self._access.accounts(call)
        if number in accounts:
            return json_answer(user_json(call.author, number, call.query))
        if self.knobs.unreadable:
            self.knobs.unreadable -= 1
            refuse(100, NOTHING, 33)
        made = self.containers.get(number, accounts)
        if made:
            return json_answer(self._container_json(made, call.query))
        return json_answer(media_json(self._entry(call), field_names(call.query, "id")))

    def _container_json(self, made: Container, query: Mapping[str, str]) -> dict[str, str]:
        whole = {"status_code": self.containers.state(made), "status": self.containers.text(made)}
        names = field_names(query, "id")
        return {**{n: v for n, v in whole.items() if n in names}, "id": made.id}

    async def _media(self, call: Call) -> Response:
        return self._lists.media(call, self._access.owner(call))

    async def _stories(self, call: Call) -> Response:
        return self._lists.stories(call, self._access.owner(call))

    async def _limit(self, call: Call) -> Response:
        used = self._used(self._access.owner(call))
        config = {"quota_total": self._total, "quota_duration": 86_400}
        return json_answer({"data": [{"quota_usage": used, "config": config}]})

    async def _insights(self, call: Call) -> Response:
        entry = self._entry(call)
        return json_answer({"data": insights_json(entry, call.query.get("metric", ""))})

    # --- afterwards -------------------------------------------------------------------------------

    async def _comment(self, call: Call) -> Response:
        entry = self._entry(call)
        self._access.allow(call, "manage_comments")
        text = given(call).get("message")
        if not isinstance(text, str) or not text.strip() or unstorable(text):
            refuse(100, "The parameter message is required.")
        now = self.clock.now()
        number = self.uploads.next_number(round(now.timestamp() * 1000) << 14)
        self.ledger.accept(Entry(
            platform=self.platform, account=entry.account, handle=entry.handle, id=number,
            text=text, received_at=call.received_at, accepted_at=now,
            record={"kind": COMMENT, "parent": entry.id},
        ))  # fmt: skip
        return json_answer({"id": number})

    async def _comments(self, call: Call) -> Response:
        return self._lists.comments(self._entry(call))

    async def _delete(self, call: Call) -> Response:
        if not through_page(call):
            refuse(100, "Unsupported delete request.", 33)
        entry = self._entry(call)
        self._access.allow(call, "manage_contents")
        self.ledger.delete(entry, self.clock.now())
        self.uploads.release(entry.account, entry.media)
        return json_answer({"success": True})

    def _entry(self, call: Call) -> Entry:
        entry = self.ledger.get(self.platform, call.param("id"))
        if entry is None or entry.account not in self._access.accounts(call):
            refuse(100, NOTHING, 33)
        return entry

    # --- trouble ----------------------------------------------------------------------------------

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        return usage_headers(standing, kind="instagram")

    def failure(self, status: int, detail: str) -> Response:
        return failure(status, detail)

    def server_error(self) -> Response:
        return graph_error(2, "An unexpected error has occurred.", status=500, transient=True)

    def rate_limited(self, standing: Standing) -> Response:
        left = standing.reset_at - self.clock.now()
        return throttled(BUSINESS_LIMIT, max(ceil(left / timedelta(minutes=1)), 1))


def _role(_request: Request, body: bytes) -> Role:
    """Whether the creation of a container is the whole upload of its file."""
    try:
        asked = parse_json(body)
    except BadRequest:
        asked = parse_form(body)
    said = asked if isinstance(asked, dict) else {}
    later = said.get("upload_type") == "resumable" or said.get("media_type") == "CAROUSEL"
    return None if later else "uploads"
