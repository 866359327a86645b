"""The shapes of Bluesky's answers and queries. Source: the contract sheet, sections 3a and 3b."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from postclock.sandbox.answers import JsonAnswer
from postclock.sandbox.bluesky_records import refuse
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.twin import Call, base_url, json_answer


def profile(account: SandboxAccount, request: Request) -> dict[str, Any]:
    """Who an account is, as the session calls answer it."""
    return {
        "handle": account.handle,
        "did": account.remote_id,
        "didDoc": did_document(account.remote_id, account.handle, request),
        "email": f"owner@{account.handle}",
        "emailConfirmed": True,
        "active": True,
    }


def did_document(did: str, handle: str, request: Request) -> dict[str, Any]:
    """Where an account is held: by the server that was asked."""
    service = {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": base_url(request),
    }
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": did,
        "alsoKnownAs": [f"at://{handle}"],
        "service": [service],
    }


def written(
    uri: str, record_cid: str, status: str | None, made: dict[str, str] | None = None
) -> JsonAnswer:
    """The answer of createRecord and putRecord; without ``made`` nothing was committed."""
    answer: dict[str, Any] = {"uri": uri, "cid": record_cid}
    if made:
        answer["commit"] = made
    if status:
        answer["validationStatus"] = status
    return json_answer(answer)


def made_result(uri: str, record_cid: str, status: str | None) -> dict[str, Any]:
    """What applyWrites answers of one record."""
    made = {"$type": "com.atproto.repo.applyWrites#createResult", "uri": uri, "cid": record_cid}
    return {**made, **({"validationStatus": status} if status else {})}


def required(call: Call, name: str) -> str:
    """A query parameter that must be there; raises Refused."""
    value = call.query.get(name)
    if not value:
        refuse(400, "InvalidRequest", f'Params must have the property "{name}"')
    return value


def page_size(text: str) -> int:
    """A page size from 1 to 100; raises Refused."""
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= 100):
        refuse(400, "InvalidRequest", "limit must be an integer from 1 to 100")
    return int(text)
