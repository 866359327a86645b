"""SQL about uploaded files. ``READ_FILES`` is shared by requests and nodes, each on its driver."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from sqlalchemy import select, text, tuple_

from postclock.db.session import Tx
from postclock.services.media.model import File, Kind, StoredMedia, Usage
from postclock.services.platforms.drafting import Media

FILE = """
SELECT id, mime_type, bytes, width, height, animated, alt_text, storage_key, duration, frame_rate,
       video_codec, audio_codec
  FROM media
"""
FIND_FILE = FILE + " WHERE id = :id AND deleted_at IS NULL"
READ_FILES = (
    FILE
    + """ WHERE workspace_id = %(workspace_id)s AND id = ANY (%(ids)s) AND deleted_at IS NULL
"""
)
KEEP_FILES = READ_FILES + " ORDER BY id FOR SHARE"
"""READ_FILES, and nobody deletes them before the reader has committed."""

GOING_OUT = """
SELECT EXISTS (
  SELECT FROM posts p JOIN deliveries d ON d.post_id = p.id
   WHERE p.workspace_id = :workspace_id AND p.deleted_at IS NULL
     AND d.state NOT IN ('published', 'failed', 'missed', 'unconfirmed', 'canceled')
     AND jsonb_path_exists(p.content, '$.**.media[*].id ? (@ == $id)',
                           jsonb_build_object('id', CAST(:id AS text))))
"""
PURGE = """
DELETE FROM media m
 WHERE m.deleted_at < :before
   AND NOT EXISTS (
     SELECT FROM posts p
      WHERE p.workspace_id = m.workspace_id AND p.deleted_at IS NULL AND p.status <> 'published'
        AND jsonb_path_exists(p.content, '$.**.media[*].id ? (@ == $id)',
                              jsonb_build_object('id', m.id::text)))
RETURNING m.storage_key
"""
USED_BY = """
SELECT count(*) FROM posts p
 WHERE p.workspace_id = :workspace_id AND p.deleted_at IS NULL
   AND jsonb_path_exists(p.content, '$.**.media[*].id ? (@ == $id)',
                         jsonb_build_object('id', CAST(:id AS text)))
"""
USAGE = """
SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes,
       count(*) FILTER (WHERE mime_type LIKE 'video/%') AS videos
  FROM media WHERE workspace_id = :workspace_id AND deleted_at IS NULL
"""
KNOWN_KEYS = "SELECT storage_key FROM media WHERE storage_key = ANY (:keys)"


def wanted(workspace_id: UUID, ids: Iterable[UUID]) -> dict[str, Any]:
    """The values of READ_FILES."""
    return {"workspace_id": workspace_id, "ids": list(ids)}


def files_of(rows: Iterable[Mapping[str, Any]]) -> dict[UUID, File]:
    """What READ_FILES answered, by id."""
    return {
        row["id"]: File(
            Media(
                row["id"], row["mime_type"], row["bytes"], row["width"], row["height"],
                row["alt_text"], row["animated"], row["duration"], row["frame_rate"],
                row["video_codec"], row["audio_codec"],
            ),
            row["storage_key"],
        )
        for row in rows
    }  # fmt: skip


async def read_files(
    connection: AsyncConnection[DictRow], workspace_id: UUID, ids: Collection[UUID]
) -> dict[UUID, File]:
    """The workspace's files among ``ids``, read by a node."""
    if not ids:
        return {}
    cursor = await connection.execute(READ_FILES, wanted(workspace_id, ids))
    return files_of(await cursor.fetchall())


async def keep_files(tx: Tx, workspace_id: UUID, ids: Collection[UUID]) -> dict[UUID, File]:
    """The workspace's files among ``ids``, kept from being deleted until the transaction ends."""
    if not ids:
        return {}
    rows = await tx.run(KEEP_FILES, wanted(workspace_id, ids))
    return files_of(dict(row) for row in rows.mappings())


async def find_file(tx: Tx, media_id: UUID) -> File | None:
    """The file, whoever's it is. Runs in a system transaction."""
    row = (await tx.session.execute(text(FIND_FILE), {"id": media_id})).mappings().first()
    return files_of([dict(row)])[media_id] if row else None


async def get_media(
    tx: Tx, workspace_id: UUID, media_id: UUID, *, lock: bool = False
) -> StoredMedia | None:
    """The workspace's file; locked against every other writer if asked."""
    found = select(StoredMedia).where(
        StoredMedia.workspace_id == workspace_id,
        StoredMedia.id == media_id,
        StoredMedia.deleted_at.is_(None),
    )
    if lock:
        found = found.with_for_update()
    return await tx.session.scalar(found.execution_options(populate_existing=True))


async def list_media(
    tx: Tx,
    workspace_id: UUID,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
    kind: Kind | None = None,
    search: str = "",
) -> list[StoredMedia]:
    """The newest ``limit`` files before ``before``, newest first: those of a ``kind``, and those
    whose name or alt text contains ``search``, in any case."""
    found = select(StoredMedia).where(
        StoredMedia.workspace_id == workspace_id, StoredMedia.deleted_at.is_(None)
    )
    if kind:
        found = found.where(StoredMedia.mime_type.startswith(f"{kind}/"))
    if search:
        told = StoredMedia.name + " " + StoredMedia.alt_text
        found = found.where(told.icontains(search, autoescape=True))
    if before:
        found = found.where(tuple_(StoredMedia.created_at, StoredMedia.id) < before)
    newest = found.order_by(StoredMedia.created_at.desc(), StoredMedia.id.desc()).limit(limit)
    return list(await tx.session.scalars(newest))


async def count_uses(tx: Tx, workspace_id: UUID, media_id: UUID) -> int:
    """How many posts carry the file, whatever became of them."""
    values = {"workspace_id": workspace_id, "id": str(media_id)}
    return int(await tx.session.scalar(text(USED_BY), values) or 0)


async def read_usage(tx: Tx, workspace_id: UUID) -> Usage:
    """What the workspace's files amount to."""
    row = (await tx.session.execute(text(USAGE), {"workspace_id": workspace_id})).one()
    return Usage(row.files, row.videos, int(row.bytes))


async def is_going_out(tx: Tx, workspace_id: UUID, media_id: UUID) -> bool:
    """Whether a post that is still to be sent somewhere carries the file."""
    values = {"workspace_id": workspace_id, "id": str(media_id)}
    return bool(await tx.session.scalar(text(GOING_OUT), values))


async def purge(tx: Tx, before: datetime) -> list[str]:
    """Remove the rows of files deleted before ``before`` that no post can need again.

    Answers where their bytes are. Runs in a system transaction.
    """
    return list(await tx.session.scalars(text(PURGE), {"before": before}))


async def known_keys(tx: Tx, keys: Sequence[str]) -> set[str]:
    """Those of ``keys`` that a row names."""
    return set(await tx.session.scalars(text(KNOWN_KEYS), {"keys": list(keys)}))
