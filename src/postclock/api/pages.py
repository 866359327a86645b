"""The web app's pages: static files, each page under a content security policy of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
NOT_FOUND = "/404.html"
UNBUILT = "The web app is not built. Run `make setup`; the API is at /api/v1 (see /docs)."


def built_pages() -> Path:
    """Where the export of web/ lies."""
    return Path(__file__).parents[3] / "web" / "out"


def serve_pages(app: FastAPI, directory: Path) -> None:
    """Serve the export at the root, after every route of the API."""
    if not (directory / "index.html").exists():
        app.get("/", include_in_schema=False)(_unbuilt)
        return
    app.frontend("/", directory=directory, fallback="404.html", check_dir=True)


async def _unbuilt() -> PlainTextResponse:
    return PlainTextResponse(UNBUILT, 503)


def page_hashes(directory: Path) -> dict[str, list[str]]:
    """The hashes of each page's inline scripts, as the web build wrote them down."""
    file = directory / "csp.json"
    hashes: dict[str, list[str]] = json.loads(file.read_text()) if file.exists() else {}
    return hashes


class SecurityHeaders:
    """Adds to every answer what keeps other sites and injected scripts out.

    A page gets the hashes of its own inline scripts; nothing else may run inline.
    """

    def __init__(self, app: ASGIApp, hashes: Mapping[str, list[str]]) -> None:
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
            hashes = "".join(f" {h}" for h in self._hashes.get(page, ()))
            headers.setdefault("Content-Security-Policy", POLICY.format(hashes=hashes))
            headers.setdefault("Cache-Control", "no-cache")
        elif path.startswith("/_next/static/"):
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")


def _page(path: str) -> str:
    return f"{path}index.html" if path.endswith("/") else path
