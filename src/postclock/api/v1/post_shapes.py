"""What comes out where posts are concerned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from postclock.api.errors import ProblemItem
from postclock.errors import Problem
from postclock.publishing.taking_back import Taken
from postclock.services.accounts.model import Account
from postclock.services.people.model import LatePolicy
from postclock.services.posts.checking import Checked
from postclock.services.posts.model import Delivery, PostView, Status
from postclock.services.posts.reservations import Standing, plain


class QuotaOut(BaseModel):
    """How an account's quota stands around a post's moment, the post itself not counted."""

    account_id: UUID
    platform: str
    limit: int
    window_seconds: int
    left: int = Field(description="How many fit into the fullest span around the moment.")
    next_free_at: datetime | None = Field(
        description="The first moment, from the post's on, that has room; null when too many wait."
    )

    @classmethod
    def of(cls, standing: Standing) -> QuotaOut:
        return cls.model_validate(plain(standing))


class DeliveryError(BaseModel):
    code: str
    message: str


class Doubt(BaseModel):
    """What is known of a delivery whose outcome is not."""

    intended_at: datetime | None = Field(description="When the first lost attempt was made.")
    looks: int = Field(description="How often its platform was asked since the last attempt.")
    last_looked_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, row: Delivery) -> Doubt | None:
        if row.state not in ("unknown", "unconfirmed"):
            return None
        return cls(
            intended_at=row.doubted_at or row.intended_at, looks=row.looks,
            last_looked_at=row.updated_at if row.looks else None, reason=row.error_message,
        )  # fmt: skip


class PartOut(BaseModel):
    """A public post of a thread."""

    remote_id: str
    permalink: str | None


class TakenOut(BaseModel):
    """What became of one delivery that was taken back."""

    delivery_id: UUID
    platform: str
    handle: str
    removed: int = Field(description="How many of its public posts are gone.")
    left: int
    problem: ProblemItem | None = Field(description="Why not all of them.")

    @classmethod
    def of(cls, taken: Taken) -> TakenOut:
        told = taken.problem
        problem = ProblemItem(code=told.code, message=told.message) if told else None
        return cls(
            delivery_id=taken.delivery_id, platform=taken.platform, handle=taken.handle,
            removed=taken.removed, left=taken.left, problem=problem,
        )  # fmt: skip


class TakenBack(BaseModel):
    items: list[TakenOut]


class DeliveryOut(BaseModel):
    """One post to one account: the unit that is timed, sent and retried."""

    id: UUID
    platform: str
    account_id: UUID
    handle: str
    sandbox: bool = Field(description="Whether it goes to the pretend platforms.")
    state: str
    due_at: datetime
    next_at: datetime | None = Field(description="When Postclock acts on it next.")
    sent_at: datetime | None
    accepted_at: datetime | None
    late_ms: float | None = Field(description="`sent_at` − `due_at`, in milliseconds.")
    remote_id: str | None
    permalink: str | None
    failures: int
    error: DeliveryError | None
    doubt: Doubt | None = Field(description="While its outcome is `unknown` or `unconfirmed`.")
    left_at: datetime | None = Field(description="When a person left it unconfirmed.")
    parts: list[PartOut] = Field(description="What of a thread is public by now, in order.")
    note: str | None = Field(description="What went wrong after it was public.")
    removed_at: datetime | None = Field(description="When it was taken back.")

    @classmethod
    def of(cls, row: Delivery, account: Account) -> DeliveryOut:
        error = (
            DeliveryError(code=row.error_code or "failed", message=row.error_message)
            if row.error_message
            else None
        )
        return cls(
            id=row.id, platform=row.platform, account_id=row.account_id, handle=account.handle,
            sandbox=account.sandbox,
            state=row.state, due_at=row.due_at, next_at=row.wake_at, sent_at=row.sent_at,
            accepted_at=row.accepted_at, late_ms=row.late_ms, remote_id=row.remote_id,
            permalink=row.permalink, failures=row.failures, error=error,
            doubt=Doubt.of(row), left_at=row.left_at, note=row.note, removed_at=row.removed_at,
            parts=[PartOut(remote_id=one["id"], permalink=one.get("url")) for one in row.parts],
        )  # fmt: skip


class PostOut(BaseModel):
    """A post as it is stored, with its deliveries."""

    id: UUID
    workspace_id: UUID
    author_id: UUID | None
    campaign_id: UUID | None
    topic: str
    platforms: list[str]
    accounts: list[UUID]
    content: dict[str, Any] = Field(examples=[{"twitter": {"text": "Hello from Postclock"}}])
    status: Status
    scheduled_at: datetime | None
    local_time: str | None
    time_zone: str | None
    fold: int | None
    late_policy: LatePolicy
    late_grace_seconds: int | None
    publish_retry_count: int
    publish_error: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    deliveries: list[DeliveryOut]
    quotas: list[QuotaOut] = Field(
        description="Told in the answer to what gave it its moment; else empty."
    )

    @classmethod
    def of(cls, view: PostView, standings: Sequence[Standing] = ()) -> PostOut:
        post = view.post
        return cls(
            id=post.id, workspace_id=post.workspace_id, author_id=post.author_id,
            campaign_id=post.campaign_id, topic=post.topic,
            platforms=post.platforms, accounts=post.account_ids, content=post.content,
            status=post.status,
            scheduled_at=post.scheduled_at,
            local_time=post.local_time.isoformat() if post.local_time else None,
            time_zone=post.time_zone, fold=post.fold, late_policy=post.late_policy,
            late_grace_seconds=post.late_grace_seconds,
            publish_retry_count=post.publish_retry_count, publish_error=post.publish_error,
            version=post.version, created_at=post.created_at, updated_at=post.updated_at,
            deliveries=[DeliveryOut.of(row, account) for row, account in view.deliveries],
            quotas=[QuotaOut.of(standing) for standing in standings],
        )  # fmt: skip


class PostPage(BaseModel):
    items: list[PostOut]
    next_cursor: str | None


class CountOut(BaseModel):
    platform: str
    account_id: UUID
    count: int
    maximum: int
    unit: str


class CheckOut(BaseModel):
    """What is wrong with a post that is not saved yet, and how long its texts are."""

    problems: list[ProblemItem]
    warnings: list[ProblemItem] = Field(
        description="What an author may accept: a quota without room, by `accept_over_quota`."
    )
    counts: list[CountOut]
    quotas: list[QuotaOut]

    @classmethod
    def of(cls, checked: Checked) -> CheckOut:
        return cls(
            problems=[_item(problem) for problem in checked.problems],
            warnings=[_item(problem) for problem in checked.warnings],
            counts=[CountOut.model_validate(c, from_attributes=True) for c in checked.counts],
            quotas=[QuotaOut.of(standing) for standing in checked.quotas],
        )


def _item(problem: Problem) -> ProblemItem:
    return ProblemItem(code=problem.code, message=problem.message, field=problem.field)


class AttemptOut(BaseModel):
    """One try of a delivery, committed before a byte was sent."""

    delivery_id: UUID
    platform: str
    number: int
    node: str
    intended_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    answer: str | None


class AttemptList(BaseModel):
    items: list[AttemptOut]
