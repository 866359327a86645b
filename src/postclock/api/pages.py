"""The web app's pages: static files, each page under a content security policy of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
NOT_FOUND = "/404.html"
UNBUILT = "The web app is not built. Run `make setup`; the API is at /api/v1 (see /openapi.json)."


def built_pages() -> Path:
    """Where the export of web/ lies."""
    return Path(__file__).parents[3] / "web" / "out"


def serve_pages(app: FastAPI, directory: Path) -> None:
    """Serve the export at the root, after every route of the API."""
    if not (directory / "index.html").exists():
        app.get("/", include_in_schema=False)(_unbuilt)
        return
    app.frontend("/", directory=directory, fallback="404.html", check_dir=True)


class NoSuchAddress(BaseRoute):
    """Under /api there are no pages: what no route knows is a problem, not the web app's 404.

    A partial match comes after the API's own (which answer 405) and before the pages; an address
    that ends in a slash is left to be redirected first.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = str(scope["path"])
        ours = scope["type"] == "http" and f"{path}/".startswith("/api/") and path[-1] != "/"
        return (Match.PARTIAL if ours else Match.NONE), {}

    async def handle(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        raise HTTPException(404)


async def _unbuilt() -> PlainTextResponse:
    return PlainTextResponse(UNBUILT, 503)


class PageHashes:
    """The hashes of each page's inline scripts, as the web build wrote them down.

    Read again when they are written anew: pages built under a running server keep working.
    """

    def __init__(self, directory: Path) -> None:
        self._file = directory / "csp.json"
        self._read_at = 0
        self._hashes: dict[str, list[str]] = {}

    def of(self, page: str) -> list[str]:
        """Those of one page, such as ``/posts/index.html``."""
        with suppress(OSError, ValueError):
            written_at = self._file.stat().st_mtime_ns
            if written_at != self._read_at:
                self._hashes, self._read_at = json.loads(self._file.read_text()), written_at
        return self._hashes.get(page, [])


class SecurityHeaders:
    """Adds to every answer what keeps other sites and injected scripts out.

    A page gets the hashes of its own inline scripts; nothing else may run inline.
    """

    def __init__(self, app: ASGIApp, hashes: PageHashes) -> None:
        self._app, self._hashes = app, hashes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), str(scope["path"]), message)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, path: str, message: Mapping[str, Any]) -> None:
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if headers.get("content-type", "").startswith("text/html"):
            page = NOT_FOUND if message["status"] == 404 else _page(path)
            hashes = "".join(f" {h}" for h in self._hashes.of(page))
            headers.setdefault("Content-Security-Policy", POLICY.format(hashes=hashes))
            headers.setdefault("Cache-Control", "no-cache")
        elif path.startswith("/_next/static/"):
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")


def _page(path: str) -> str:
    return f"{path}index.html" if path.endswith("/") else path
