"""Bluesky's twin: the post records of every repository.

Source: the contract sheet of Bluesky, sections 3b-3e.
"""

from __future__ import annotations

from typing import Any, NoReturn

from starlette.responses import RedirectResponse, Response

from postclock.sandbox.bluesky_answers import made_result, page_size, required, written
from postclock.sandbox.bluesky_identity import Identities
from postclock.sandbox.bluesky_lexicon import POST
from postclock.sandbox.bluesky_media import BlueskyMedia, alt_texts
from postclock.sandbox.bluesky_records import (
    Wish,
    check_record,
    commit,
    read_wish,
    read_writes,
    refuse,
    value_of,
    wished_object,
)
from postclock.sandbox.bluesky_tid import tid
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.dag_cbor import cid
from postclock.sandbox.instants import micros
from postclock.sandbox.ledger import Entry
from postclock.sandbox.quotas import Quota
from postclock.sandbox.twin import Call, Operation, Yard, json_answer

WRITES = Quota("writes", 5000, 3600)
GENERAL = Quota("general", 3000, 300)


class Repositories:
    """Every account's posts."""

    def __init__(
        self, platform: str, yard: Yard, media: BlueskyMedia, identities: Identities
    ) -> None:
        self.platform = platform
        self.ledger, self.clock = yard.ledger, yard.clock
        self.uploads = yard.uploads[platform]
        self._media, self._identities = media, identities

    def operations(self) -> list[Operation]:
        """Every call about records."""
        repo = "/xrpc/com.atproto.repo."
        return [
            Operation("POST", repo + "createRecord", self._create, WRITES, 3, creates=True),
            Operation("POST", repo + "applyWrites", self._apply, WRITES, 3, creates=True),
            Operation("POST", repo + "putRecord", self._put, WRITES, 2, creates=True),
            Operation("GET", repo + "getRecord", self._get, GENERAL, signed=False),
            Operation("GET", repo + "listRecords", self._list, GENERAL, signed=False),
            Operation("POST", repo + "deleteRecord", self._delete, WRITES),
            Operation("GET", "/profile/{actor}/post/{rkey}", self._show, GENERAL, signed=False),
        ]

    async def _create(self, call: Call) -> Response:
        wish = self._wish(call)
        rkey = wish.rkey or tid(micros(self.clock.now()), self.ledger.changes)
        status = check_record(wish)
        self._free(call.author, rkey)
        entry = self._accept(call, rkey, wish.record)
        return written(entry.id, entry.record["cid"], status, entry.record["commit"])

    async def _apply(self, call: Call) -> Response:
        """Everything is looked into before anything is written: all of it or none."""
        asked = wished_object(call)
        self._own(asked.get("repo"), call.author)
        author, now = call.author, self.clock.now()
        writes = read_writes(asked)
        statuses = [check_record(wish) for wish in writes]
        keys = [wish.rkey or tid(micros(now), self.ledger.changes + i)
                for i, wish in enumerate(writes)]  # fmt: skip
        for rkey, wish in zip(keys, writes, strict=True):
            self._free(author, rkey)
            self._media.shown(author.remote_id, wish.record)
        if len(set(keys)) < len(keys):
            refuse(500, "InternalServerError", "Internal Server Error")
        entries = [
            self._accept(call, rkey, wish.record) for rkey, wish in zip(keys, writes, strict=True)
        ]
        results = [
            made_result(entry.id, entry.record["cid"], status)
            for entry, status in zip(entries, statuses, strict=True)
        ]
        return json_answer({"commit": entries[-1].record["commit"], "results": results})

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
            entry = self._accept(call, wish.rkey, wish.record)
            return written(entry.id, entry.record["cid"], status, entry.record["commit"])
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

    def _accept(self, call: Call, rkey: str, record: dict[str, Any]) -> Entry:
        author, now = call.author, self.clock.now()
        media = self._attached(author, record)
        kept = commit(author.remote_id, record, tid(micros(now), self.ledger.changes))
        return self.ledger.accept(
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

    def _free(self, author: SandboxAccount, rkey: str) -> None:
        """Raise Refused where a record has this key: the real server lets its database's refusal
        through as it is."""
        if self._live(author.remote_id, rkey):
            refuse(500, "InternalServerError", "Internal Server Error")

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
