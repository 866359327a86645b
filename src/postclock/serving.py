"""Listening on a port: the socket first, so that a port in use is a sentence, not a traceback."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import FrameType

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
    """Uvicorn; ``leaving`` is called when it is asked to stop, before it waits for requests."""

    def __init__(self, config: uvicorn.Config, leaving: Callable[[], None]) -> None:
        super().__init__(config)
        self._leaving = leaving

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._leaving()
        super().handle_exit(sig, frame)


def server_for(app: ASGIApp, trusted_proxies: str, leaving: Callable[[], None]) -> Server:
    """A server for ``app``, quiet, trusting the headers of ``trusted_proxies`` only."""
    config = uvicorn.Config(
        app, loop="uvloop", lifespan="auto", log_level="warning", access_log=False,
        timeout_graceful_shutdown=GRACE, server_header=False, date_header=True,
        proxy_headers=True, forwarded_allow_ips=trusted_proxies, timeout_keep_alive=10,
    )  # fmt: skip
    return Server(config, leaving)
