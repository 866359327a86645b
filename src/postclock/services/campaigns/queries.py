"""SQL about campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, text

from postclock.db.session import Tx
from postclock.services.campaigns.model import Campaign, CampaignView

COUNTS = text("""
SELECT campaign_id, status, count(*) AS posts FROM posts
 WHERE campaign_id = ANY (:campaigns) AND deleted_at IS NULL GROUP BY campaign_id, status
""")


async def list_campaigns(tx: Tx, workspace_id: UUID) -> list[Campaign]:
    """The workspace's campaigns, newest first."""
    mine = select(Campaign).where(Campaign.workspace_id == workspace_id)
    newest = mine.order_by(Campaign.created_at.desc(), Campaign.id.desc())
    return list(await tx.session.scalars(newest))


async def get_campaign(tx: Tx, workspace_id: UUID, campaign_id: UUID) -> Campaign | None:
    mine = select(Campaign).where(Campaign.workspace_id == workspace_id, Campaign.id == campaign_id)
    return await tx.session.scalar(mine)


async def lock_campaign(tx: Tx, workspace_id: UUID, campaign_id: UUID) -> Campaign | None:
    """The workspace's campaign, locked against other changes."""
    mine = select(Campaign).where(Campaign.workspace_id == workspace_id, Campaign.id == campaign_id)
    return await tx.session.scalar(mine.with_for_update(key_share=True))


async def views(tx: Tx, campaigns: Sequence[Campaign]) -> list[CampaignView]:
    """The campaigns, each with its counts of posts by status."""
    rows = await tx.session.execute(COUNTS, {"campaigns": [one.id for one in campaigns]})
    counted = rows.all()
    return [
        CampaignView(one, {row.status: row.posts for row in counted if row.campaign_id == one.id})
        for one in campaigns
    ]


async def lock_names(tx: Tx, workspace_id: UUID) -> None:
    """Let one at a time give names to the workspace's campaigns."""
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended('postclock-campaigns:' || :id, 0))")
    await tx.session.execute(lock, {"id": str(workspace_id)})


async def named(tx: Tx, workspace_id: UUID, name: str) -> Campaign | None:
    """The campaign of that name, capital or not."""
    same = func.lower(Campaign.name) == func.lower(name)
    return await tx.session.scalar(
        select(Campaign).where(Campaign.workspace_id == workspace_id, same)
    )


async def keep_campaign(tx: Tx, workspace_id: UUID, campaign_id: UUID) -> bool:
    """Whether the workspace has the campaign; if so it stays until this transaction ends."""
    mine = select(Campaign.id).where(
        Campaign.workspace_id == workspace_id, Campaign.id == campaign_id
    )
    kept = mine.with_for_update(read=True, key_share=True)
    return await tx.session.scalar(kept) is not None


async def delete_campaign(tx: Tx, campaign: Campaign) -> None:
    """Delete it; the database takes its posts out of it."""
    await tx.session.execute(delete(Campaign).where(Campaign.id == campaign.id))
