"""SQL about taking back what is public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from postclock.scheduler.model import Target

Connection = AsyncConnection[DictRow]

READ_PUBLIC = """
SELECT d.id, d.state, d.remote_id, d.staged, d.removed_at,
       a.id AS account_id, a.platform, a.remote_id AS account_remote_id, a.handle, a.server,
       a.sandbox, a.status, k.secrets, k.key_id
  FROM deliveries d
  JOIN accounts a ON a.id = d.account_id
  LEFT JOIN credentials k ON k.account_id = a.id
 WHERE d.post_id = %s AND d.workspace_id = %s AND d.state <> 'canceled'
 ORDER BY d.platform, d.id
"""
# What is left of the ledger of parts is what is still public.
MARK_REMOVED = """
UPDATE deliveries
   SET removed_at = CASE WHEN state IN ('published') AND %(left)s = '[]' THEN %(now)s
                    ELSE removed_at END,
       staged = CASE WHEN %(left)s = '[]' THEN staged - 'parts' - 'comment'
                ELSE staged || jsonb_build_object('parts', %(left)s::jsonb) END,
       updated_at = %(now)s
 WHERE id = %(id)s AND state NOT IN ('sending', 'unknown')
"""


@dataclass(frozen=True, slots=True)
class Public:
    """A delivery, what of it is public, and the account it is on."""

    id: UUID
    state: str
    parts: Sequence[Mapping[str, Any]]
    """Its public parts in order; of a single post, that one."""
    target: Target


async def read_public(connection: Connection, post_id: UUID, workspace_id: UUID) -> list[Public]:
    """What of a post is public, by delivery; one with nothing public has no parts."""
    rows = await (await connection.execute(READ_PUBLIC, [post_id, workspace_id])).fetchall()
    return [
        Public(
            row["id"], row["state"], _parts(row),
            Target(
                row["account_id"], row["platform"], row["account_remote_id"], row["handle"],
                row["server"], row["sandbox"], row["status"], row["secrets"], row["key_id"],
            ),
        )
        for row in rows
    ]  # fmt: skip


def _parts(row: DictRow) -> list[Mapping[str, Any]]:
    noted: list[Mapping[str, Any]] = list(row["staged"].get("parts") or ())
    if noted or row["removed_at"] or row["remote_id"] is None:
        return noted
    return [{"id": row["remote_id"]}]


async def mark_removed(connection: Connection, delivery_id: UUID, left: str, now: datetime) -> None:
    """Note which parts are ``left`` (JSON); with none left a published delivery is removed."""
    await connection.execute(MARK_REMOVED, {"id": delivery_id, "left": left, "now": now})
