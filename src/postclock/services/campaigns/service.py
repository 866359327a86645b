"""Making, renaming and deleting campaigns."""

from __future__ import annotations

from uuid import UUID

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.db.session import Tx
from postclock.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from postclock.ids import new_id
from postclock.services.campaigns import queries
from postclock.services.campaigns.model import Campaign
from postclock.services.people.model import Who


async def create(tx: Tx, who: Who, name: str) -> Campaign:
    """A new campaign; raises Invalid without a name, Conflict when another one has it."""
    _require_writer(who)
    name = await _free_name(tx, who, name)
    campaign = Campaign(
        id=new_id(), workspace_id=who.workspace_id, user_id=who.user_id, name=name,
        created_at=tx.now, updated_at=tx.now,
    )  # fmt: skip
    tx.session.add(campaign)
    await tx.session.flush()
    await _tell(tx, who, campaign, Kind.CAMPAIGN_CREATED, f"Campaign “{name}” created")
    return campaign


async def rename(tx: Tx, who: Who, campaign_id: UUID, name: str) -> Campaign:
    """Give it another name; raises as creating does, or NotFound."""
    _require_writer(who)
    name = await _free_name(tx, who, name, but=campaign_id)
    campaign = await _locked(tx, who, campaign_id)
    if campaign.name != name:
        message = f"Campaign “{campaign.name}” is now “{name}”"
        campaign.name, campaign.updated_at = name, tx.now
        await tx.session.flush()
        await _tell(tx, who, campaign, Kind.CAMPAIGN_RENAMED, message)
    return campaign


async def delete(tx: Tx, who: Who, campaign_id: UUID) -> None:
    """Delete it; its posts stay, without a campaign. Raises Conflict while it is paused.

    Deleting would end the pause unseen, and with it send what the pause keeps back.
    """
    _require_writer(who)
    campaign = await _locked(tx, who, campaign_id)
    if campaign.paused_at is not None:
        raise Conflict(
            "campaign_paused",
            "This campaign is paused: resume it first, or its posts would wait for ever.",
        )
    await queries.delete_campaign(tx, campaign)
    message = f"Campaign “{campaign.name}” deleted"
    await _tell(tx, who, campaign, Kind.CAMPAIGN_DELETED, message)


async def _locked(tx: Tx, who: Who, campaign_id: UUID) -> Campaign:
    campaign = await queries.lock_campaign(tx, who.workspace_id, campaign_id)
    if campaign is None:
        raise NotFound("not_found", "There is no such campaign.")
    return campaign


async def _free_name(tx: Tx, who: Who, name: str, *, but: UUID | None = None) -> str:
    name = name.strip()
    if not name:
        message = "A campaign needs a name."
        problems = [Problem("name_missing", message, "name")]
        raise Invalid("name_missing", message, problems=problems)
    await queries.lock_names(tx, who.workspace_id)
    other = await queries.named(tx, who.workspace_id, name)
    if other is not None and other.id != but:
        raise Conflict("campaign_exists", f"There is a campaign “{other.name}” already.")
    return name


def _require_writer(who: Who) -> None:
    if not who.may_write:
        raise Forbidden("role_forbids", f"Your role ({who.role}) may not change campaigns.")


async def _tell(tx: Tx, who: Who, campaign: Campaign, kind: Kind, message: str) -> None:
    details = {"campaign_id": campaign.id}
    event = Event(who.workspace_id, kind, message, None, who.user_id, details)
    await audit.append(tx, event)
