"""The one gate between being connected and writing: a check, and whether bytes may have left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection
from aiohttp.tracing import Trace


class Refused(Exception):
    """What a check raises: nothing of the request is sent."""


class StayOpen(Refused):
    """Nothing is sent, and the connection is kept for another request."""


_before_write: ContextVar[Callable[[], None] | None] = ContextVar("before_write", default=None)


@contextmanager
def before_write(check: Callable[[], None]) -> Iterator[None]:
    """Call ``check`` once connected, just before the first byte; if it raises, nothing is sent.

    Between the check and that byte nothing else has its turn: no other request, no other task.
    """
    token = _before_write.set(check)
    try:
        yield
    finally:
        _before_write.reset(token)


@dataclass(slots=True)
class Passage:
    """How far one request came: once ``opened``, its bytes may have left."""

    opened: bool = False


_passage: ContextVar[Passage] = ContextVar("passage")


@contextmanager
def passing() -> Iterator[Passage]:
    """Tell of the request inside the block how far it came."""
    passage = Passage()
    token = _passage.set(passage)
    try:
        yield passage
    finally:
        _passage.reset(token)


def _pass_gate() -> None:
    """The one gate between being connected and writing."""
    if check := _before_write.get():
        check()
    _passage.get().opened = True


class GatedRequest(aiohttp.ClientRequest):
    """Passes the gate where its body, and with it the headers, are written.

    That is a task of its own, and before it has its turn many others may.
    """

    async def write_bytes(
        self,
        writer: AbstractStreamWriter,
        conn: Connection,
        content_length: int | None = None,
    ) -> None:
        try:
            _pass_gate()
        except Refused as error:
            if conn.protocol is not None:
                conn.protocol.set_exception(error)  # whoever waits for the answer raises it
            return
        await super().write_bytes(writer, conn, content_length)


class GatedConnector(aiohttp.TCPConnector):
    """Hands out connections; what has no body is written at once, and passes the gate here."""

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        if req.body:
            return connection
        try:
            _pass_gate()
        except StayOpen:
            connection.release()
            raise
        except BaseException:
            connection.close()
            raise
        return connection
