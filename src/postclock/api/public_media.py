"""Files at their public addresses, for platforms that fetch them: no login, but a signed name."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.convertors import StringConvertor, register_url_convertor

from postclock.api.deps import PartsOf
from postclock.api.file_answers import sent
from postclock.errors import NotFound
from postclock.services.media.links import LOOKS
from postclock.services.media.queries import find_file
from postclock.services.media.storage import kept


class TokenConvertor(StringConvertor):
    """Matches what looks like a token: the web app's own files under /media stay reachable."""

    regex = LOOKS


PUBLIC = "public, max-age=3600, immutable"

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
    return await sent(request, found, parts.media, PUBLIC)


def _absent() -> NotFound:
    return NotFound("not_found", "There is no such file.")
