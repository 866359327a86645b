"""Files at their public addresses, for platforms that fetch them: no login, but a signed name."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.convertors import StringConvertor, register_url_convertor

from postclock.api.deps import PartsOf
from postclock.api.ranges import Unsatisfiable, read_range
from postclock.errors import NotFound
from postclock.services.media.links import LOOKS
from postclock.services.media.queries import find_file
from postclock.services.media.storage import Kept, MediaStore, kept


class TokenConvertor(StringConvertor):
    """Matches what looks like a token: the web app's own files under /media stay reachable."""

    regex = LOOKS


register_url_convertor("media_token", TokenConvertor())
router = APIRouter(prefix="/media")


@router.api_route("/{token:media_token}/{name}", methods=["GET", "HEAD"])
async def read_public_media(request: Request, token: str, name: str, parts: PartsOf) -> Response:
    """The bytes, or a range of them; 404 for whatever is wrong with the address."""
    named = parts.signer.read(token)
    if named is None:
        raise _absent()
    async with parts.database.as_system() as tx:
        file = await find_file(tx, named.media_id)
    if file is None:
        raise _absent()
    found = kept(file, named.rendition)
    if name != found.name:
        raise _absent()
    try:
        return await _answer(request, found, parts.media)
    except FileNotFoundError:
        raise _absent() from None


async def _answer(request: Request, found: Kept, store: MediaStore) -> Response:
    size = await store.size(found.key)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "public, max-age=3600, immutable",
        "Content-Disposition": f'inline; filename="{found.name}"',
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
    pieces = await store.stream(found.key, start, end) if span else await store.stream(found.key)
    return StreamingResponse(pieces, status, headers, found.mime_type)


def _range(request: Request, tag: str) -> str | None:
    """The range that is asked for, unless it is meant for other bytes than these."""
    condition = request.headers.get("if-range")
    return None if condition not in (None, tag) else request.headers.get("range")


def _absent() -> NotFound:
    return NotFound("not_found", "There is no such file.")
