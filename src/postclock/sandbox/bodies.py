"""Reading a request's body, whatever was sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from postclock.errors import BadRequest, TooLarge

MAX_BODY = 1 << 20
MAX_FIELDS = 1000


async def read_body(request: Request, most: int = MAX_BODY) -> bytes:
    """The whole body; TooLarge over ``most`` bytes, BadRequest when the caller left."""
    too_large = TooLarge("body_too_large", f"The body is over {most} bytes.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise too_large
    chunks = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise too_large
            chunks.append(chunk)
    except ClientDisconnect as gone:
        raise BadRequest("body_missing", "The caller left before the body was whole.") from gone
    return b"".join(chunks)


def parse_json(body: bytes) -> Any:
    """The JSON in a body; BadRequest when there is none, or it is nested too deeply."""
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest("body_unreadable", "The body is not readable JSON.") from error


def parse_form(body: bytes) -> dict[str, Any]:
    """The fields of a URL-encoded form; ``name[]`` fields become lists. BadRequest otherwise."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError as error:
        raise BadRequest("body_unreadable", "The body is not a readable form.") from error
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            fields.setdefault(name[:-2], []).append(value)
        else:
            fields[name] = value
    return fields


def unstorable(text: str) -> bool:
    """Whether a text holds what no platform stores: NUL, or half of a surrogate pair."""
    return "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
