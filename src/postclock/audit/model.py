"""The activity log: what happened, by whom, to which post. Append-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from postclock.db.base import Base


class Kind(StrEnum):
    """Every kind of event."""

    WORKSPACE_CREATED = "workspace.created"
    WORKSPACE_CHANGED = "workspace.changed"
    WORKSPACE_PAUSED = "workspace.paused"
    WORKSPACE_RESUMED = "workspace.resumed"
    ACCOUNT_CONNECTED = "account.connected"
    ACCOUNT_RECONNECTED = "account.reconnected"
    ACCOUNT_REMOVED = "account.removed"
    ACCOUNT_NEEDS_LOGIN = "account.needs_login"
    ACCOUNT_LOGIN_ENDS = "account.login_ends"
    ACCOUNT_PAUSED = "account.paused"
    ACCOUNT_RESUMED = "account.resumed"
    APP_KEYS_CHANGED = "app_keys.changed"
    APP_KEYS_REMOVED = "app_keys.removed"
    CAMPAIGN_CREATED = "campaign.created"
    CAMPAIGN_RENAMED = "campaign.renamed"
    CAMPAIGN_DELETED = "campaign.deleted"
    CAMPAIGN_PAUSED = "campaign.paused"
    CAMPAIGN_RESUMED = "campaign.resumed"
    POST_CREATED = "post.created"
    POST_EDITED = "post.edited"
    POST_SCHEDULED = "post.scheduled"
    POST_MOVED = "post.moved"
    POST_UNSCHEDULED = "post.unscheduled"
    POST_PUBLISH_NOW = "post.publish_now"
    POST_RETRIED = "post.retried"
    POST_DELETED = "post.deleted"
    POST_RESTORED = "post.restored"
    POST_PUBLISHED = "post.published"
    POST_PARTIALLY_PUBLISHED = "post.partially_published"
    POST_FAILED = "post.failed"
    POST_MISSED = "post.missed"
    POST_UNCONFIRMED = "post.unconfirmed"
    DELIVERY_RETRY = "delivery.retry"
    DELIVERY_UNKNOWN = "delivery.unknown"
    DELIVERY_STAGING_FAILED = "delivery.staging_failed"
    DELIVERY_HELD = "delivery.held"
    DELIVERY_CONFIRMED = "delivery.confirmed"
    DELIVERY_SENT_AGAIN = "delivery.sent_again"
    DELIVERY_LEFT = "delivery.left"
    DELIVERY_TAKEN_BACK = "delivery.taken_back"
    DELIVERY_TWICE = "delivery.twice"


@dataclass(frozen=True, slots=True)
class Event:
    """One line to append."""

    workspace_id: UUID
    kind: Kind
    message: str
    post_id: UUID | None = None
    actor_id: UUID | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class ActivityLog(Base):
    __tablename__ = "activity_logs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    post_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    kind: Mapped[str]
    message: Mapped[str]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
