"""Facebook's twin: what a request about a Page says, whatever way it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from starlette.requests import Request

from postclock.errors import PostclockError
from postclock.sandbox.bodies import parse_form, parse_json, unstorable
from postclock.sandbox.graph import refuse
from postclock.sandbox.multipart import is_multipart, parse_multipart
from postclock.sandbox.twin import Call, Role

GONE = "Unsupported request. Object does not exist, or cannot be loaded due to missing permissions."


@dataclass(frozen=True, slots=True)
class Said:
    """The parameters of a request, and its files by their names."""

    params: dict[str, Any]
    files: dict[str, bytes]

    def text(self, name: str) -> str:
        """A parameter as text; empty where it is not given. Raises Refused for anything else."""
        value = self.params.get(name)
        if value is None:
            return ""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or unstorable(value):
            refuse(100, f"Param {name} must be a string.")
        return value

    def flag(self, name: str, otherwise: bool) -> bool:
        """A yes or no."""
        value = str(self.params.get(name, otherwise)).lower()
        if value not in ("true", "false", "1", "0"):
            refuse(100, f"Param {name} must be a boolean.")
        return value in ("true", "1")

    def number(self, name: str) -> int:
        """A whole number from 0; raises Refused for anything else."""
        text = self.text(name)
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            refuse(100, f"Param {name} must be an integer.")
        return int(text)


def said_in(call: Call) -> Said:
    """What a request says in its query and its body."""
    return _said(call.request, call.body)


def photo_role(request: Request, body: bytes) -> Role:
    """Of a photo: it is uploaded, or published at once."""
    said = readable(request, body)
    if said is None:
        return None
    hidden = str(said.params.get("published", "true")).lower() in ("false", "0")
    return "uploads" if hidden else "creates"


def gone() -> NoReturn:
    """Answer that there is no such thing, or none that this token may see."""
    refuse(100, GONE, 33)


def readable(request: Request, body: bytes) -> Said | None:
    """What a request says; None where it cannot be read."""
    try:
        return _said(request, body)
    except PostclockError:
        return None


def _said(request: Request, body: bytes) -> Said:
    params: dict[str, Any] = dict(request.query_params)
    content_type = request.headers.get("content-type", "")
    files: dict[str, bytes] = {}
    if is_multipart(content_type):
        for name, part in parse_multipart(content_type, body).items():
            if part.filename:
                files[name] = bytes(part.data)
            else:
                params[name] = part.text
        return Said(params, files)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" and body:
        read = parse_json(body)
        params |= read if isinstance(read, dict) else {}
    elif kind == "application/x-www-form-urlencoded":
        params |= parse_form(body)
    return Said(params, files)
