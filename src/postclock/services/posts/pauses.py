"""Pausing a workspace, an account or a campaign, and going on.

Each is two transactions, the pause itself committed first. A node that records what happened locks
posts, deliveries and then accounts; one transaction that changed an account and then took its
deliveries back would lock them the other way round. Whoever claims after the first sees the pause;
the second takes back what nodes hold already. Both calls do their second part also when there was
nothing to change, so that repeating one mends what was cut off between the two.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.db.session import Database, Tx
from postclock.errors import Forbidden, NotFound
from postclock.services.accounts.queries import lock_account
from postclock.services.campaigns.queries import lock_campaign
from postclock.services.people.model import Who
from postclock.services.people.queries import lock_workspace
from postclock.services.posts import queries


class Pausable(Protocol):
    """A stored row that can be paused."""

    paused_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is paused: how to find and lock it, who may, and how it is told."""

    find: Callable[[Tx, Who], Awaitable[tuple[Pausable, str] | None]]
    """The row and its name; None when the workspace has none."""
    may: Callable[[Who], bool]
    paused: Kind
    resumed: Kind
    key: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """The pause as it now is; how many deliveries it stopped, or its end let go."""

    paused_at: datetime | None
    deliveries: int


def of_workspace() -> Subject:
    async def find(tx: Tx, who: Who) -> tuple[Pausable, str]:
        return await lock_workspace(tx, who.workspace_id), "the workspace"

    return Subject(
        find, lambda who: who.may_administer, Kind.WORKSPACE_PAUSED, Kind.WORKSPACE_RESUMED,
        "workspace_id",
    )  # fmt: skip


def of_account(account_id: UUID) -> Subject:
    async def find(tx: Tx, who: Who) -> tuple[Pausable, str] | None:
        account = await lock_account(tx, who.workspace_id, account_id)
        return (account, f"@{account.handle}") if account else None

    return Subject(
        find, lambda who: who.may_write, Kind.ACCOUNT_PAUSED, Kind.ACCOUNT_RESUMED,
        "account_id", account_id,
    )  # fmt: skip


def of_campaign(campaign_id: UUID) -> Subject:
    async def find(tx: Tx, who: Who) -> tuple[Pausable, str] | None:
        campaign = await lock_campaign(tx, who.workspace_id, campaign_id)
        return (campaign, f"campaign “{campaign.name}”") if campaign else None

    return Subject(
        find, lambda who: who.may_write, Kind.CAMPAIGN_PAUSED, Kind.CAMPAIGN_RESUMED,
        "campaign_id", campaign_id,
    )  # fmt: skip


async def pause(database: Database, who: Who, subject: Subject) -> Pause:
    """Let nothing of ``subject`` leave; what nodes hold is held, the rest when its turn comes.

    Raises Forbidden or NotFound.
    """
    paused_at = await _set(database, who, subject, pausing=True)
    async with database.as_user(who.user_id) as tx:
        return Pause(paused_at, await queries.hold(tx, who.workspace_id))


async def resume(database: Database, who: Who, subject: Subject) -> Pause:
    """Let go what nothing else holds; raises Forbidden or NotFound."""
    await _set(database, who, subject, pausing=False)
    async with database.as_user(who.user_id) as tx:
        return Pause(None, await queries.resume(tx, who.workspace_id))


async def go_on(database: Database, workspace_id: UUID) -> int:
    """Let go what nothing holds any more, once an account is connected again; how many."""
    async with database.as_system() as tx:
        return await queries.resume(tx, workspace_id)


async def _set(database: Database, who: Who, subject: Subject, *, pausing: bool) -> datetime | None:
    if not subject.may(who):
        raise Forbidden("role_forbids", f"Your role ({who.role}) may not pause this.")
    async with database.as_user(who.user_id) as tx:
        found = await subject.find(tx, who)
        if found is None:
            raise NotFound("not_found", "There is nothing like this in your workspace.")
        row, name = found
        if (row.paused_at is not None) != pausing:
            row.paused_at = tx.now if pausing else None
            await tx.session.flush()
            await _tell(tx, who, subject, name, pausing=pausing)
        return row.paused_at


async def _tell(tx: Tx, who: Who, subject: Subject, name: str, *, pausing: bool) -> None:
    kind, verb = (subject.paused, "Paused") if pausing else (subject.resumed, "Resumed")
    details = {subject.key: subject.id or who.workspace_id}
    event = Event(who.workspace_id, kind, f"{verb} {name}", None, who.user_id, details)
    await audit.append(tx, event)
