"""Accounts and the platforms they are on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.api.v1.workspace import PauseOut
from postclock.services.accounts.queries import list_accounts
from postclock.services.posts import pauses

router = APIRouter(tags=["accounts"])


class AccountOut(BaseModel):
    """A connected profile; its secrets are never told."""

    id: UUID
    platform: str = Field(examples=["mastodon"])
    handle: str
    remote_id: str
    sandbox: bool = Field(description="Whether it lives on the pretend platforms.")
    status: str = Field(examples=["connected"])
    paused_at: datetime | None = Field(description="Since when nothing goes out to it.")
    blocked_until: datetime | None = Field(
        description="Until when its platform takes nothing from it, by its own word."
    )
    created_at: datetime


class AccountPage(BaseModel):
    items: list[AccountOut]
    next_cursor: str | None = None


@router.get("/accounts")
async def get_accounts(tx: UserTx, who: Signed) -> AccountPage:
    """The workspace's accounts, oldest first."""
    rows = await list_accounts(tx, who.workspace_id)
    return AccountPage(
        items=[
            AccountOut(
                id=a.id, platform=a.platform, handle=a.handle, remote_id=a.remote_id,
                sandbox=a.sandbox, status=a.status, paused_at=a.paused_at,
                blocked_until=a.blocked_until, created_at=a.created_at,
            )
            for a in rows
        ]
    )  # fmt: skip


@router.post("/accounts/{account_id:uuid}/pause")
async def pause_account(account_id: UUID, parts: PartsOf, who: Signed) -> PauseOut:
    """Let nothing go out to it until it is resumed."""
    return PauseOut.of(await pauses.pause(parts.database, who, pauses.of_account(account_id)))


@router.post("/accounts/{account_id:uuid}/resume")
async def resume_account(account_id: UUID, parts: PartsOf, who: Signed) -> PauseOut:
    """Go on; what is late meanwhile goes by its late policy."""
    return PauseOut.of(await pauses.resume(parts.database, who, pauses.of_account(account_id)))
