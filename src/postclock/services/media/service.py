"""What people do with files: upload, describe, delete; and what is cleared away behind them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO
from uuid import UUID

from postclock.db.session import Database, Tx
from postclock.errors import Conflict, Forbidden, NotFound
from postclock.ids import new_id
from postclock.services.media import queries
from postclock.services.media.model import MAX_NAME, StoredMedia, Upload
from postclock.services.media.probe import probe
from postclock.services.media.storage import PIECE, MediaStore, key_of
from postclock.services.people.model import Who

PURGE_AFTER = timedelta(days=7)
"""How long a deleted file is kept: longer than a deleted post can be restored."""
ORPHANED_AFTER = timedelta(days=1)
"""Bytes this old that no row names were left by an upload that did not end."""


async def receive(store: MediaStore, workspace_id: UUID, name: str, file: BinaryIO) -> Upload:
    """Look into ``file`` and keep its bytes; no transaction is open meanwhile. Raises Invalid."""
    probed = await probe(file)
    media_id = new_id()
    key = key_of(workspace_id, media_id)
    digest = hashlib.sha256()
    size = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal size
        file.seek(0)
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
            yield piece

    await store.put(key, pieces())
    return Upload(
        media_id, _plain_name(name), probed.mime_type, size, probed.width, probed.height,
        probed.animated, digest.digest(), key,
    )  # fmt: skip


def _plain_name(name: str) -> str:
    """The last part of a path in any system's spelling, without what cannot be shown or kept."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if c.isprintable() and not "\ud800" <= c <= "\udfff")
    return shown.strip()[-MAX_NAME:] or "picture"


async def add(tx: Tx, who: Who, upload: Upload, alt_text: str) -> StoredMedia:
    """Enter a received file into the workspace's files."""
    require_writer(who)
    media = StoredMedia(
        id=upload.id, workspace_id=who.workspace_id, user_id=who.user_id, name=upload.name,
        mime_type=upload.mime_type, size=upload.size, width=upload.width, height=upload.height,
        animated=upload.animated, sha256=upload.sha256, alt_text=alt_text,
        storage_key=upload.storage_key, created_at=tx.now, updated_at=tx.now, deleted_at=None,
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
    await store.delete(keys)
    orphans = 0
    async for batch in store.list():
        async with database.as_system() as tx:
            old = [key for key, written_at in batch if written_at < tx.now - ORPHANED_AFTER]
            unknown = set(old) - await queries.known_keys(tx, old)
        await store.delete(unknown)
        orphans += len(unknown)
    return Purged(len(keys), orphans)
