"""Campaigns: list, create, rename, delete; pause and resume."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from postclock.api.bodies import Body, Text
from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.api.v1.workspace import PauseOut
from postclock.db.session import Tx
from postclock.errors import NotFound
from postclock.services.campaigns import queries, service
from postclock.services.campaigns.model import Campaign, CampaignView
from postclock.services.posts import pauses

router = APIRouter(prefix="/campaigns", tags=["campaigns"])


class CampaignWish(Body):
    name: Text = Field(max_length=200, examples=["Spring launch"])


class CampaignOut(BaseModel):
    """Posts that belong together."""

    id: UUID
    name: str
    paused_at: datetime | None = Field(description="Since when nothing of it goes out.")
    posts: dict[str, int] = Field(
        description="How many posts it has, by status.", examples=[{"scheduled": 3, "published": 1}]
    )
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: CampaignView) -> CampaignOut:
        one = view.campaign
        return cls(
            id=one.id, name=one.name, paused_at=one.paused_at, posts=dict(view.posts),
            created_at=one.created_at, updated_at=one.updated_at,
        )  # fmt: skip


class CampaignPage(BaseModel):
    items: list[CampaignOut]
    next_cursor: str | None = None


async def _shown(tx: Tx, campaign: Campaign) -> CampaignOut:
    return CampaignOut.of((await queries.views(tx, [campaign]))[0])


@router.get("")
async def list_campaigns(tx: UserTx, who: Signed) -> CampaignPage:
    """The workspace's campaigns, newest first."""
    found = await queries.list_campaigns(tx, who.workspace_id)
    return CampaignPage(items=[CampaignOut.of(view) for view in await queries.views(tx, found)])


@router.post("", status_code=201)
async def create_campaign(body: CampaignWish, tx: UserTx, who: Signed) -> CampaignOut:
    """A new campaign, without posts."""
    return await _shown(tx, await service.create(tx, who, body.name))


@router.get("/{campaign_id:uuid}")
async def read_campaign(campaign_id: UUID, tx: UserTx, who: Signed) -> CampaignOut:
    """One campaign."""
    campaign = await queries.get_campaign(tx, who.workspace_id, campaign_id)
    if campaign is None:
        raise NotFound("not_found", "There is no such campaign.")
    return await _shown(tx, campaign)


@router.put("/{campaign_id:uuid}")
async def rename_campaign(
    campaign_id: UUID, body: CampaignWish, tx: UserTx, who: Signed
) -> CampaignOut:
    """Give it another name."""
    return await _shown(tx, await service.rename(tx, who, campaign_id, body.name))


@router.delete("/{campaign_id:uuid}", status_code=204)
async def delete_campaign(campaign_id: UUID, tx: UserTx, who: Signed) -> None:
    """Delete it; its posts stay, without a campaign."""
    await service.delete(tx, who, campaign_id)


@router.post("/{campaign_id:uuid}/pause")
async def pause_campaign(campaign_id: UUID, parts: PartsOf, who: Signed) -> PauseOut:
    """Let none of its posts go out until it is resumed."""
    return PauseOut.of(await pauses.pause(parts.database, who, pauses.of_campaign(campaign_id)))


@router.post("/{campaign_id:uuid}/resume")
async def resume_campaign(campaign_id: UUID, parts: PartsOf, who: Signed) -> PauseOut:
    """Go on; what is late meanwhile goes by its late policy."""
    return PauseOut.of(await pauses.resume(parts.database, who, pauses.of_campaign(campaign_id)))
