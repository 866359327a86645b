"""The activity log."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from postclock.api.deps import Signed, UserTx
from postclock.api.paging import Cursor, Limit, page, read_cursor
from postclock.audit.queries import list_activity

router = APIRouter(prefix="/activity", tags=["activity"])


class ActivityOut(BaseModel):
    """One line: what happened, by whom, to which post."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str = Field(examples=["post.published"])
    message: str
    post_id: UUID | None
    actor_id: UUID | None = Field(description="Who did it; null when Postclock did.")
    details: dict[str, Any]
    created_at: datetime


class ActivityPage(BaseModel):
    items: list[ActivityOut]
    next_cursor: str | None


@router.get("")
async def get_activity(
    tx: UserTx, who: Signed, post_id: UUID | None = None, limit: Limit = 50, cursor: Cursor = None
) -> ActivityPage:
    """The newest lines first."""
    rows = await list_activity(
        tx, who.workspace_id, post_id=post_id, before=read_cursor(cursor), limit=limit + 1
    )
    shown, following = page(rows, limit, lambda row: (row.created_at, row.id))
    return ActivityPage(
        items=[ActivityOut.model_validate(row) for row in shown], next_cursor=following
    )
