"""Pictures that posts carry: upload, list, read, describe, delete."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from postclock.api.bodies import Body
from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.api.paging import Cursor, Limit, page, read_cursor
from postclock.api.uploads import FORM, Alt, ReceivedFile
from postclock.errors import NotFound
from postclock.services.media import queries, service
from postclock.services.media.model import StoredMedia

router = APIRouter(prefix="/media", tags=["media"])

PRIVATE = "private, max-age=86400, immutable"
"""A file never changes under its id; only who may see it keeps it, and not for long."""


class MediaOut(BaseModel):
    """An uploaded picture; `content_url` gives its bytes."""

    id: UUID
    name: str = Field(examples=["launch.jpg"])
    mime_type: str = Field(examples=["image/jpeg"])
    bytes: int
    width: int | None = Field(description="In pixels, as shown.")
    height: int | None
    animated: bool = Field(description="Whether it moves.")
    alt_text: str
    content_url: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: StoredMedia) -> MediaOut:
        return cls(
            id=row.id, name=row.name, mime_type=row.mime_type, bytes=row.size, width=row.width,
            height=row.height, animated=row.animated, alt_text=row.alt_text,
            content_url=f"/api/v1/media/{row.id}/content",
            created_at=row.created_at, updated_at=row.updated_at,
        )  # fmt: skip


class MediaPage(BaseModel):
    items: list[MediaOut]
    next_cursor: str | None


class MediaWish(Body):
    """What may change: what is said to people who do not see the picture."""

    alt_text: Alt


@router.post("", status_code=201, openapi_extra=FORM)
async def upload_media(received: ReceivedFile, parts: PartsOf, who: Signed) -> MediaOut:
    """Upload a JPEG, PNG, GIF or WebP picture as a form with the field `file`."""
    upload = await service.receive(parts.media, who.workspace_id, received.name, received.file)
    async with parts.database.as_user(who.user_id) as tx:
        media = await service.add(tx, who, upload, received.alt_text)
    return MediaOut.of(media)


@router.get("")
async def list_media(
    tx: UserTx, who: Signed, limit: Limit = 50, cursor: Cursor = None
) -> MediaPage:
    """The workspace's pictures, newest first."""
    rows = await queries.list_media(
        tx, who.workspace_id, before=read_cursor(cursor), limit=limit + 1
    )
    shown, following = page(rows, limit, lambda row: (row.created_at, row.id))
    return MediaPage(items=[MediaOut.of(row) for row in shown], next_cursor=following)


@router.get("/{media_id:uuid}")
async def read_media(media_id: UUID, tx: UserTx, who: Signed) -> MediaOut:
    """What is known of one picture."""
    return MediaOut.of(await service.require(tx, who, media_id))


@router.get(
    "/{media_id:uuid}/content",
    response_class=StreamingResponse,
    responses={200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def read_media_content(media_id: UUID, parts: PartsOf, who: Signed) -> StreamingResponse:
    """The picture itself."""
    async with parts.database.as_user(who.user_id) as tx:
        media = await service.require(tx, who, media_id)
    try:
        pieces = await parts.media.stream(media.storage_key)
    except FileNotFoundError:
        raise NotFound("not_found", "The bytes of this picture are gone.") from None
    headers = {
        "Content-Length": str(media.size),
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(media.name, safe='')}",
        "Cache-Control": PRIVATE,
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(pieces, media_type=media.mime_type, headers=headers)


@router.put("/{media_id:uuid}")
async def describe_media(media_id: UUID, body: MediaWish, tx: UserTx, who: Signed) -> MediaOut:
    """Change its alt text."""
    return MediaOut.of(await service.describe(tx, who, media_id, body.alt_text))


@router.delete("/{media_id:uuid}", status_code=204)
async def delete_media(media_id: UUID, tx: UserTx, who: Signed) -> None:
    """Delete it; 409 while a post that is still to be sent carries it."""
    await service.delete(tx, who, media_id)
