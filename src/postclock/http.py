"""HTTP out: the one client, and the one distinction the promise rests on.

    HttpFailure
    ├── NotSent     no byte of the request left: sending again is safe
    │   └── NotAllowed  its address is none that requests may go to
    └── NoAnswer    bytes may have left and no whole answer came

Whatever the server answers, at any status, is a ``Response``, not an error.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from postclock.http_gate import GatedConnector, GatedRequest, Refused, StayOpen, passing
from postclock.http_gate import before_write as before_write
from postclock.http_guard import AddressRefused, Guard, GuardedResolver
from postclock.request_bodies import Part as Part
from postclock.request_bodies import Stream as Stream
from postclock.request_bodies import body_of, streamed_bytes
from postclock.response_bodies import MAX_ANSWER as MAX_ANSWER
from postclock.response_bodies import Response as Response
from postclock.response_bodies import response

KEEP_ALIVE = 4.0
"""Seconds an idle connection may be used again; warming one may make that a second longer."""
CONNECT_TIMEOUT = 5.0
SLOWEST = 100_000
"""Bytes a second at which a streamed body is still waited for."""

USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", None)

_busy: ContextVar[str | None] = ContextVar("http_forbidden_because", default=None)


class HttpFailure(Exception):
    """A request ended without an answer."""


class NotSent(HttpFailure, Refused):
    """No byte of the request left: sending again is safe."""


class NotAllowed(NotSent):
    """No request may go there: the address is not public, or none at all."""


class NoAnswer(HttpFailure):
    """Bytes may have left and no whole answer came."""


class _Warmed(NotSent, StayOpen):
    """The connection is open, and that was all that was wanted."""


@contextmanager
def forbidden_while(reason: str) -> Iterator[None]:
    """Refuse every request inside the block: nothing waits for a network while it holds a lock."""
    token = _busy.set(reason)
    try:
        yield
    finally:
        _busy.reset(token)


def verbatim(url: str) -> URL:
    """``url`` with its percent-encoding kept: else what need not be encoded is written plainly."""
    return URL(url, encoded=True)


class Http:
    """A client with connections of its own; use it as an async context manager.

    ``timeout``, ``connect_timeout`` (DNS, TCP and TLS together) and ``keep_alive`` (how long an
    idle connection may be used again) are in seconds. With a ``guard`` it reaches only what that
    lets through; names are resolved by ``resolver``, by default the system's.
    """

    def __init__(
        self,
        timeout: float,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        keep_alive: float = KEEP_ALIVE,
        user_agent: str = "Postclock",
        guard: Guard | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.timeout = timeout
        self._connect_timeout = min(connect_timeout, timeout)
        self._keep_alive = keep_alive
        self._user_agent = user_agent
        self._guard, self._resolves = guard, resolver
        self._resolver: GuardedResolver | None = None
        self._session: aiohttp.ClientSession | None = None
        self._proxies: Mapping[str, str] = {}

    async def __aenter__(self) -> Self:
        self._proxies = getproxies()
        resolver = self._resolves or aiohttp.ThreadedResolver()
        if self._guard:
            resolver = GuardedResolver(resolver, self._guard, self._proxies.values())
            self._resolver = resolver
        connector = GatedConnector(
            limit=0, keepalive_timeout=self._keep_alive, socket_factory=self._open_socket,
            resolver=resolver,
        )  # fmt: skip
        self._session = aiohttp.ClientSession(
            connector=connector,
            request_class=GatedRequest,
            timeout=aiohttp.ClientTimeout(total=self.timeout, connect=self._connect_timeout),
            headers={"User-Agent": self._user_agent},
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        # Else aiohttp repeats a PUT that a used connection lost: the first one may have published.
        self._session._retry_connection = False  # noqa: SLF001
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._session:
            await self._session.close()

    def _open_socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        """A socket whose unacknowledged bytes are given up when the request is."""
        family, kind, protocol, _, _ = address
        opened = socket.socket(family, kind, protocol)
        if USER_TIMEOUT is not None:
            opened.setsockopt(socket.IPPROTO_TCP, USER_TIMEOUT, round(self.timeout * 1000))
        return opened

    def _proxy_of(self, url: str) -> str | None:
        """The proxy that the environment names for ``url``.

        The environment is read once, when the client is opened. aiohttp's ``trust_env`` reads it
        and ~/.netrc in a thread for each request, which takes longer than the request.
        """
        if not self._proxies:
            return None
        parts = urlsplit(url)
        return None if proxy_bypass(parts.hostname or "") else self._proxies.get(parts.scheme)

    async def request(
        self,
        method: str,
        url: str | URL,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        data: bytes | None = None,
        multipart: Sequence[Part] | None = None,
        stream: AsyncIterable[bytes] | None = None,
        into: BinaryIO | None = None,
        most: int = MAX_ANSWER,
    ) -> Response:
        """One request, one answer; redirects are answers too, never followed.

        A good answer of up to ``most`` bytes is written ``into`` a file, if one is given.

        A ``url`` from ``verbatim`` is sent as it is written. Of ``json``, ``form``, ``data`` (its
        type stands in the headers), ``multipart`` and ``stream`` (its ``Content-Length`` stands in
        the headers) one is given; what is read while it is sent may take longer, by its size.
        Raises NotSent or NoAnswer; RuntimeError when called inside ``forbidden_while``.
        """
        if reason := _busy.get():
            raise RuntimeError(f"no request may leave now: {reason}")
        if self._session is None:
            raise RuntimeError("the HTTP client is not open")
        _refuse_unsendable(headers or {})
        proxy = self._proxy_of(str(url))
        patience = most if into else streamed_bytes(stream, headers or {}, multipart)
        with _told_apart(method):
            await self._check(url, proxy)
            async with self._session.request(
                method, url, headers=headers, params=params, json=json,
                data=stream or body_of(form, data, multipart), allow_redirects=False,
                proxy=proxy, timeout=self._patience(patience),
            ) as answer:  # fmt: skip
                return await response(answer, into, most)

    async def _check(self, url: str | URL, proxy: str | None) -> None:
        if self._guard:
            self._guard.check(url)
            if proxy and self._resolver:
                await self._resolver.look(url)

    def _patience(self, streamed: int) -> aiohttp.ClientTimeout:
        total = self.timeout + streamed / SLOWEST
        return aiohttp.ClientTimeout(total=total, connect=self._connect_timeout)

    async def warm(self, url: str) -> None:
        """Have a connection to ``url``'s server open, so that the next request only has to write.

        Nothing is sent. What goes wrong is left to that request to meet.
        """
        with before_write(_stop_before_writing), suppress(HttpFailure):
            await self.request("GET", url)


@contextmanager
def _told_apart(method: str) -> Iterator[None]:
    """Turn every failure inside into one that says whether bytes may have left."""
    try:
        with passing() as passage:
            yield
    except AddressRefused as error:
        raise NotAllowed(f"{method}: {error}") from error
    except (aiohttp.ClientError, TimeoutError, OSError, UnicodeError) as error:
        failure = NoAnswer if passage.opened else NotSent
        raise failure(f"{method}: {_words(error)}") from error


def _stop_before_writing() -> None:
    raise _Warmed("only warmed")


def _refuse_unsendable(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not value.isprintable():
            raise NotSent(f"the {name} header holds a character that cannot be sent")


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
