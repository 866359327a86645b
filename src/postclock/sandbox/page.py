"""The timeline page, its static files, and the files people uploaded."""

from __future__ import annotations

from importlib.resources import files

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
    "/": ("index.html", "text/html"),
    "/static/timeline.css": ("timeline.css", "text/css"),
    "/static/timeline.js": ("timeline.js", "text/javascript"),
    "/static/clock.svg": ("clock.svg", "image/svg+xml"),
}


def file_answer(data: bytes, mime_type: str) -> Response:
    """An uploaded file; what no browser should show comes as a download."""
    if mime_type in SHOWN:
        return Response(data, headers=UPLOADED, media_type=mime_type)
    headers = {**UPLOADED, "Content-Disposition": "attachment"}
    return Response(data, headers=headers, media_type="application/octet-stream")


def page_routes() -> list[Route]:
    """Routes of the page, to be mounted under any prefix."""
    return [_route(path, name, kind) for path, (name, kind) in FILES.items()]


def _route(path: str, name: str, kind: str) -> Route:
    content = files("postclock.sandbox").joinpath("static", name).read_bytes()

    async def serve(_request: Request) -> Response:
        return Response(content, headers=HEADERS, media_type=kind)

    return Route(path, serve, methods=["GET"])
