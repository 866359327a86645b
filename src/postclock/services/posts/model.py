"""Posts, their deliveries, and what is told about both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from postclock.db.base import Base
from postclock.services.accounts.model import Account

Status = Literal[
    "draft", "ready_to_publish", "scheduled", "publishing", "published", "partially_published",
    "failed", "missed", "unconfirmed",
]  # fmt: skip
SETTABLE: frozenset[str] = frozenset({"draft", "ready_to_publish", "scheduled"})
RETRYABLE: frozenset[str] = frozenset({"failed", "missed", "unconfirmed", "partially_published"})


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaigns.id"))
    topic: Mapped[str]
    platforms: Mapped[list[str]]
    account_ids: Mapped[list[UUID]]
    content: Mapped[dict[str, Any]]
    status: Mapped[str]
    scheduled_at: Mapped[datetime | None]
    local_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    time_zone: Mapped[str | None]
    fold: Mapped[int | None] = mapped_column(SmallInteger())
    late_policy: Mapped[str] = mapped_column(default="publish")
    late_grace_seconds: Mapped[int | None]
    publish_retry_count: Mapped[int] = mapped_column(default=0)
    publish_error: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Delivery(Base):
    """Read here, written by the scheduler's statements and the arming functions; ``left_at`` is
    a person's, written here."""

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    platform: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[datetime]
    wake_at: Mapped[datetime | None]
    failures: Mapped[int]
    looks: Mapped[int]
    intended_at: Mapped[datetime | None]
    doubted_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    late_ms: Mapped[float | None]
    remote_id: Mapped[str | None]
    permalink: Mapped[str | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    staged: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str | None]
    removed_at: Mapped[datetime | None]

    @property
    def parts(self) -> list[dict[str, Any]]:
        """What of a thread is public, in order; empty for a single post."""
        return list(self.staged.get("parts") or ())


class Attempt(Base):
    __tablename__ = "attempts"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    node: Mapped[str]
    intended_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    answer: Mapped[str | None]


class IdempotencyKey(Base):
    __tablename__ = "idempotency_keys"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    post_id: Mapped[UUID]
    created_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class PostView:
    """A post with its deliveries, each with its account."""

    post: Post
    deliveries: Sequence[tuple[Delivery, Account]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an author asks for. None means: as it is (or, for a new post, the default).

    ``content`` is ``{platform: {"text": …}, "accounts": {account id: {"text": …}}}``.
    ``scheduled_at`` is ISO 8601; without an offset it is a wall clock's time in ``time_zone``,
    and ``fold`` says which of two it is. ``clears`` names what shall have no value any more:
    ``campaign_id``, ``late_grace_seconds``. ``accept_over_quota``: it may leave later than its
    moment, when an account's quota has room again.
    """

    topic: str | None = None
    content: Mapping[str, Any] | None = None
    platforms: Sequence[str] | None = None
    accounts: Sequence[UUID] | None = None
    status: str | None = None
    scheduled_at: str | None = None
    time_zone: str | None = None
    fold: int | None = None
    campaign_id: UUID | None = None
    late_policy: str | None = None
    late_grace_seconds: int | None = None
    clears: Sequence[str] | None = None
    accept_over_quota: bool | None = None

    @property
    def retargets(self) -> bool:
        return self.platforms is not None or self.accounts is not None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which posts a list shows."""

    statuses: Sequence[str] = ()
    platform: str | None = None
    account_id: UUID | None = None
    campaign_id: UUID | None = None
    search: str | None = None
