"""What a person must hear of, until they have read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from postclock.db.base import Base


class NotificationKind(StrEnum):
    """Every kind of notification."""

    POST_PUBLISHED = "post_published"
    POST_FAILED = "post_failed"
    POST_MISSED = "post_missed"
    POST_UNCONFIRMED = "post_unconfirmed"
    STAGING_FAILED = "staging_failed"
    POSTS_MOVED = "posts_moved"
    ACCOUNT_NEEDS_LOGIN = "account_needs_login"
    ACCOUNT_LOGIN_ENDS = "account_login_ends"
    ACCOUNT_REMOVED = "account_removed"
    POSSIBLE_DUPLICATE = "possible_duplicate"
    DATABASE_CHANGED = "database_changed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification to make."""

    workspace_id: UUID
    kind: NotificationKind
    title: str
    body: str
    post_id: UUID | None = None


class Notification(Base):
    __tablename__ = "notifications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    post_id: Mapped[UUID | None]
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
