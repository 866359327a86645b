"""What the scheduler needs from the layers above it; the composition roots hand it in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from postclock.scheduler.model import Claim, Outcome, Sighting, Staged, Window

Arrow = Literal[
    "claimed",
    "prepared",
    "intended",
    "leaving",
    "writing",
    "answered",
    "recorded",
    "staging",
    "saved",
    "staged",
    "looking",
    "looked",
]
"""The steps a delivery takes through a node, in the runner's words."""
Reached = Callable[[Arrow], None]
"""Called right after each step; tests stop a process there."""


Save = Callable[[Staged], Awaitable[None]]


class Lost(Exception):
    """The delivery is no longer this node's."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claim that is ready to leave: what it will say is fixed in ``staged``.

    ``parcel`` is the publisher's own (a decrypted login and a draft); the scheduler never looks.
    """

    claim: Claim
    staged: Staged
    parcel: Any


class Publisher(Protocol):
    """Talks to platforms. Whatever happens is an outcome or a sighting and never raised.

    Only ``find`` raises what the database raises while it is away.
    """

    def read_lag(self, platform: str) -> timedelta:
        """How long after accepting a post the platform may still not show it."""
        ...

    def may_resend(self, platform: str) -> bool:
        """Whether one guarded attempt may follow looks that did not see the post."""
        ...

    def windows(self) -> Mapping[str, Sequence[Window]]:
        """The quotas of the accounts of each platform that has any."""
        ...

    async def stage(self, claim: Claim, save: Save) -> Staged | Outcome:
        """Upload what the claim carries, ahead of its moment; an outcome if that fails.

        ``save`` commits how far it came, and raises Lost when another node has it.
        """
        ...

    def prepare_now(self, claim: Claim) -> Prepared | Outcome | None:
        """``prepare`` where nobody has to be asked for it; None where somebody has."""
        ...

    async def prepare(self, claim: Claim) -> Prepared | Outcome:
        """Load, check and plan ahead of the instant; an outcome if it cannot be sent."""
        ...

    async def send(self, prepared: Prepared, may_write: Callable[[], bool], save: Save) -> Outcome:
        """The one call that makes it public, or the calls, where it has parts.

        ``may_write`` is asked once connected, just before the first byte; if it says no, nothing
        leaves. ``save`` commits which parts are public and renews the lease; it raises Lost when
        another node has it.
        """
        ...

    async def find(
        self, claim: Claim, since: datetime, taken: frozenset[str], save: Save
    ) -> Sighting:
        """Ask the platform whether an attempt made since ``since`` arrived.

        ``taken`` are the remote ids that other deliveries of the account hold. ``save`` commits
        which parts were found.
        """
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """What a record did to one post.

    ``moved`` maps the deliveries that moved to their new state (``twice``: the platform holds it
    twice). ``deliveries`` tells of each that is not canceled: id, platform, account_id, handle,
    state, due_at, wake_at, late_ms, remote_id, permalink, error_code, error_message,
    stage_failures, and the post's topic and text; plain JSON values.
    """

    post_id: UUID
    workspace_id: UUID
    was: str
    status: str
    removed: bool
    moved: Mapping[UUID, str]
    deliveries: Sequence[Mapping[str, Any]]


class Witness(Protocol):
    """Tells people what happened, in the transaction that records it."""

    async def recorded(
        self, connection: AsyncConnection[DictRow], changes: Sequence[Change], now: datetime
    ) -> None:
        """Write activity lines and notifications for ``changes``."""
        ...
