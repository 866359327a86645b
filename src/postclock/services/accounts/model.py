"""Connected profiles and their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from postclock.db.base import Base
from postclock.services.platforms.connecting import Lasting


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


class StoredKeys(Base):
    """App keys that people entered, or that a server gave when an app was registered there."""

    __tablename__ = "app_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    keys: Mapped[str]
    server: Mapped[str | None]
    client_id: Mapped[str]
    key_id: Mapped[str] = mapped_column(deferred=True)
    secret: Mapped[bytes] = mapped_column(deferred=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class StoredVisit(Base):
    """A person on the way to a platform and back."""

    __tablename__ = "visits"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    platform: Mapped[str]
    way: Mapped[str]
    server: Mapped[str | None]
    sandbox: Mapped[bool]
    state_hash: Mapped[bytes]
    browser_hash: Mapped[bytes]
    key_id: Mapped[str]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]


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
    name: str = ""
    avatar_url: str | None = None
    kind: str = ""
    way: str = ""
    """The name of the way it was connected by."""
    scopes: tuple[str, ...] = ()
    lasting: Lasting = field(default_factory=Lasting)
