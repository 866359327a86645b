"""What a post is told besides its content: its campaign, and what becomes of it when it is late."""

from __future__ import annotations

from postclock.db.session import Tx
from postclock.errors import Problem
from postclock.services.campaigns.queries import keep_campaign
from postclock.services.people.model import Who
from postclock.services.posts.model import Post, Wish


async def lock_belonging(tx: Tx, who: Who, wish: Wish) -> None:
    """Keep the wished campaign from being deleted: before the post is locked, as a delete does."""
    if wish.campaign_id is not None:
        await keep_campaign(tx, who.workspace_id, wish.campaign_id)


async def apply_belonging(tx: Tx, who: Who, post: Post, wish: Wish) -> list[Problem]:
    """Write the wish's campaign and late policy into the post; what is wrong with them."""
    clears = wish.clears or ()
    post.late_policy = wish.late_policy or post.late_policy
    if wish.late_grace_seconds is not None or "late_grace_seconds" in clears:
        post.late_grace_seconds = wish.late_grace_seconds
    if "campaign_id" in clears:
        post.campaign_id = None
    if wish.campaign_id is None:
        return []
    if not await keep_campaign(tx, who.workspace_id, wish.campaign_id):
        return [Problem("campaign_unknown", "This workspace has no such campaign.", "campaign_id")]
    post.campaign_id = wish.campaign_id
    return []
