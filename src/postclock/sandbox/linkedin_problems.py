"""LinkedIn's error answers. Source: the contract sheet of LinkedIn, section 2d."""

from __future__ import annotations

from typing import Any, NoReturn

from postclock.sandbox.answers import JsonAnswer
from postclock.sandbox.twin import Refused, json_answer

CODES = {
    404: "RESOURCE_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "REQUEST_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}
THROTTLED = "Resource level throttle limit for calls to this resource is reached."


def refuse(status: int, code: str, message: str) -> NoReturn:
    """Refuse in the usual shape."""
    raise Refused(problem(status, code, message))


def problem(status: int, code: str, message: str, number: int | None = None) -> JsonAnswer:
    """``{"status", "code", "message"[, "serviceErrorCode"]}``."""
    body: dict[str, Any] = {"status": status, "code": code, "message": message}
    return json_answer(body if number is None else {**body, "serviceErrorCode": number}, status)


def plain(status: int, message: str, number: int) -> JsonAnswer:
    """``{"message", "serviceErrorCode", "status"}``."""
    body = {"serviceErrorCode": number, "message": message, "status": status}
    return json_answer(body, status)


def invalid(
    message: str, code: str, description: str, given: Any = None, status: int = 400
) -> JsonAnswer:
    """What is wrong with one input of a request."""
    wrong = {"description": description, "input": given or {}, "code": code}
    return json_answer(
        {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": message,
            "errorDetails": {"inputErrors": [wrong]},
            "status": status,
        },
        status,
    )


def access_denied(what: str, version: str) -> JsonAnswer:
    """A scope, a product or a role is missing."""
    words = f"Not enough permissions to access: {what}.{version}01"
    return problem(403, "ACCESS_DENIED", words, 100)


def forbidden(kind: str) -> NoReturn:
    """The file is somebody else's, or the token may not read it."""
    words = (
        f"Accessing this {kind} resource is forbidden. Please check your permissions for this "
        "resource"
    )
    raise Refused(problem(403, "ACCESS_DENIED", words))
