"""SQL about notifications. ``NOTIFY_PEOPLE`` is run by nodes, on their driver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, tuple_, update

from postclock.db.session import Tx
from postclock.ids import new_id
from postclock.services.notifications.model import Notice, Notification

NOTIFY_PEOPLE = """
INSERT INTO notifications (id, workspace_id, post_id, kind, title, body, created_at)
SELECT * FROM jsonb_to_recordset(%(notices)s::jsonb) AS x (id uuid, workspace_id uuid, post_id uuid,
  kind text, title text, body text, created_at timestamptz)
"""


def notified(notices: Sequence[Notice], now: datetime) -> dict[str, Any]:
    """The values of NOTIFY_PEOPLE for ``notices``."""
    rows = [
        {"id": new_id(), "workspace_id": n.workspace_id, "post_id": n.post_id, "kind": n.kind,
         "title": n.title, "body": n.body, "created_at": now}
        for n in notices
    ]  # fmt: skip
    return {"notices": orjson.dumps(rows, default=str).decode()}


async def notify_people(tx: Tx, notices: Sequence[Notice]) -> None:
    """Make ``notices``."""
    await tx.run(NOTIFY_PEOPLE, notified(notices, tx.now))


async def list_notifications(
    tx: Tx,
    workspace_id: UUID,
    *,
    unread: bool,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Notification]:
    """The newest ``limit`` before ``before``, newest first."""
    found = select(Notification).where(Notification.workspace_id == workspace_id)
    if unread:
        found = found.where(Notification.read_at.is_(None))
    if before:
        found = found.where(tuple_(Notification.created_at, Notification.id) < before)
    newest = found.order_by(Notification.created_at.desc(), Notification.id.desc()).limit(limit)
    return list(await tx.session.scalars(newest))


async def count_unread(tx: Tx, workspace_id: UUID) -> int:
    counted = select(func.count()).where(
        Notification.workspace_id == workspace_id, Notification.read_at.is_(None)
    )
    return await tx.session.scalar(counted) or 0


async def mark_read(tx: Tx, workspace_id: UUID, notification_id: UUID) -> Notification | None:
    """The notification, read now unless it was before; None if there is none."""
    mine = select(Notification).where(
        Notification.workspace_id == workspace_id, Notification.id == notification_id
    )
    found = await tx.session.scalar(mine)
    if found and found.read_at is None:
        found.read_at = tx.now
        await tx.session.flush()
    return found


async def mark_all_read(tx: Tx, workspace_id: UUID) -> int:
    """How many were unread."""
    unread = update(Notification).where(
        Notification.workspace_id == workspace_id, Notification.read_at.is_(None)
    )
    read = await tx.session.execute(unread.values(read_at=tx.now).returning(Notification.id))
    return len(read.all())
