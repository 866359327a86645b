"""What comes in: its size, its text, and both spellings of its names."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from postclock.api.errors import problem_response

MAX_BODY = 1 << 20


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
    """Refuses a body over ``MAX_BODY`` bytes, by its header or while it comes in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            await _refuse(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY:
                raise _Over
            return message

        try:
            await self._app(scope, counted, send)
        except _Over:
            await _refuse(scope, receive, send)


class _Over(Exception):
    """A chunked body grew over the limit."""


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem_response(
        413, "Too large", "body_too_large", f"A request may have {MAX_BODY // 1024} KiB at most.",
        headers={"Connection": "close"},
    )  # fmt: skip
    await answer(scope, receive, send)
