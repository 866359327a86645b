"""TikTok's twin: the envelope of its answers, and what it refuses with.

Source: the contract sheet of TikTok, sections 4.a and 4.d.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn
from uuid import uuid4

from starlette.responses import Response

from postclock.sandbox.bodies import parse_json, unstorable
from postclock.sandbox.twin import Call, Refused, json_answer

STATUSES = {
    "access_token_invalid": 401, "scope_not_authorized": 401, "scope_permission_missed": 401,
    "spam_risk_too_many_posts": 403, "spam_risk_user_banned_from_posting": 403,
    "spam_risk_too_many_pending_share": 403, "reached_active_user_cap": 403,
    "unaudited_client_can_only_post_to_private_accounts": 403, "url_ownership_unverified": 403,
    "privacy_level_option_mismatch": 403, "rate_limit_exceeded": 429, "internal_error": 500,
}  # fmt: skip
"""The HTTP status of an error code; 400 for all others."""


def answered(data: Mapping[str, Any], code: str = "ok", message: str = "") -> dict[str, Any]:
    """The envelope."""
    return {"data": dict(data), "error": {"code": code, "message": message, "log_id": uuid4().hex}}


def done(data: Mapping[str, Any]) -> Response:
    """Success."""
    return json_answer(answered(data))


def refusal(code: str, message: str = "", status: int | None = None) -> Response:
    """An error; ``status`` where it is not the usual one of ``code``."""
    usual = STATUSES.get(code, 400)
    return json_answer(answered({}, code, message), usual if status is None else status)


def refuse(code: str, message: str = "") -> NoReturn:
    raise Refused(refusal(code, message))


def flat(error: str, description: str, status: int = 400) -> Response:
    """An error of a login: without the envelope."""
    body = {"error": error, "error_description": description, "log_id": uuid4().hex}
    return json_answer(body, status)


def asked(call: Call) -> dict[str, Any]:
    """The JSON object that a request brought; raises Refused."""
    body = parse_json(call.body) if call.body.strip() else {}
    if not isinstance(body, dict):
        refuse("invalid_param", "The request body is not a JSON object")
    return body


def part(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object inside a body; raises Refused."""
    found = body.get(name)
    if not isinstance(found, dict):
        refuse("invalid_param", f"{name} is missing")
    return found


def text(body: Mapping[str, Any], name: str, most: int) -> str:
    """A text of up to ``most`` UTF-16 code units; raises Refused."""
    found = body.get(name) or ""
    if not isinstance(found, str) or unstorable(found):
        refuse("invalid_param", f"{name} is not a readable text")
    if len(found.encode("utf-16-le")) // 2 > most:
        refuse("invalid_param", f"{name} exceeds {most} UTF-16 runes")
    return found


def flag(body: Mapping[str, Any], name: str, *, needed: bool = False) -> bool:
    """A switch; raises Refused."""
    found = body.get(name)
    if found is None and not needed:
        return False
    if not isinstance(found, bool):
        refuse("invalid_param", f"{name} is not a boolean")
    return found


def whole(body: Mapping[str, Any], name: str, most: int) -> int:
    """A whole number from 1 to ``most``; raises Refused."""
    found = body.get(name)
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= most:
        refuse("invalid_param", f"{name} is not a number from 1 to {most}")
    return found
