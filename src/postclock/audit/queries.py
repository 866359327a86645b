"""SQL of the activity log. ``APPEND`` is shared by requests and nodes, each on its driver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, tuple_

from postclock.audit.model import ActivityLog, Event
from postclock.db.session import Tx
from postclock.ids import new_id

APPEND = """
INSERT INTO activity_logs (id, workspace_id, post_id, actor_id, kind, message, details, created_at)
SELECT * FROM jsonb_to_recordset(%(events)s::jsonb) AS x (id uuid, workspace_id uuid, post_id uuid,
  actor_id uuid, kind text, message text, details jsonb, created_at timestamptz)
"""


def appended(events: Sequence[Event], now: datetime) -> dict[str, Any]:
    """The values of APPEND for ``events``."""
    rows = [
        {"id": new_id(), "workspace_id": e.workspace_id, "post_id": e.post_id,
         "actor_id": e.actor_id, "kind": e.kind, "message": e.message,
         "details": dict(e.details), "created_at": now}
        for e in events
    ]  # fmt: skip
    return {"events": orjson.dumps(rows, default=str).decode()}


async def append(tx: Tx, *events: Event) -> None:
    """Append ``events`` in the caller's transaction."""
    await tx.run(APPEND, appended(events, tx.now))


async def list_activity(
    tx: Tx,
    workspace_id: UUID,
    *,
    post_id: UUID | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ActivityLog]:
    """The newest ``limit`` lines before ``before``, newest first."""
    found = select(ActivityLog).where(ActivityLog.workspace_id == workspace_id)
    if post_id:
        found = found.where(ActivityLog.post_id == post_id)
    if before:
        found = found.where(tuple_(ActivityLog.created_at, ActivityLog.id) < before)
    newest = found.order_by(ActivityLog.created_at.desc(), ActivityLog.id.desc()).limit(limit)
    return list(await tx.session.scalars(newest))
