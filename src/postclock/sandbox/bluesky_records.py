"""Reading what a client wants written, and what the twin keeps of it.

Source: the contract sheet of Bluesky, sections 3b and 3d.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from postclock.sandbox.bluesky_lexicon import POST, BlobRefused, LexiconError, check_post
from postclock.sandbox.bluesky_tid import TID
from postclock.sandbox.bodies import parse_json
from postclock.sandbox.dag_cbor import NotEncodable, cid
from postclock.sandbox.ledger import Entry
from postclock.sandbox.twin import Call, Refused, json_answer

CREATE = "com.atproto.repo.applyWrites#create"
MAX_WRITES = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """A record somebody wants written; ``swaps`` tells that ``swap_record`` was given."""

    rkey: str | None
    record: dict[str, Any]
    validate: bool | None
    swaps: bool
    swap_record: str | None


def refuse(status: int, error: str, message: str) -> NoReturn:
    """Answer with an error in XRPC's shape."""
    raise Refused(json_answer({"error": error, "message": message}, status))


def wished_object(call: Call) -> dict[str, Any]:
    """The JSON object a procedure takes."""
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = f"Wrong request encoding (Content-Type): {kind or 'none'}"
        refuse(400, "InvalidRequest", message)
    asked = parse_json(call.body)
    if not isinstance(asked, dict):
        refuse(400, "InvalidRequest", "Input must be an object")
    return asked


def read_wish(asked: Mapping[str, Any]) -> Wish:
    """The fields of createRecord and putRecord; raises Refused."""
    collection, record, rkey = asked.get("collection"), asked.get("record"), asked.get("rkey")
    validate, swap = asked.get("validate"), asked.get("swapRecord")
    if collection != POST:
        refuse(400, "InvalidRequest", f"The sandbox keeps only {POST} records")
    if not isinstance(record, dict):
        refuse(400, "InvalidRequest", "Input/record must be an object")
    if rkey is not None and not (isinstance(rkey, str) and TID.fullmatch(rkey)):
        refuse(400, "InvalidRequest", "Input/rkey must be an valid tid")
    if validate is not None and not isinstance(validate, bool):
        refuse(400, "InvalidRequest", "Input/validate must be a boolean")
    if swap is not None and not isinstance(swap, str):
        refuse(400, "InvalidRequest", "Input/swapRecord must be a cid or null")
    if asked.get("swapCommit") is not None:
        refuse(400, "InvalidRequest", "The sandbox does not offer swapCommit")
    kind = record.get("$type", POST)
    if kind != POST:
        refuse(400, "InvalidRequest", f"Invalid $type: expected {POST}, got {kind}")
    return Wish(rkey, {"$type": POST, **record}, validate, "swapRecord" in asked, swap)


def read_writes(asked: Mapping[str, Any]) -> list[Wish]:
    """The creates of applyWrites; raises Refused."""
    writes = asked.get("writes")
    if not isinstance(writes, list) or not all(isinstance(one, dict) for one in writes):
        refuse(400, "InvalidRequest", "Input/writes must be an array of objects")
    if not 1 <= len(writes) <= MAX_WRITES:
        refuse(400, "InvalidRequest", f"Too many writes. Max: {MAX_WRITES}")
    found = []
    for one in writes:
        if one.get("$type") != CREATE:
            refuse(400, "InvalidRequest", "The sandbox applies only creates")
        told = {"collection": one.get("collection"), "rkey": one.get("rkey")}
        rest = {name: asked.get(name) for name in ("validate", "swapCommit")}
        found.append(read_wish({**told, **rest, "record": one.get("value")}))
    return found


def check_record(wish: Wish) -> str | None:
    """The record's validationStatus; raises Refused when its schema forbids it."""
    try:
        cid(wish.record)
        if wish.validate is False:
            return None
        check_post(wish.record)
    except BlobRefused as error:
        refuse(400, error.error, str(error))
    except NotEncodable as error:
        refuse(400, "InvalidRequest", f"Invalid record: {error}")
    except LexiconError as error:
        refuse(400, "InvalidRequest", f"Invalid {POST} record: {error}")
    return "valid"


def commit(did: str, record: Mapping[str, Any] | None, rev: str) -> dict[str, Any]:
    """What the ledger keeps of a record: value, cid and the repository's commit.

    The commit's CID stands in for a real one: the twin keeps no Merkle tree.
    """
    record_cid = cid(record)
    data = {"did": did, "version": 3, "data": {"$link": record_cid}, "rev": rev, "prev": None}
    return {"value": record, "cid": record_cid, "commit": {"cid": cid(data), "rev": rev}}


def value_of(entry: Entry) -> dict[str, Any]:
    """A record as getRecord and listRecords show it."""
    return {"uri": entry.id, "cid": entry.record["cid"], "value": entry.record["value"]}
