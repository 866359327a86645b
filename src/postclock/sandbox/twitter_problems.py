"""X's error answers. Source: the contract sheet of X, section 1d."""

from __future__ import annotations

from typing import Any, NoReturn

from postclock.sandbox.answers import JsonAnswer
from postclock.sandbox.twin import Refused, json_answer

PROBLEMS = "https://api.x.com/2/problems/"


def refuse_request(message: str, parameter: str) -> NoReturn:
    """Refuse one parameter: 400."""
    raise Refused(invalid_request([{"message": message, "parameters": {parameter: []}}]))


def invalid_request(errors: list[dict[str, Any]]) -> JsonAnswer:
    """400 with every complaint."""
    return as_problem(
        {
            "errors": errors,
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": PROBLEMS + "invalid-request",
            "status": 400,
        }
    )


def not_found(kind: str, parameter: str, value: str) -> dict[str, Any]:
    """What is missing, as a problem inside a 200 or, with a status, an answer of its own."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": PROBLEMS + "resource-not-found",
    }


def not_involved(tweet_id: str) -> JsonAnswer:
    """403 for a reply to, or quote of, a stranger."""
    detail = "You can only reply to or quote posts where you are mentioned or are the author."
    return as_problem(
        {
            "title": "Authorization Error",
            "detail": detail,
            "type": PROBLEMS + "not-authorized-for-resource",
            "resource_type": "tweet",
            "resource_id": tweet_id,
            "status": 403,
        }
    )


def blank_problem(status: int, title: str, detail: str) -> JsonAnswer:
    """The ``about:blank`` form, told apart by its ``detail``: 401, 429, a duplicate's 403."""
    return as_problem({"title": title, "detail": detail, "type": "about:blank", "status": status})


def as_problem(body: dict[str, Any]) -> JsonAnswer:
    """An ``application/problem+json`` answer with the status its body names."""
    return json_answer(body, body["status"], media_type="application/problem+json")
