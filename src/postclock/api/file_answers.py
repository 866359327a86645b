"""A stored file as an answer: whole or a range of it, in pieces, never in memory as a whole."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from postclock.api.ranges import Unsatisfiable, read_range
from postclock.errors import NotFound
from postclock.services.media.storage import Kept, MediaStore


async def sent(request: Request, found: Kept, store: MediaStore, caching: str) -> Response:
    """The bytes of ``found``, or what the request's Range asks of them; raises NotFound."""
    try:
        return await _answer(request, found, store, caching)
    except FileNotFoundError:
        raise NotFound("not_found", "The bytes of this file are gone.") from None


async def _answer(request: Request, found: Kept, store: MediaStore, caching: str) -> Response:
    size = await store.size(found.key)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": caching,
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(found.name, safe='')}",
        "ETag": f'"{found.key.rpartition("/")[2]}"',
    }
    try:
        span = read_range(_range(request, headers["ETag"]), size)
    except Unsatisfiable:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    start, end = (span.start, span.end) if span else (0, size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = span.content_range(size)
    status = 206 if span else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=found.mime_type)
    pieces = await (store.stream(found.key, start, end) if span else store.stream(found.key))
    return StreamingResponse(pieces, status, headers, found.mime_type)


def _range(request: Request, tag: str) -> str | None:
    """The range that is asked for, unless it is meant for other bytes than these."""
    condition = request.headers.get("if-range")
    return None if condition not in (None, tag) else request.headers.get("range")
