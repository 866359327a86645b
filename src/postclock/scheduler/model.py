"""What the scheduler talks about: claims, outcomes, sightings, receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from postclock.errors import Problem
from postclock.scheduler.states import State

Staged = Mapping[str, Any]
"""What makes resume and find possible (``deliveries.staged``): plain JSON, a platform's own."""


@dataclass(frozen=True, slots=True)
class Window:
    """A quota: at most ``limit`` deliveries of one account in any span of ``seconds``."""

    limit: int
    seconds: int

    @property
    def span(self) -> timedelta:
        return timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform returned: the proof that the post is public."""

    remote_id: str
    permalink: str | None = None
    accepted_at: datetime | None = None
    note: str = ""
    """What went wrong afterwards (a first comment that was refused), in a sentence for a person."""


# --- outcomes of one attempt: a closed union, matched exhaustively; ``answer`` is what the platform
# --- said, cut short and without secrets, for the attempt's record -------------------------------


@dataclass(frozen=True, slots=True)
class Published:
    """It is public; the receipt proves it."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Retry:
    """Certainly not published, may work later.

    ``after`` is the earliest moment the platform allows, if it named one. ``counts`` is False
    for a wait (a rate limit), which uses up none of the tries. ``restage``: what was uploaded is
    gone, and must be uploaded again.
    """

    problem: Problem
    after: datetime | None = None
    counts: bool = True
    restage: bool = False
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Certainly not published, and never will be as it is: the author must edit."""

    problem: Problem
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class NeedsLogin:
    """Certainly not published: the account must be connected again by a person."""

    problem: Problem
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Bytes may have arrived and no clear answer came.

    ``answered`` tells that the platform did answer (a 5xx), so nothing is still on its way.
    """

    problem: Problem
    answered: bool = False
    answer: str | None = None


Outcome = Published | Retry | Rejected | NeedsLogin | Unknown


# --- what a look at the platform shows: a closed union -------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """It is there."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Absent:
    """It is not there, and sending the same again cannot make a second one."""


@dataclass(frozen=True, slots=True)
class NotSeen:
    """It was not in the list that was read; that alone proves little."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The platform cannot be asked, or did not answer the question."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resume:
    """What was in doubt is public and noted; what is missing may be sent. No failure."""


@dataclass(frozen=True, slots=True)
class Pending:
    """The platform has it and still works on it: it is asked again, for up to a day."""

    reason: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The platform took it and then did not publish it: the author must edit."""

    problem: Problem


Sighting = Found | Absent | NotSeen | CannotTell | Resume | Pending | Declined


@dataclass(frozen=True, slots=True)
class Target:
    """The account a delivery goes to, as the claim read it. ``secrets`` is still encrypted."""

    account_id: UUID
    platform: str
    remote_id: str
    handle: str
    server: str | None
    sandbox: bool
    status: str
    secrets: bytes | None
    key_id: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery in this node's hands, under its fence.

    ``state`` is ``claimed`` (send it at ``instant``), ``staging`` (upload what it carries) or
    ``unknown`` (ask the platform). ``pause`` names what is paused, if anything is.
    ``told_at`` is what the database's clock said.
    ``doubted_at`` is the intent of the first attempt that may have arrived, ``settled_at`` the
    moment from which nothing of the last one can still be on its way; ``resent`` tells that the
    one guarded attempt after unseen looks is used up.
    """

    delivery_id: UUID
    post_id: UUID
    workspace_id: UUID
    fence: int
    state: State
    due_at: datetime
    instant: datetime
    failures: int
    looks: int
    stage_failures: int
    staged: Staged
    resent: bool
    doubted_at: datetime | None
    settled_at: datetime | None
    content: Mapping[str, Any]
    late_policy: str
    late_grace_seconds: int | None
    pause: str | None
    told_at: datetime
    target: Target

    @property
    def hold(self) -> tuple[UUID, int]:
        """What it is held by: after its lease ran out the same delivery may come in again."""
        return self.delivery_id, self.fence
