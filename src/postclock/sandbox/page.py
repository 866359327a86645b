"""The timeline page with a feed for each twin, its static files, and the files people uploaded."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import ClassVar, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from postclock.sandbox.file_kinds import SHOWN

POLICY = (
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
UPLOADED = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
}
FILES = {
    "/static/timeline.css": ("timeline.css", "text/css"),
    "/static/timeline.js": ("timeline.js", "text/javascript"),
    "/static/clock.svg": ("clock.svg", "image/svg+xml"),
}
FEED = """<section class="feed" data-platform="{name}" aria-labelledby="name-{name}">
          <h2 id="name-{name}">{label} <small>pretend</small> <output class="total"></output></h2>
          <ol class="posts" tabindex="0" aria-labelledby="name-{name}"></ol>
          <p class="empty">Nothing posted yet. Schedule a post to the {label} sandbox account and it
          appears here at its moment.</p>
        </section>"""
OPTION = '<option value="{name}">{label}</option>'


class Named(Protocol):
    """A twin, as the page shows it."""

    platform: ClassVar[str]
    label: ClassVar[str]


def file_answer(data: bytes, mime_type: str) -> Response:
    """An uploaded file; what no browser should show comes as a download."""
    if mime_type in SHOWN:
        return Response(data, headers=UPLOADED, media_type=mime_type)
    headers = {**UPLOADED, "Content-Disposition": "attachment"}
    return Response(data, headers=headers, media_type="application/octet-stream")


def page_routes(twins: Iterable[Named]) -> list[Route]:
    """Routes of the page, to be mounted under any prefix."""
    page = _read("index.html").decode()
    shown = [(twin.platform, escape(twin.label)) for twin in twins]
    feeds = "\n".join(FEED.format(name=name, label=label) for name, label in shown)
    offered = "\n".join(OPTION.format(name=name, label=label) for name, label in shown)
    page = page.replace("<!-- feeds -->", feeds).replace("<!-- platforms -->", offered)
    return [
        _route("/", page.encode(), "text/html"),
        *(_route(path, _read(name), kind) for path, (name, kind) in FILES.items()),
    ]


def _read(name: str) -> bytes:
    return files("postclock.sandbox").joinpath("static", name).read_bytes()


def _route(path: str, content: bytes, kind: str) -> Route:
    async def serve(_request: Request) -> Response:
        return Response(content, headers=HEADERS, media_type=kind)

    return Route(path, serve, methods=["GET"])
