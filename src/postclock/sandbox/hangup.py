"""Closing a connection without an answer, the way a crashed server does.

ASGI has no word for it. But once a response has begun, every server can only end the
connection when its application fails; so a response is begun that no server can write: its
header's name is not one. Nothing reaches the wire, whatever stands between the sandbox and the
server (a mount, middleware).
"""

from __future__ import annotations

import logging

from starlette.types import Send

NO_ANSWER = 444
"""What the access log shows for a connection closed without an answer."""

_UNWRITABLE = (b"no header (on purpose)", b"")


class ConnectionDropped(Exception):
    """The sandbox closed this connection without an answer, because a fault told it to."""


async def hang_up(send: Send) -> None:
    """Close the connection; not a byte of an answer is sent. Always raises ConnectionDropped."""
    try:
        await send({"type": "http.response.start", "status": NO_ANSWER, "headers": [_UNWRITABLE]})
    except Exception as refusal:
        raise ConnectionDropped from refusal
    raise ConnectionDropped


class _OnPurpose(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, ConnectionDropped)


def keep_log_quiet() -> None:
    """Keep the server from reporting a connection dropped on purpose as a crash."""
    logger = logging.getLogger("uvicorn.error")
    if not any(isinstance(known, _OnPurpose) for known in logger.filters):
        logger.addFilter(_OnPurpose())
