"""What a person must hear of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from postclock.api.deps import Signed, UserTx
from postclock.api.paging import Cursor, Limit, page, read_cursor
from postclock.errors import NotFound
from postclock.services.notifications import queries

router = APIRouter(prefix="/notifications", tags=["notifications"])


class NotificationOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str = Field(examples=["post_published"])
    title: str = Field(examples=["Scheduled post published!"])
    body: str
    post_id: UUID | None
    created_at: datetime
    read_at: datetime | None


class NotificationPage(BaseModel):
    items: list[NotificationOut]
    next_cursor: str | None
    unread_count: int


class ReadCount(BaseModel):
    read: int


@router.get("")
async def get_notifications(
    tx: UserTx, who: Signed, unread: bool = False, limit: Limit = 20, cursor: Cursor = None
) -> NotificationPage:
    """The newest first, with how many are unread in all."""
    rows = await queries.list_notifications(
        tx, who.workspace_id, unread=unread, before=read_cursor(cursor), limit=limit + 1
    )
    shown, following = page(rows, limit, lambda row: (row.created_at, row.id))
    return NotificationPage(
        items=[NotificationOut.model_validate(row) for row in shown],
        next_cursor=following,
        unread_count=await queries.count_unread(tx, who.workspace_id),
    )


@router.post("/read-all")
async def read_all(tx: UserTx, who: Signed) -> ReadCount:
    """Mark every notification as read."""
    return ReadCount(read=await queries.mark_all_read(tx, who.workspace_id))


@router.post("/{notification_id:uuid}/read")
async def read_one(notification_id: UUID, tx: UserTx, who: Signed) -> NotificationOut:
    """Mark one as read."""
    found = await queries.mark_read(tx, who.workspace_id, notification_id)
    if found is None:
        raise NotFound("not_found", "There is no such notification.")
    return NotificationOut.model_validate(found)
