"""What the twins of Meta's platforms share: errors, usage headers, tokens.

Source: contract sheet 0.5 of Meta's platforms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.bodies import parse_form, parse_json
from postclock.sandbox.grants import Grants, Token
from postclock.sandbox.quotas import Quota, Standing
from postclock.sandbox.twin import Call, Refused, bearer, json_answer

CALLS = Quota("calls", 4800, 3600)
"""Calls in an hour; what is used of it is told in percent."""
APP_LIMIT, BUSINESS_LIMIT = 4, 80_002
EXPIRED, REMOVED = 463, 458

MESSAGES = {
    404: "Unknown path components",
    405: "Unsupported method",
    413: "The request is too large",
}


def graph_error(
    code: int,
    message: str,
    subcode: int | None = None,
    *,
    status: int = 400,
    transient: bool = False,
    told: str = "",
    **headers: str,
) -> Response:
    """An error body; ``told`` is what it says for people."""
    error: dict[str, Any] = {"message": f"(#{code}) {message}", "type": "OAuthException"}
    error["code"] = code
    if subcode is not None:
        error["error_subcode"] = subcode
    error["is_transient"] = transient
    if told:
        error |= {"error_user_title": message, "error_user_msg": told}
    error["fbtrace_id"] = token_urlsafe(8)
    return json_answer({"error": error}, status, **headers)


def refuse(code: int, message: str, subcode: int | None = None, *, told: str = "") -> NoReturn:
    """Answer with an error."""
    raise Refused(graph_error(code, message, subcode, told=told))


def failure(status: int, detail: str) -> Response:
    """An error that is not about the post itself, as Graph has it: 400 but for trouble of its own.

    An empty call budget is a 400 too: only its code says so.
    """
    if status >= 500:
        return graph_error(2, "Service temporarily unavailable", status=500, transient=True)
    if status == 429:
        return graph_error(APP_LIMIT, "Application request limit reached")
    return graph_error(100, MESSAGES.get(status, detail), status=400)


def usage_headers(
    standing: Standing, account: str = "0", kind: str = "instagram"
) -> dict[str, str]:
    """How much of the call budget is used, in percent; ``kind`` is whose budget it is."""
    quota = standing.quota
    used = 100 - 100 * standing.remaining // quota.limit if quota.limit else 100
    share = {"call_count": used, "total_cputime": used // 4, "total_time": used // 2}
    business = {account: [{"type": kind, **share, "estimated_time_to_regain_access": 0}]}
    return {
        "X-App-Usage": json.dumps(share),
        "X-Business-Use-Case-Usage": json.dumps(business),
    }


def throttled(code: int, minutes: int, account: str = "0", kind: str = "instagram") -> Response:
    """The answer to an account whose budget is empty for so many minutes."""
    share = {"call_count": 100, "total_cputime": 25, "total_time": 50}
    usage = {account: [{"type": kind, **share, "estimated_time_to_regain_access": minutes}]}
    answer = graph_error(code, "There have been too many calls to this account. Wait a bit.")
    answer.headers["X-Business-Use-Case-Usage"] = json.dumps(usage)
    return answer


def given(call: Call) -> dict[str, Any]:
    """What a request says, in its query, as a form or as JSON."""
    said: dict[str, Any] = dict(call.query)
    kind = call.content_type.partition(";")[0].strip().lower()
    if kind == "application/json" and call.body:
        body = parse_json(call.body)
        said |= body if isinstance(body, dict) else {}
    elif kind == "application/x-www-form-urlencoded":
        said |= parse_form(call.body)
    return said


def token_name(request: Request) -> str:
    """The token of a request: in its header, or as the parameter ``access_token``."""
    scheme, _, name = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "oauth":
        return name.strip()
    return bearer(request) or request.query_params.get("access_token", "")


def token_of(grants: Grants, name: str) -> Token:
    """A token that is good now; raises Refused with code 190 and why not."""
    token = grants.read(name)
    if token is not None:
        return token
    if not name:
        refuse(190, "An access token is required to request this resource.")
    if grants.expired(name):
        refuse(190, "Error validating access token: Session has expired.", EXPIRED)
    if grants.revoked(name):
        refuse(190, "Error validating access token: the user has not authorized it.", REMOVED)
    refuse(190, "Invalid OAuth access token - Cannot parse access token")


def require_scope(token: Token, scope: str) -> None:
    """Raise Refused unless the token may do this."""
    if scope not in token.scopes and "*" not in token.scopes:
        refuse(10, f"Application does not have permission for this action ({scope})")


def field_names(asked: Mapping[str, str], otherwise: str) -> list[str]:
    """The names in ``fields``, at the top level."""
    names, depth, name = [], 0, ""
    for sign in asked.get("fields") or otherwise:
        depth += (sign in "({") - (sign in ")}")
        if sign == "," and not depth:
            names.append(name)
            name = ""
        else:
            name += sign
    return [*names, name]
