"""What comes in: its size, its text, and both spellings of its names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from postclock.api.errors import problem_response

MAX_BODY = 1 << 20
DRAINED = 32 << 20
"""Bytes; a client that sends still more may find the connection closed before it reads."""
CLOSE = {"Connection": "close"}


def _storable(value: str) -> str:
    if "\0" in value:
        raise ValueError("This text has a NUL character, which cannot be kept.")
    return value


Text = Annotated[str, AfterValidator(_storable)]
"""Text that can be kept: any Unicode but NUL and half characters."""


class Body(BaseModel):
    """A request's body: snake_case or camelCase, and nothing it does not know."""

    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, populate_by_name=True, str_max_length=100_000
    )


class BodyLimit:
    """Refuses a body over its limit, by its header or while it comes in.

    The limit is ``MAX_BODY`` bytes, or what ``larger`` says of the address (one that ends in a
    slash stands for all below it).
    """

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self._app, self._larger = app, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(str(scope["path"]))
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > limit:
            await _drain(receive)
            answer = problem_response(
                413, "Too large", "body_too_large", too_large(limit), headers=CLOSE
            )
            await answer(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)

    def _limit(self, path: str) -> int:
        for address, limit in self._larger.items():
            if path == address or (address.endswith("/") and path.startswith(address)):
                return limit
        return MAX_BODY


def too_large(limit: int) -> str:
    """What is said of a body over ``limit`` bytes."""
    shown = f"{limit // 1024} KiB" if limit % 1024 == 0 else f"{limit / 1e6:.3g} MB"
    return f"A request may have {shown} at most."


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            await _drain(receive)
            # FastAPI passes on only this kind of error while it reads a body.
            raise HTTPException(413, too_large(limit), headers=CLOSE)
        return message

    return counted


async def _drain(receive: Receive) -> None:
    """Read a refused body away: a client that only reads once it has sent all sees the answer."""
    drained = 0
    while drained <= DRAINED:
        message = await receive()
        drained += len(message.get("body", b""))
        if not message.get("more_body", False):
            return
