"""Connected profiles and their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from postclock.db.base import Base


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    platform: Mapped[str]
    remote_id: Mapped[str]
    handle: Mapped[str]
    server: Mapped[str | None]
    sandbox: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="connected")
    paused_at: Mapped[datetime | None]
    blocked_until: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(default="")
    avatar_url: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="")
    way: Mapped[str] = mapped_column(default="")
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    renew_at: Mapped[datetime | None]
    login_ends_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    connected_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Credential(Base):
    __tablename__ = "credentials"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    key_id: Mapped[str]
    secrets: Mapped[bytes]
    renewing_until: Mapped[datetime | None]
    renewing_by: Mapped[str | None]
    updated_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A profile to connect: who it is on its platform, and how to get in."""

    platform: str
    remote_id: str
    handle: str
    secrets: Mapping[str, str] = field(repr=False)
    server: str | None = None
    """The address of the server it lives on, where platforms have many; None for the usual one."""
    sandbox: bool = False
