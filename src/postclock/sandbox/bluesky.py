"""Bluesky's twin: a personal data server, as far as post records and their pictures go.

Source: the contract sheet of Bluesky, sections 3a-3e.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postclock.sandbox.bluesky_answers import page_size, profile, required, written
from postclock.sandbox.bluesky_identity import Identities
from postclock.sandbox.bluesky_lexicon import POST
from postclock.sandbox.bluesky_media import BlueskyMedia, alt_texts
from postclock.sandbox.bluesky_records import (
    Wish,
    check_record,
    commit,
    read_wish,
    refuse,
    value_of,
    wished_object,
)
from postclock.sandbox.bluesky_sessions import Session, Sessions, TokenExpired, TokenInvalid
from postclock.sandbox.bluesky_tid import tid
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.dag_cbor import cid
from postclock.sandbox.instants import micros
from postclock.sandbox.ledger import Entry
from postclock.sandbox.quotas import Quota, Standing
from postclock.sandbox.twin import Call, Operation, Twin, Yard, bearer, json_answer, whole_seconds

WRITES = Quota("writes", 5000, 3600)
GENERAL = Quota("general", 3000, 300)
SESSIONS = Quota("sessions", 30, 300)

NAMES = {
    400: "InvalidRequest",
    401: "AuthenticationRequired",
    404: "MethodNotImplemented",
    405: "InvalidRequest",
    413: "PayloadTooLarge",
    429: "RateLimitExceeded",
    500: "InternalServerError",
}


class Bluesky(Twin):
    """A personal data server that knows every account that has shown itself."""

    platform = "bluesky"

    def __init__(self, yard: Yard) -> None:
        self._media = BlueskyMedia(self.platform, yard)
        self._identities = Identities(self.platform)
        super().__init__(yard)
        self._sessions = Sessions()

    def operations(self) -> list[Operation]:
        repo, server = "/xrpc/com.atproto.repo.", "/xrpc/com.atproto.server."
        return [
            Operation("POST", repo + "createRecord", self._create, WRITES, 3, creates=True),
            Operation("POST", repo + "putRecord", self._put, WRITES, 2, creates=True),
            Operation("GET", repo + "getRecord", self._get, GENERAL, signed=False),
            Operation("GET", repo + "listRecords", self._list, GENERAL, signed=False),
            Operation("POST", repo + "deleteRecord", self._delete, WRITES),
            Operation("POST", server + "createSession", self._open, SESSIONS, signed=False),
            Operation("POST", server + "refreshSession", self._refresh, GENERAL, signed=False),
            Operation("GET", server + "getSession", self._session, GENERAL),
            Operation(
                "GET", "/xrpc/com.atproto.identity.resolveHandle", self._resolve, GENERAL,
                signed=False,
            ),
            *self._media.operations(),
            *self._identities.operations(),
            Operation("GET", "/profile/{actor}/post/{rkey}", self._show, GENERAL, signed=False),
        ]  # fmt: skip

    def authenticate(self, request: Request) -> SandboxAccount:
        token = bearer(request)
        if token is None:
            refuse(401, "AuthMissing", "Authentication Required")
        try:
            account = self._sessions.account(token, self.clock.now())
        except TokenExpired:
            refuse(400, "ExpiredToken", "Token has expired")
        except TokenInvalid:
            refuse(401, "InvalidToken", "Token could not be verified")
        self._identities.seen(account)
        return account

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        quota = standing.quota
        return {
            "RateLimit-Limit": str(quota.limit),
            "RateLimit-Remaining": str(standing.remaining),
            "RateLimit-Reset": str(whole_seconds(standing.reset_at)),
            "RateLimit-Policy": f"{quota.limit};w={quota.seconds}",
        }

    def failure(self, status: int, detail: str) -> Response:
        if status == 404:
            status, detail, name = 501, "Method Not Implemented", "MethodNotImplemented"
        else:
            name = NAMES.get(status, "InternalServerError")
        return json_answer({"error": name, "message": detail}, status)

    def server_error(self) -> Response:
        return self.failure(500, "Internal Server Error")

    def rate_limited(self, standing: Standing) -> Response:
        answer = super().rate_limited(standing)
        left = standing.reset_at - self.clock.now()
        answer.headers["Retry-After"] = str(max(-(-left // timedelta(seconds=1)), 1))
        return answer

    # --- sessions -------------------------------------------------------------------------------

    async def _open(self, call: Call) -> Response:
        asked = wished_object(call)
        identifier, password = asked.get("identifier"), asked.get("password")
        if not isinstance(identifier, str) or not isinstance(password, str):
            refuse(400, "InvalidRequest", "Input must have identifier and password as strings")
        account = self._identities.signed_in(identifier, password)
        if account is None:
            refuse(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._opened(self._sessions.open(account, self.clock.now()), call)

    async def _refresh(self, call: Call) -> Response:
        token = bearer(call.request)
        if token is None:
            refuse(401, "AuthMissing", "Authentication Required")
        try:
            session = self._sessions.refresh(token, self.clock.now())
        except TokenExpired:
            refuse(400, "ExpiredToken", "Token has expired")
        except TokenInvalid:
            refuse(400, "InvalidToken", "Token could not be verified")
        return self._opened(session, call)

    async def _session(self, call: Call) -> Response:
        return json_answer(profile(call.author, call.request))

    def _opened(self, session: Session, call: Call) -> Response:
        self._identities.seen(session.account)
        tokens = {"accessJwt": session.access, "refreshJwt": session.refresh}
        return json_answer(tokens | profile(session.account, call.request))

    async def _resolve(self, call: Call) -> Response:
        handle = call.query.get("handle", "").lower()
        did = self._identities.did(handle) or self.ledger.account_by_handle(self.platform, handle)
        if did is None:
            refuse(400, "InvalidRequest", "Unable to resolve handle")
        return json_answer({"did": did})

    # --- records --------------------------------------------------------------------------------

    async def _create(self, call: Call) -> Response:
        wish = self._wish(call)
        rkey = wish.rkey or tid(micros(self.clock.now()), self.ledger.changes)
        status = check_record(wish)
        if self._live(call.author.remote_id, rkey):
            # The real server lets its database's refusal through as it is.
            return self.server_error()
        return self._accept(call, rkey, wish.record, status)

    async def _put(self, call: Call) -> Response:
        wish = self._wish(call)
        if wish.rkey is None:
            refuse(400, "InvalidRequest", 'Input must have the property "rkey"')
        status = check_record(wish)
        entry = self._live(call.author.remote_id, wish.rkey)
        held = entry.record["cid"] if entry else None
        if wish.swaps and wish.swap_record != held:
            refuse(400, "InvalidSwap", f"Record was at {held}")
        if entry is None:
            return self._accept(call, wish.rkey, wish.record, status)
        if held == cid(wish.record):
            return written(entry.id, entry.record["cid"], status)
        rev = tid(micros(self.clock.now()), self.ledger.changes)
        kept = commit(call.author.remote_id, wish.record, rev)
        media, replaced = self._attached(call.author, wish.record), entry.media
        self.ledger.revise(entry, str(wish.record.get("text", "")), kept, media)
        self.uploads.release(entry.account, replaced)
        return written(entry.id, kept["cid"], status, kept["commit"])

    async def _get(self, call: Call) -> Response:
        repo, collection, rkey = (required(call, name) for name in ("repo", "collection", "rkey"))
        did = self._did(repo)
        entry = self._live(did, rkey) if collection == POST else None
        wanted = call.query.get("cid")
        if entry is None or wanted not in (None, entry.record["cid"]):
            message = f"Could not locate record: at://{did}/{collection}/{rkey}"
            refuse(400, "RecordNotFound", message)
        return json_answer(value_of(entry))

    async def _list(self, call: Call) -> Response:
        did = self._did(required(call, "repo"))
        collection = required(call, "collection")
        limit = page_size(call.query.get("limit", "50"))
        cursor, reverse = call.query.get("cursor"), call.query.get("reverse") == "true"
        found = [*self.ledger.timeline(self.platform, did)] if collection == POST else []
        found.sort(key=_rkey, reverse=not reverse)
        if cursor:
            found = [e for e in found if (_rkey(e) > cursor if reverse else _rkey(e) < cursor)]
        page = found[:limit]
        answer: dict[str, Any] = {"records": [value_of(entry) for entry in page]}
        if len(found) > limit:
            answer["cursor"] = _rkey(page[-1])
        return json_answer(answer)

    async def _delete(self, call: Call) -> Response:
        asked = wished_object(call)
        self._own(asked.get("repo"), call.author)
        rkey = asked.get("rkey")
        if not isinstance(asked.get("collection"), str) or not isinstance(rkey, str):
            refuse(400, "InvalidRequest", "Input must have collection and rkey as strings")
        entry = self._live(call.author.remote_id, rkey) if asked["collection"] == POST else None
        if entry is None:
            return json_answer({})
        now = self.clock.now()
        self.ledger.delete(entry, now)
        self.uploads.release(entry.account, entry.media)
        gone = commit(entry.account, None, tid(micros(now), self.ledger.changes))
        return json_answer({"commit": gone["commit"]})

    async def _show(self, call: Call) -> Response:
        did = self._did(call.param("actor"))
        return RedirectResponse(f"../../../../#bluesky-at://{did}/{POST}/{call.param('rkey')}", 303)

    def _accept(
        self, call: Call, rkey: str, record: dict[str, Any], status: str | None
    ) -> Response:
        author, now = call.author, self.clock.now()
        media = self._attached(author, record)
        kept = commit(author.remote_id, record, tid(micros(now), self.ledger.changes))
        entry = self.ledger.accept(
            Entry(
                platform=self.platform,
                account=author.remote_id,
                handle=author.handle,
                id=f"at://{author.remote_id}/{POST}/{rkey}",
                text=str(record.get("text", "")),
                received_at=call.received_at,
                accepted_at=now,
                key=rkey,
                record=kept,
                media=media,
            )
        )
        return written(entry.id, kept["cid"], status, kept["commit"])

    def _attached(self, author: SandboxAccount, record: dict[str, Any]) -> list[dict[str, Any]]:
        """The record's blobs as its ledger entry lists them; from here on they stay."""
        media = self.uploads.attach(self._media.shown(author.remote_id, record))
        alts = alt_texts(record)
        return [{**item, "alt": alts.get(item["id"], "")} for item in media]

    def _wish(self, call: Call) -> Wish:
        asked = wished_object(call)
        self._own(asked.get("repo"), call.author)
        return read_wish(asked)

    def _own(self, repo: Any, author: SandboxAccount) -> None:
        if not isinstance(repo, str):
            refuse(400, "InvalidRequest", 'Input must have the property "repo"')
        if repo.lower() not in _names(author):
            refuse(401, "AuthenticationRequired", "Authentication Required")

    def _live(self, did: str, rkey: str) -> Entry | None:
        entry = self.ledger.keyed(self.platform, did, rkey)
        return entry if entry and entry.live else None

    def _did(self, repo: str) -> str:
        if repo.startswith("did:"):
            return repo
        did = self._identities.did(repo) or self.ledger.account_by_handle(self.platform, repo)
        return did or _unknown_repo(repo)


def _names(account: SandboxAccount) -> tuple[str, str]:
    return account.remote_id, account.handle


def _unknown_repo(repo: str) -> NoReturn:
    refuse(400, "InvalidRequest", f"Could not find repo: {repo}")


def _rkey(entry: Entry) -> str:
    return entry.key or ""
