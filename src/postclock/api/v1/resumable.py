"""Large files in pieces, by the tus protocol 1.0.0 (creation, expiration, termination).

An upload's id is the id of the picture or video it becomes. What it is, is told by the last piece's
answer, or by a GET.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from email.utils import format_datetime
from typing import Annotated, BinaryIO
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from postclock.api.bodies import too_large
from postclock.api.deps import Parts, PartsOf, Signed
from postclock.api.uploads import Described, limits_of
from postclock.api.v1.media_shapes import MediaOut
from postclock.errors import BadRequest, Conflict, Invalid, NotFound, TooLarge
from postclock.ids import new_id
from postclock.services.media import queries, service
from postclock.services.media.arriving import KEPT, Arrival, Busy
from postclock.services.people.model import Who

VERSION = "1.0.0"
PIECES = "application/offset+octet-stream"
MEDIA_ID = "Postclock-Media-Id"
PATH = "/media/uploads"


async def speaks_tus(tus_resumable: Annotated[str | None, Header()] = None) -> None:
    """Refuse another version of the protocol."""
    if tus_resumable != VERSION:
        message = f"Send Tus-Resumable: {VERSION}."
        raise HTTPException(412, message, headers={"Tus-Version": VERSION})


router = APIRouter(prefix=PATH, tags=["media"])
tus = APIRouter(prefix=PATH, dependencies=[Depends(speaks_tus)])
"""What tus clients speak: it stands in docs/reference/api.md, not in the contract."""


class ArrivalOut(BaseModel):
    """An upload in pieces: how far it is, and what it became."""

    id: UUID
    name: str
    bytes: int
    offset: int
    media: MediaOut | None


@router.options("", include_in_schema=False)
async def upload_options(parts: PartsOf) -> Response:
    """What this server can do."""
    most = str(limits_of(parts.settings).video)
    return _answer(204, **{
        "Tus-Version": VERSION, "Tus-Max-Size": most,
        "Tus-Extension": "creation,expiration,termination",
    })  # fmt: skip


@tus.post("", include_in_schema=False)
async def begin_upload(
    parts: PartsOf,
    who: Signed,
    upload_length: Annotated[int | None, Header(ge=1)] = None,
    upload_metadata: Annotated[str, Header(max_length=20_000)] = "",
) -> Response:
    """Begin an upload of `Upload-Length` bytes."""
    service.require_writer(who)
    if upload_length is None:
        raise BadRequest("missing", "Send Upload-Length: how many bytes the file has.")
    most = limits_of(parts.settings).video
    if upload_length > most:
        raise TooLarge("body_too_large", too_large(most))
    said = read_metadata(upload_metadata)
    name = said.get("filename") or said.get("name", "")
    arrival = Arrival(
        new_id(), who.workspace_id, who.user_id, name[-500:], described(said), upload_length,
        parts.clock.now() + KEPT,
    )  # fmt: skip
    parts.arrivals.begin(arrival)
    return _answer(201, **_expires(arrival), Location=f"/api/v1{PATH}/{arrival.id}")


@tus.head("/{upload_id:uuid}", include_in_schema=False)
async def ask_upload(upload_id: UUID, parts: PartsOf, who: Signed) -> Response:
    """How far it is."""
    arrival = _require(parts, who, upload_id)
    offset = parts.arrivals.offset(arrival)
    told = {"Upload-Length": str(arrival.size), **_expires(arrival)}
    if offset is None:
        told[MEDIA_ID] = str(arrival.id)
    return _answer(200, **told, **_at(arrival.size if offset is None else offset))


@tus.patch("/{upload_id:uuid}", include_in_schema=False)
async def receive_piece(
    upload_id: UUID,
    request: Request,
    parts: PartsOf,
    who: Signed,
    upload_offset: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """The bytes from `Upload-Offset` on; with the last ones it becomes a picture or video."""
    service.require_writer(who)
    arrival = _require(parts, who, upload_id)
    if request.headers.get("content-type") != PIECES:
        raise HTTPException(415, f"Send Content-Type: {PIECES}.")
    async with _alone(parts, arrival) as file:
        if upload_offset != file.tell():
            message = f"The upload stands at byte {file.tell()}."
            raise Conflict("upload_offset", message, headers=_at(file.tell()))
        with suppress(ClientDisconnect):
            await parts.arrivals.write(arrival, file, request.stream())
        at = file.tell()
        told = _at(at) | _expires(arrival)
        if at == arrival.size:
            await _finish(parts, who, arrival, file)
            told[MEDIA_ID] = str(arrival.id)
    return _answer(204, **told)


@tus.delete("/{upload_id:uuid}", include_in_schema=False)
async def drop_upload(upload_id: UUID, parts: PartsOf, who: Signed) -> Response:
    """Forget it; what it became stays."""
    service.require_writer(who)
    parts.arrivals.forget(_require(parts, who, upload_id))
    return _answer(204)


@router.get("/{upload_id:uuid}")
async def read_upload(upload_id: UUID, parts: PartsOf, who: Signed) -> ArrivalOut:
    """How far an upload in pieces is, and the picture or video that it became.

    One whose bytes are all there, but whose last answer was lost, becomes it now.
    """
    arrival = _require(parts, who, upload_id)
    offset = parts.arrivals.offset(arrival)
    media = None
    if offset == arrival.size:
        service.require_writer(who)
        with suppress(Conflict):  # somebody took it over a moment ago
            async with _alone(parts, arrival) as file:
                await _finish(parts, who, arrival, file)
        offset = parts.arrivals.offset(arrival)
    if offset is None:
        async with parts.database.as_user(who.user_id) as tx:
            media = MediaOut.of(await service.require(tx, who, arrival.id))
    return ArrivalOut(
        id=arrival.id, name=arrival.name, bytes=arrival.size,
        offset=arrival.size if offset is None else offset, media=media,
    )  # fmt: skip


async def _finish(parts: Parts, who: Who, arrival: Arrival, file: BinaryIO) -> None:
    """Make the file of it that it is; one that is not taken is forgotten. Raises Invalid."""
    async with parts.database.as_user(who.user_id) as tx:
        known = await queries.get_media(tx, who.workspace_id, arrival.id)
    if known is None:
        try:
            upload = await service.receive(
                parts.media, who.workspace_id, arrival.name, file, limits_of(parts.settings),
                media_id=arrival.id,
            )  # fmt: skip
        except Invalid:
            parts.arrivals.forget(arrival)
            raise
        async with parts.database.as_user(who.user_id) as tx:
            await service.add(tx, who, upload, arrival.alt_text)
    parts.arrivals.taken(arrival)
    file.seek(0, os.SEEK_END)


@asynccontextmanager
async def _alone(parts: Parts, arrival: Arrival) -> AsyncIterator[BinaryIO]:
    try:
        async with parts.arrivals.alone(arrival) as file:
            yield file
    except Busy:
        raise HTTPException(423, "Another request writes this upload: try again.") from None
    except FileNotFoundError:
        message = "This upload is whole: nothing is missing."
        raise Conflict("upload_offset", message, headers=_at(arrival.size)) from None


def _require(parts: Parts, who: Who, upload_id: UUID) -> Arrival:
    arrival = parts.arrivals.find(who.workspace_id, upload_id)
    if arrival is None:
        raise NotFound("not_found", "There is no such upload, or it has expired.")
    return arrival


def read_metadata(header: str) -> dict[str, str]:
    """What `Upload-Metadata` says: names, each with a value in base64. Raises BadRequest."""
    said = {}
    for pair in filter(None, (pair.strip() for pair in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            said[name] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            message = "Upload-Metadata must be names, each with a value in base64."
            raise BadRequest("unreadable", message) from None
    return said


def described(said: Mapping[str, str]) -> str:
    """The alt text; raises RequestValidationError where it cannot be kept."""
    try:
        return Described(alt_text=said.get("alt_text", "")).alt_text
    except ValidationError as error:
        found = [{**each, "loc": ("header", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(found) from error


def _at(offset: int) -> dict[str, str]:
    return {"Upload-Offset": str(offset)}


def _expires(arrival: Arrival) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(arrival.expires_at, usegmt=True)}


def _answer(status: int, **headers: str) -> Response:
    told = {"Tus-Resumable": VERSION, "Cache-Control": "no-store", **headers}
    return Response(status_code=status, headers=told)
