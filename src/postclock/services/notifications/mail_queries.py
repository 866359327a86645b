"""SQL about the notifications that are mailed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from postclock.db.session import Tx
from postclock.services.notifications.mail import MAILED, Waiting

MAIL_CHANNEL = "postclock_mail"
"""Notified when a notification was made (migration 0004)."""
YOUNGER = timedelta(days=2)
"""What is older when mail begins to work was read in the app, or is no news."""

# Taken before it is sent: whoever is cut off in between sends it not at all rather than twice.
TAKE = text("""
WITH taken AS (
  UPDATE notifications SET mailed_at = :now WHERE id IN (
    SELECT id FROM notifications
     WHERE mailed_at IS NULL AND read_at IS NULL AND created_at > :since AND kind = ANY (:kinds)
     ORDER BY created_at, id LIMIT :limit FOR UPDATE SKIP LOCKED)
  RETURNING id, workspace_id, kind, title, body, post_id, created_at
)
SELECT t.id, t.workspace_id, w.name AS workspace, t.kind, t.title, t.body, t.post_id,
       ARRAY(SELECT DISTINCT u.email FROM memberships m JOIN users u ON u.id = m.user_id
              WHERE m.workspace_id = t.workspace_id AND u.mail_notices
                AND (m.role IN ('owner', 'admin') OR u.id = p.author_id)
              ORDER BY u.email) AS recipients
  FROM taken t JOIN workspaces w ON w.id = t.workspace_id LEFT JOIN posts p ON p.id = t.post_id
 ORDER BY t.created_at, t.id
""")
GIVE_BACK = text("UPDATE notifications SET mailed_at = NULL WHERE id = ANY (:ids)")


async def take_to_mail(tx: Tx, limit: int) -> list[Waiting]:
    """What is to be mailed now, taken so that nobody else mails it."""
    values = {
        "now": tx.now, "since": tx.now - YOUNGER, "kinds": [str(kind) for kind in MAILED],
        "limit": limit,
    }  # fmt: skip
    rows = (await tx.session.execute(TAKE, values)).mappings()
    return [Waiting(**{**row, "recipients": tuple(row["recipients"])}) for row in rows]


async def give_back(tx: Tx, some: Collection[Waiting] | Sequence[Waiting]) -> None:
    """Let it be mailed again: it certainly was not."""
    ids: list[UUID] = [one.id for one in some]
    await tx.session.execute(GIVE_BACK, {"ids": ids})
