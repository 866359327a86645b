"""People, their workspaces, and the ways they prove who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from postclock.db.base import Base

Role = Literal["owner", "admin", "editor", "approver", "viewer"]
LatePolicy = Literal["publish", "ask", "skip"]
"""What becomes of a post that could not go out in time."""
WRITERS: frozenset[str] = frozenset({"owner", "admin", "editor"})
ADMINS: frozenset[str] = frozenset({"owner", "admin"})


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(deferred=True)
    mail_notices: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Workspace(Base):
    __tablename__ = "workspaces"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    after_publishing: Mapped[str] = mapped_column(default="keep")
    after_failure: Mapped[str] = mapped_column(default="failed")
    late_policy: Mapped[str] = mapped_column(default="publish")
    paused_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Membership(Base):
    __tablename__ = "memberships"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[datetime]


class Session(Base):
    __tablename__ = "sessions"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiToken(Base):
    __tablename__ = "api_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Who:
    """Who is asking, and for which workspace."""

    user_id: UUID
    workspace_id: UUID
    role: str

    @property
    def may_write(self) -> bool:
        return self.role in WRITERS

    @property
    def may_administer(self) -> bool:
        return self.role in ADMINS
