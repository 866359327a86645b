"""Accounts and the platforms they are on."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.api.v1.post_shapes import QuotaOut
from postclock.api.v1.visit_shapes import TypedWish, VisitOut
from postclock.api.v1.workspace import PauseOut
from postclock.services.accounts.model import Account
from postclock.services.accounts.queries import list_accounts
from postclock.services.posts import departures, pauses
from postclock.services.posts.reservations import Standing, stand

router = APIRouter(tags=["accounts"])


class AccountOut(BaseModel):
    """A connected profile; its secrets are never told."""

    id: UUID
    platform: str = Field(examples=["mastodon"])
    handle: str
    name: str = Field(description="What it is called on its platform; may be empty.")
    avatar_url: str | None
    kind: str = Field(description="What it is, where a platform has several kinds.")
    way: str = Field(description="How it was connected: one of its platform's `ways`.")
    server: str | None = Field(description="The server it lives on, where platforms have many.")
    remote_id: str
    sandbox: bool = Field(description="Whether it lives on the pretend platforms.")
    status: Literal["connected", "needs_login", "disconnected"] = Field(
        description="`needs_login`: connect it again; its posts wait. `disconnected`: removed."
    )
    problem: str | None = Field(description="Why it needs a person.")
    renew_at: datetime | None = Field(description="From when its login is renewed by itself.")
    login_ends_at: datetime | None = Field(
        description="When only a person can renew it, unless it is renewed before."
    )
    quota: QuotaOut | None = Field(description="How its quota stands now; null: it has none.")
    paused_at: datetime | None = Field(description="Since when nothing goes out to it.")
    blocked_until: datetime | None = Field(
        description="Until when its platform takes nothing from it, by its own word."
    )
    connected_at: datetime | None = Field(description="When it was last connected by a person.")
    created_at: datetime

    @classmethod
    def of(cls, a: Account, quota: Standing | None) -> AccountOut:
        return cls(
            id=a.id, platform=a.platform, handle=a.handle, name=a.name, avatar_url=a.avatar_url,
            kind=a.kind, way=a.way, server=a.server, remote_id=a.remote_id, sandbox=a.sandbox,
            status=a.status, problem=a.problem, renew_at=a.renew_at,
            login_ends_at=a.login_ends_at, paused_at=a.paused_at, blocked_until=a.blocked_until,
            connected_at=a.connected_at, created_at=a.created_at,
            quota=QuotaOut.of(quota) if quota else None,
        )  # fmt: skip


class AccountPage(BaseModel):
    items: list[AccountOut]
    next_cursor: str | None = None


class RemovedOut(BaseModel):
    """What removing an account changed."""

    posts: int = Field(description="How many posts that waited no longer go there.")


@router.get("/accounts")
async def get_accounts(
    tx: UserTx, parts: PartsOf, who: Signed, removed: bool = False
) -> AccountPage:
    """The workspace's accounts, oldest first; those that were removed only when asked for."""
    rows = await list_accounts(tx, who.workspace_id)
    shown = [a for a in rows if removed or a.status != "disconnected"]
    standings = await stand(tx, parts.quotas, shown, tx.now)
    quotas = {standing.account.id: standing for standing in standings}
    return AccountPage(items=[AccountOut.of(a, quotas.get(a.id)) for a in shown])


@router.post("/accounts/connect")
async def connect_account(body: TypedWish, parts: PartsOf, who: Signed) -> VisitOut:
    """Connect an account by what a person typed, such as an app password.

    One profile is connected at once; of several, pick as after `/oauth/{platform}/start`.
    """
    seen = await parts.visits.typed(who, body.errand(body.platform), body.fields)
    return VisitOut.of(seen)


@router.delete("/accounts/{account_id:uuid}")
async def remove_account(account_id: UUID, parts: PartsOf, who: Signed) -> RemovedOut:
    """Remove it and forget its secrets; owners and admins only.

    What waited for it is canceled, its history stays. 409 while something is being sent to it.
    """
    return RemovedOut(posts=await departures.remove_account(parts.database, who, account_id))


@router.post("/accounts/{account_id:uuid}/pause")
async def pause_account(account_id: UUID, parts: PartsOf, who: Signed) -> PauseOut:
    """Let nothing go out to it until it is resumed."""
    return PauseOut.of(await pauses.pause(parts.database, who, pauses.of_account(account_id)))


@router.post("/accounts/{account_id:uuid}/resume")
async def resume_account(account_id: UUID, parts: PartsOf, who: Signed) -> PauseOut:
    """Go on; what is late meanwhile goes by its late policy."""
    return PauseOut.of(await pauses.resume(parts.database, who, pauses.of_account(account_id)))
