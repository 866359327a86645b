"""Pictures and videos that posts carry: upload, list, read, describe, delete."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from postclock.api.bodies import Body
from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.api.file_answers import sent
from postclock.api.paging import Cursor, Limit, page, read_cursor
from postclock.api.uploads import FORM, Alt, ReceivedFile, limits_of
from postclock.errors import NotFound
from postclock.services.media import queries, service
from postclock.services.media.model import StoredMedia
from postclock.services.media.storage import POSTER, Kept

router = APIRouter(prefix="/media", tags=["media"])

PRIVATE = "private, max-age=86400, immutable"
"""A file never changes under its id; only who may see it keeps it, and not for long."""


class MediaOut(BaseModel):
    """An uploaded picture or video; `content_url` gives its bytes."""

    id: UUID
    name: str = Field(examples=["launch.jpg"])
    mime_type: str = Field(examples=["image/jpeg"])
    bytes: int
    width: int | None = Field(description="In pixels, as shown.")
    height: int | None
    animated: bool = Field(description="Whether a picture moves.")
    duration: float | None = Field(description="Seconds; null for a picture.")
    frame_rate: float | None = Field(description="Frames a second of a video.")
    video_codec: str = Field(examples=["h264"])
    audio_codec: str = Field(examples=["aac"], description="Empty: no sound.")
    alt_text: str
    content_url: str
    poster_url: str | None = Field(description="A still picture of a video.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: StoredMedia) -> MediaOut:
        at = f"/api/v1/media/{row.id}"
        return cls(
            id=row.id, name=row.name, mime_type=row.mime_type, bytes=row.size, width=row.width,
            height=row.height, animated=row.animated, duration=row.duration,
            frame_rate=row.frame_rate, video_codec=row.video_codec, audio_codec=row.audio_codec,
            alt_text=row.alt_text, content_url=f"{at}/content",
            poster_url=f"{at}/poster" if row.poster_key else None,
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
    """Upload a picture (JPEG, PNG, GIF, WebP, HEIC) or a short video (MP4, MOV, WebM) as a form
    with the field `file`. A larger file is uploaded in pieces: see docs/reference/api.md."""
    upload = await service.receive(
        parts.media, who.workspace_id, received.name, received.file, limits_of(parts.settings)
    )
    async with parts.database.as_user(who.user_id) as tx:
        media = await service.add(tx, who, upload, received.alt_text)
    return MediaOut.of(media)


@router.get("")
async def list_media(
    tx: UserTx, who: Signed, limit: Limit = 50, cursor: Cursor = None
) -> MediaPage:
    """The workspace's pictures and videos, newest first."""
    rows = await queries.list_media(
        tx, who.workspace_id, before=read_cursor(cursor), limit=limit + 1
    )
    shown, following = page(rows, limit, lambda row: (row.created_at, row.id))
    return MediaPage(items=[MediaOut.of(row) for row in shown], next_cursor=following)


@router.get("/{media_id:uuid}")
async def read_media(media_id: UUID, tx: UserTx, who: Signed) -> MediaOut:
    """What is known of one picture or video."""
    return MediaOut.of(await service.require(tx, who, media_id))


BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/{media_id:uuid}/content", response_class=Response, responses=BYTES)
async def read_media_content(
    media_id: UUID, request: Request, parts: PartsOf, who: Signed
) -> Response:
    """The picture or video itself, or what a `Range` asks of it."""
    async with parts.database.as_user(who.user_id) as tx:
        media = await service.require(tx, who, media_id)
    found = Kept(media.storage_key, media.mime_type, media.name)
    return await sent(request, found, parts.media, PRIVATE)


@router.get("/{media_id:uuid}/poster", response_class=Response, responses=BYTES)
async def read_media_poster(
    media_id: UUID, request: Request, parts: PartsOf, who: Signed
) -> Response:
    """A still picture of a video, as a JPEG."""
    async with parts.database.as_user(who.user_id) as tx:
        media = await service.require(tx, who, media_id)
    if media.poster_key is None:
        raise NotFound("not_found", "A picture has no still: it is one.")
    return await sent(request, Kept(media.poster_key, "image/jpeg", POSTER), parts.media, PRIVATE)


@router.put("/{media_id:uuid}")
async def describe_media(media_id: UUID, body: MediaWish, tx: UserTx, who: Signed) -> MediaOut:
    """Change its alt text."""
    return MediaOut.of(await service.describe(tx, who, media_id, body.alt_text))


@router.delete("/{media_id:uuid}", status_code=204)
async def delete_media(media_id: UUID, tx: UserTx, who: Signed) -> None:
    """Delete it; 409 while a post that is still to be sent carries it."""
    await service.delete(tx, who, media_id)
