"""LinkedIn's twin: posts of people and of organisations, their comments, their media.

Source: the contract sheet of LinkedIn, sections 2a-2h.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postclock.sandbox.bodies import parse_json, unstorable
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.ledger import Entry
from postclock.sandbox.linkedin_login import LinkedInLogin
from postclock.sandbox.linkedin_media import VIDEO, LinkedInMedia
from postclock.sandbox.linkedin_pages import Owner, Rights, check_request
from postclock.sandbox.linkedin_problems import (
    CODES,
    THROTTLED,
    invalid,
    plain,
    problem,
    refuse,
)
from postclock.sandbox.linkedin_requests import CreateComment, CreatePost, read_request
from postclock.sandbox.linkedin_text import MAX_UNITS, Commentary, read_commentary, units
from postclock.sandbox.quotas import Quota, Standing
from postclock.sandbox.twin import Call, Operation, Refused, Twin, Yard, json_answer

DAY = 24 * 3600
POSTS = Quota("posts", 150, DAY)
"""Not published: what others have met."""
READS = Quota("reads", 5000, DAY)
DUPLICATES = timedelta(minutes=10)
POST, COMMENT = "post", "comment"


class LinkedIn(Twin):
    """LinkedIn, as far as posts with text, media, cards and polls go."""

    platform = "linkedin"
    label = "LinkedIn"

    def __init__(self, yard: Yard) -> None:
        self._rights = Rights(self.platform, yard.grants[self.platform])
        self._media = LinkedInMedia(self.platform, yard, self._rights)
        self._login = LinkedInLogin(self.platform, yard, self._rights)
        super().__init__(yard)

    def operations(self) -> list[Operation]:
        one = "/rest/posts/{urn}"
        return [
            Operation("POST", "/rest/posts", self._create, POSTS, creates=True),
            Operation("GET", "/rest/posts", self._finder, READS),
            Operation("GET", one, self._get, READS),
            Operation("DELETE", one, self._delete, READS),
            Operation(
                "POST", "/rest/socialActions/{urn}/comments", self._comment, READS, creates=True
            ),
            *self._media.operations(),
            *self._login.operations(),
            Operation("GET", "/feed/update/{urn}", self._show, READS, signed=False),
        ]

    def authenticate(self, request: Request) -> SandboxAccount:
        return self._rights.token(request).account

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        return {}

    def failure(self, status: int, detail: str) -> Response:
        if status == 429:
            return plain(429, THROTTLED, 101)
        if status == 400:
            return invalid(detail, "INVALID_VALUE_FOR_FIELD", detail)
        return problem(status, CODES.get(status, detail.upper().replace(" ", "_")), detail)

    # --- operations -----------------------------------------------------------------------------

    async def _create(self, call: Call) -> Response:
        check_request(call.request, self.clock.now())
        asked = read_request(CreatePost, parse_json(call.body))
        owner = self._rights.writer(call.request, asked.author, "partnerApiPostsExternal.CREATE")
        said = _checked(asked, owner)
        content = asked.content.model_dump(exclude_defaults=True) if asked.content else {}
        now = self.clock.now()
        self._refuse_duplicate(owner, said, content, now)
        pictured = asked.content.pictured() if asked.content else []
        shown = [self._media.chosen(urn, owner, alt) for urn, alt in pictured]
        film = any(urn.startswith(VIDEO) for urn, _ in pictured)
        record = {
            "kind": POST,
            "author": asked.author,
            "commentary": said.stored,
            "content": content,
            "visibility": asked.visibility,
        }
        entry = self._accept(
            call, owner, f"urn:li:{'ugcPost' if film else 'share'}", said.shown, record,
            self.uploads.attach(shown), now,
        )  # fmt: skip
        return Response(status_code=201, headers={"x-restli-id": entry.id})

    async def _finder(self, call: Call) -> Response:
        check_request(call.request, self.clock.now())
        query = call.query
        if call.request.headers.get("x-restli-method", "").upper() != "FINDER":
            refuse(400, "ILLEGAL_ARGUMENT", "X-RestLi-Method: FINDER is missing")
        if query.get("q") != "author":
            refuse(400, "ILLEGAL_ARGUMENT", "The finder is q=author")
        author = query.get("author", "")
        account = self._rights.reader(call.request, author, "partnerApiPostsExternal.FINDER-author")
        start, count = _whole(query.get("start", "0")), _whole(query.get("count", "10"))
        posts = [
            entry
            for entry in self.ledger.timeline(self.platform, account)
            if entry.record["kind"] == POST
        ]
        page = posts[start : start + min(count, 100)]
        paging = {"start": start, "count": count, "links": []}
        return json_answer({"paging": paging, "elements": [_element(entry) for entry in page]})

    async def _get(self, call: Call) -> Response:
        check_request(call.request, self.clock.now())
        entry = self._post(call.param("urn"))
        self._rights.reader(call.request, entry.record["author"], "partnerApiPostsExternal.GET")
        return json_answer(_element(entry))

    async def _delete(self, call: Call) -> Response:
        check_request(call.request, self.clock.now())
        entry = self.ledger.get(self.platform, call.param("urn"))
        if entry is not None and entry.record["kind"] == POST:
            author = entry.record["author"]
            self._rights.writer(call.request, author, "partnerApiPostsExternal.DELETE")
            self.ledger.delete(entry, self.clock.now())
            self.uploads.release(entry.account, entry.media)
        return Response(status_code=204)

    async def _comment(self, call: Call) -> Response:
        check_request(call.request, self.clock.now())
        asked = read_request(CreateComment, parse_json(call.body))
        what = "partnerApiSocialActions.CREATE-comments"
        owner = self._rights.writer(call.request, asked.actor, what)
        post = self._post(call.param("urn"))
        if asked.object != post.id:
            words = "object is another post than the address names"
            raise Refused(invalid(words, "INVALID_VALUE_FOR_FIELD", words))
        if unstorable(asked.message.text):
            refuse(400, "INVALID_VALUE_FOR_FIELD", "message.text is not a readable text")
        record = {"kind": COMMENT, "author": asked.actor, "of": post.id}
        now = self.clock.now()
        entry = self._accept(call, owner, "urn:li:comment", asked.message.text, record, [], now)
        number = entry.id.rpartition(":")[2]
        body = {"id": number, "actor": asked.actor, "object": post.id, "$URN": entry.id}
        return json_answer(body, 201, **{"x-restli-id": number})

    async def _show(self, call: Call) -> Response:
        return RedirectResponse(f"../../../#linkedin-{call.param('urn')}", 303)

    # --- checks and the ledger ------------------------------------------------------------------

    def _refuse_duplicate(
        self, owner: Owner, said: Commentary, content: Mapping[str, Any], now: datetime
    ) -> None:
        earlier = self.ledger.same_text(self.platform, owner.account, said.shown)
        if earlier is None or not earlier.live or earlier.record["kind"] != POST:
            return
        same = (earlier.record["commentary"], earlier.record["content"]) == (said.stored, content)
        if same and now - earlier.accepted_at < DUPLICATES:
            words = f"Content is a duplicate of {earlier.id}"
            description = "Duplicate post is detected"
            raise Refused(invalid(words, "DUPLICATE_POST", description, status=422))

    def _accept(
        self,
        call: Call,
        owner: Owner,
        kind: str,
        text: str,
        record: Mapping[str, Any],
        media: list[dict[str, Any]],
        now: datetime,
    ) -> Entry:
        latest = self.ledger.latest(self.platform)
        last = int(latest.id.rpartition(":")[2]) if latest else 0
        number = max(round(now.timestamp() * 1000) << 22, last + 1)
        return self.ledger.accept(
            Entry(
                platform=self.platform,
                account=owner.account,
                handle=owner.handle,
                id=f"{kind}:{number}",
                text=text,
                received_at=call.received_at,
                accepted_at=now,
                record=record,
                media=media,
            )
        )

    def _post(self, urn: str) -> Entry:
        entry = self.ledger.get(self.platform, urn)
        if entry is None or entry.record["kind"] != POST:
            refuse(404, "RESOURCE_NOT_FOUND", "There is no such post")
        return entry


def _checked(asked: CreatePost, owner: Owner) -> Commentary:
    """The text as it is kept; raises Refused where the post as a whole cannot be taken."""
    content = asked.content
    if content and len(content.model_dump(exclude_none=True)) != 1:
        words = "/content :: has one of media, multiImage, article, poll"
        raise Refused(invalid(words, "INVALID_VALUE_FOR_FIELD", words))
    if owner.is_page and asked.visibility == "CONNECTIONS":
        words = "/visibility :: an organization has no connections"
        raise Refused(invalid(words, "INVALID_VALUE_FOR_FIELD", words))
    if unstorable(asked.commentary):
        refuse(400, "INVALID_VALUE_FOR_FIELD", "/commentary :: is not a readable text")
    if not asked.commentary.strip():
        refuse(422, "UNPROCESSABLE_ENTITY", "/commentary :: is empty")
    said = read_commentary(asked.commentary)
    if units(said.shown) > MAX_UNITS:
        words = f"/commentary :: is longer than {MAX_UNITS} characters"
        raise Refused(invalid(words, "FIELD_LENGTH_TOO_LONG", words))
    return said


def _element(entry: Entry) -> dict[str, Any]:
    at = int(entry.accepted_at.timestamp() * 1000)
    record = entry.record
    element = {
        "id": entry.id,
        "author": record["author"],
        "commentary": record["commentary"],
        "visibility": record["visibility"],
        "lifecycleState": "PUBLISHED",
        "createdAt": at,
        "publishedAt": at,
        "lastModifiedAt": at,
        "isReshareDisabledByAuthor": False,
    }
    return {**element, "content": record["content"]} if record["content"] else element


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        refuse(400, "ILLEGAL_ARGUMENT", "start and count are whole numbers")
    return int(text)
