"""Pictures and videos that posts carry: upload, list, read, describe, delete."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from postclock.api.bodies import Text
from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.api.file_answers import sent
from postclock.api.paging import Cursor, Limit, page, read_cursor
from postclock.api.uploads import FORM, ReceivedFile, limits_of
from postclock.api.v1.media_shapes import (
    CropList,
    CropOut,
    CropWish,
    FromUrl,
    MediaDetail,
    MediaOut,
    MediaPage,
    MediaWish,
    UsageOut,
)
from postclock.errors import NotFound
from postclock.services.media import queries, service
from postclock.services.media.cropping import cropped
from postclock.services.media.fetching import fetch
from postclock.services.media.model import Kind
from postclock.services.media.storage import POSTER, Kept
from postclock.services.platforms.images import Crop, crop_for

router = APIRouter(prefix="/media", tags=["media"])

PRIVATE = "private, max-age=86400, immutable"
"""A file never changes under its id; only who may see it keeps it, and not for long."""


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


@router.post("/from-url", status_code=201)
async def fetch_media(body: FromUrl, parts: PartsOf, who: Signed) -> MediaOut:
    """Fetch a picture or video from a public address."""
    service.require_writer(who)
    limits = limits_of(parts.settings)
    with tempfile.TemporaryFile() as file:
        name = await fetch(parts.http, body.url, file, limits.video)
        upload = await service.receive(parts.media, who.workspace_id, name, file, limits)
    async with parts.database.as_user(who.user_id) as tx:
        return MediaOut.of(await service.add(tx, who, upload, body.alt_text))


@router.get("")
async def list_media(
    tx: UserTx,
    who: Signed,
    limit: Limit = 50,
    cursor: Cursor = None,
    kind: Kind | None = None,
    search: Annotated[Text, Query(max_length=200)] = "",
) -> MediaPage:
    """The workspace's pictures and videos, newest first; `search` looks into name and alt text."""
    rows = await queries.list_media(
        tx, who.workspace_id, before=read_cursor(cursor), limit=limit + 1, kind=kind, search=search
    )
    shown, following = page(rows, limit, lambda row: (row.created_at, row.id))
    return MediaPage(items=[MediaOut.of(row) for row in shown], next_cursor=following)


@router.get("/usage")
async def read_media_usage(tx: UserTx, who: Signed) -> UsageOut:
    """How many files the workspace has, and their bytes."""
    found = await queries.read_usage(tx, who.workspace_id)
    return UsageOut(files=found.files, videos=found.videos, bytes=found.bytes)


@router.get("/{media_id:uuid}")
async def read_media(media_id: UUID, tx: UserTx, who: Signed) -> MediaDetail:
    """What is known of one picture or video, and how many posts carry it."""
    media = await service.require(tx, who, media_id)
    posts = await queries.count_uses(tx, who.workspace_id, media_id)
    return MediaDetail(**MediaOut.of(media).model_dump(), posts=posts)


@router.get("/{media_id:uuid}/crops")
async def suggest_crops(media_id: UUID, tx: UserTx, parts: PartsOf, who: Signed) -> CropList:
    """For each platform that does not take the picture's shape: the largest piece that it takes."""
    media = await service.require(tx, who, media_id)
    items = []
    for platform in parts.platforms.values():
        limits = platform.capabilities.images
        if media.is_still and limits and media.width and media.height:
            crop = crop_for(media.width, media.height, limits)
            if crop:
                items.append(CropOut(platform=platform.name, **asdict(crop)))
    return CropList(items=items)


@router.post("/{media_id:uuid}/crop", status_code=201)
async def crop_media(media_id: UUID, body: CropWish, parts: PartsOf, who: Signed) -> MediaOut:
    """A piece of a still picture as a new picture, with the same name and alt text."""
    service.require_writer(who)
    async with parts.database.as_user(who.user_id) as tx:
        media = await service.require(tx, who, media_id)
    crop = Crop(body.x, body.y, body.width, body.height)
    try:
        piece = await cropped(parts.media, media, crop)
    except FileNotFoundError:
        raise NotFound("not_found", "The bytes of this file are gone.") from None
    upload = await service.receive(
        parts.media, who.workspace_id, media.name, piece, limits_of(parts.settings)
    )
    async with parts.database.as_user(who.user_id) as tx:
        return MediaOut.of(await service.add(tx, who, upload, media.alt_text))


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
