"""What people do with files: upload, describe, delete; and what is cleared away behind them."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO
from uuid import UUID

from postclock.db.session import Database, Tx
from postclock.errors import Conflict, Forbidden, NotFound
from postclock.ids import new_id
from postclock.services.media import queries
from postclock.services.media.boxes import Patch, patched
from postclock.services.media.model import MAX_NAME, Limits, Probed, StoredMedia, Upload
from postclock.services.media.probe import look
from postclock.services.media.refusals import refused
from postclock.services.media.storage import PIECE, POSTER, MediaStore, key_of, made_key, source_key
from postclock.services.people.model import Who

PURGE_AFTER = timedelta(days=7)
"""How long a deleted file is kept: longer than a deleted post can be restored."""
ORPHANED_AFTER = timedelta(days=1)
"""Bytes this old that no row names were left by an upload that did not end."""


async def receive(
    store: MediaStore,
    workspace_id: UUID,
    name: str,
    file: BinaryIO,
    limits: Limits = Limits(),  # noqa: B008  frozen
    media_id: UUID | None = None,
) -> Upload:
    """Look into ``file`` and keep its bytes; no transaction is open meanwhile.

    ``media_id`` is the id it shall have. Raises Invalid. A video is never in memory as a whole.
    """
    looked = await look(file)
    _check_size(looked.probed, file.seek(0, os.SEEK_END), limits)
    media_id = media_id or new_id()
    key = key_of(workspace_id, media_id)
    counted = Counted(looked.content, looked.patches)
    await store.put(key, counted.pieces())
    poster_key = None
    if looked.poster:
        poster_key = made_key(key, POSTER)
        await store.put(poster_key, looked.poster)
    return Upload(
        media_id, _plain_name(name, looked.probed.mime_type), looked.probed, counted.size,
        counted.digest.digest(), key, poster_key,
    )  # fmt: skip


def _check_size(probed: Probed, size: int, limits: Limits) -> None:
    video = probed.mime_type.startswith("video/")
    most = limits.video if video else limits.picture
    if size > most:
        shown = f"{most / 1e6:,.3g} MB" if most < 1e9 else f"{most / 1e9:.3g} GB"
        raise refused("media_too_large", f"A {'video' if video else 'picture'} may have {shown}.")


class Counted:
    """A file piece by piece, with its patches; afterwards ``size`` and ``digest`` are its own."""

    def __init__(self, file: BinaryIO, patches: Sequence[Patch]) -> None:
        self._file, self._patches = file, patches
        self.size, self.digest = 0, hashlib.sha256()

    async def pieces(self) -> AsyncIterator[bytes]:
        self._file.seek(0)
        while piece := await asyncio.to_thread(self._next):
            yield piece

    def _next(self) -> bytes:
        piece = patched(self._file.read(PIECE), self.size, self._patches)
        self.digest.update(piece)
        self.size += len(piece)
        return piece


def _plain_name(name: str, mime_type: str) -> str:
    """The last part of a path in any system's spelling, without what cannot be shown or kept."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if c.isprintable() and not "\ud800" <= c <= "\udfff")
    shown = shown.strip()[-MAX_NAME:] or mime_type.partition("/")[0]
    if mime_type == "image/jpeg" and shown.lower().endswith((".heic", ".heif")):
        return f"{shown[:-5]}.jpg"
    return shown


async def add(tx: Tx, who: Who, upload: Upload, alt_text: str) -> StoredMedia:
    """Enter a received file into the workspace's files."""
    require_writer(who)
    seen = upload.probed
    media = StoredMedia(
        id=upload.id, workspace_id=who.workspace_id, user_id=who.user_id, name=upload.name,
        mime_type=seen.mime_type, size=upload.size, width=seen.width, height=seen.height,
        animated=seen.animated, duration=seen.duration, frame_rate=seen.frame_rate,
        video_codec=seen.video_codec, audio_codec=seen.audio_codec,
        sha256=upload.sha256, alt_text=alt_text, storage_key=upload.storage_key,
        poster_key=upload.poster_key, created_at=tx.now, updated_at=tx.now, deleted_at=None,
    )  # fmt: skip
    tx.session.add(media)
    await tx.session.flush()
    return media


async def require(tx: Tx, who: Who, media_id: UUID, *, lock: bool = False) -> StoredMedia:
    """The file, locked if asked; raises NotFound."""
    found = await queries.get_media(tx, who.workspace_id, media_id, lock=lock)
    if found is None:
        raise NotFound("not_found", "There is no such file.")
    return found


async def describe(tx: Tx, who: Who, media_id: UUID, alt_text: str) -> StoredMedia:
    """Change what is said of the file to people who do not see it."""
    require_writer(who)
    media = await require(tx, who, media_id, lock=True)
    media.alt_text = alt_text
    media.updated_at = tx.now
    await tx.session.flush()
    return media


async def delete(tx: Tx, who: Who, media_id: UUID) -> None:
    """Put the file away; raises Conflict while a post that is still to be sent carries it."""
    require_writer(who)
    media = await require(tx, who, media_id, lock=True)
    if await queries.is_going_out(tx, who.workspace_id, media_id):
        raise Conflict(
            "media_in_use", "A scheduled post carries this file: take it out of the post first."
        )
    media.deleted_at = media.updated_at = tx.now


def require_writer(who: Who) -> None:
    """Raise Forbidden unless the person may change files."""
    if not who.may_write:
        raise Forbidden("role_forbids", f"Your role ({who.role}) may see files, not change them.")


@dataclass(frozen=True, slots=True)
class Purged:
    """How many files were cleared away: deleted ones, and bytes that no row named."""

    deleted: int
    orphans: int


async def purge_unused(
    database: Database, store: MediaStore, older_than: timedelta = PURGE_AFTER
) -> Purged:
    """Clear away files deleted longer ago than ``older_than`` that no post can need again, and
    bytes that an upload left behind; what a crash leaves is cleared the next time."""
    async with database.as_system() as tx:
        keys = await queries.purge(tx, tx.now - older_than)
    for key in keys:
        await store.delete([key, *await store.made_of(key)])
    orphans = 0
    async for batch in store.list():
        async with database.as_system() as tx:
            old = [key for key, written_at in batch if written_at < tx.now - ORPHANED_AFTER]
            known = await queries.known_keys(tx, [source_key(key) for key in old])
        unknown = [key for key in old if source_key(key) not in known]
        await store.delete(unknown)
        orphans += len(unknown)
    return Purged(len(keys), orphans)
