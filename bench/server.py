"""The HTTP server that everything posts to: as lean as Python allows, a process of its own.

``POST /KEY`` is answered at once; the key and the instant its first byte was read are kept.
``GET /count`` tells how many, ``GET /arrivals`` lists them (nanoseconds since 1970, a space, the
key), ``DELETE /arrivals`` forgets them.
"""

from __future__ import annotations

import asyncio
import time
from typing import cast

import uvloop

from postclock.processes import stop_on_signals

ACCEPTED = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: "
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


class Arrivals:
    """What was received, in the order it came."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.keys: list[bytes] = []

    def listing(self) -> bytes:
        pairs = zip(self.times, self.keys, strict=True)
        return b"".join(b"%d %b\n" % pair for pair in pairs)


class Connection(asyncio.Protocol):
    """One client's connection; requests come one after the other."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._began = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's, not their class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._unread:
            self._began = time.time_ns()
        self._unread += data
        while self._whole_request():
            self._began = time.time_ns()

    def _whole_request(self) -> bool:
        """Answer the first request if all of it is here; whether more may follow."""
        head_end = self._unread.find(HEAD_END)
        if head_end < 0:
            return False
        end = head_end + len(HEAD_END) + _body_length(self._unread[:head_end])
        if len(self._unread) < end:
            return False
        method, path, _ = self._unread.split(b" ", 2)
        self._unread = self._unread[end:]
        assert self._transport is not None
        self._transport.write(self._answer(method, path[1:]))
        return bool(self._unread)

    def _answer(self, method: bytes, what: bytes) -> bytes:
        if method == b"POST":
            self._arrivals.times.append(self._began)
            self._arrivals.keys.append(what)
            return _answered(b'{"id":"%b"}' % what)
        if method == b"DELETE":
            self._arrivals.times.clear()
            self._arrivals.keys.clear()
            return _answered(b"{}")
        if what == b"count":
            return _answered(b"%d" % len(self._arrivals.times))
        return _answered(self._arrivals.listing())


def _answered(body: bytes) -> bytes:
    return b"%b%d\r\n\r\n%b" % (ACCEPTED, len(body), body)


def _body_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(LENGTH)
    if at < 0:
        return 0
    return int(lowered[at + len(LENGTH) :].split(b"\r\n", 1)[0])


async def serve() -> None:
    """Listen on a free port, say which, and answer until told to stop."""
    loop, stopping, arrivals = asyncio.get_running_loop(), asyncio.Event(), Arrivals()
    stop_on_signals(stopping.set)
    server = await loop.create_server(
        lambda: Connection(arrivals), "127.0.0.1", 0, backlog=1024
    )  # fmt: skip
    print(f"server_started {server.sockets[0].getsockname()[1]}", flush=True)
    await stopping.wait()
    server.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
