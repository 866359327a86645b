"""Listening on a port: the socket first, so that a port in use is a sentence, not a traceback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from postclock.errors import Unavailable

GRACE = 3


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises Unavailable when the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise Unavailable(
            "port_taken",
            f"{host}:{port} cannot be listened on ({error.strerror}). "
            "Set POSTCLOCK_PORT (or POSTCLOCK_HOST) to another one.",
        ) from None
    listening.set_inheritable(False)
    return listening


class Server(uvicorn.Server):
    """Uvicorn, stopped by its owner: it leaves signals alone.

    Its own handling ends the process by the signal as soon as the last request is done, and with
    it everything that has yet to be put away.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Take no more requests, and return from ``serve`` when the present ones are done."""
        self.should_exit = True


def server_for(app: ASGIApp, trusted_proxies: str) -> Server:
    """A server for ``app``, quiet, trusting the headers of ``trusted_proxies`` only."""
    config = uvicorn.Config(
        app, loop="uvloop", lifespan="auto", log_level="warning", access_log=False,
        timeout_graceful_shutdown=GRACE, server_header=False, date_header=True,
        proxy_headers=True, forwarded_allow_ips=trusted_proxies, timeout_keep_alive=10,
    )  # fmt: skip
    return Server(config)
