"""SQL about people."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import undefer

from postclock.db.session import Tx
from postclock.services.people.model import Membership, Session, User, Who, Workspace


async def lock_first_owner(tx: Tx) -> None:
    """Let one at a time look whether anybody is there yet."""
    await tx.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('postclock_first_owner'))")
    )


async def anybody(tx: Tx) -> bool:
    return bool(await tx.session.scalar(select(select(User.id).exists())))


async def user_by_email(tx: Tx, email: str) -> User | None:
    """With the password's hash loaded."""
    found = select(User).where(func.lower(User.email) == email.lower())
    return await tx.session.scalar(found.options(undefer(User.password_hash)))


async def get_user(tx: Tx, user_id: UUID) -> User:
    return await tx.session.get_one(User, user_id)


async def user_and_workspace(tx: Tx, who: Who) -> tuple[User, Workspace]:
    """The person and the workspace they are in."""
    user = await tx.session.get_one(User, who.user_id)
    return user, await tx.session.get_one(Workspace, who.workspace_id)


async def get_workspace(tx: Tx, workspace_id: UUID) -> Workspace:
    return await tx.session.get_one(Workspace, workspace_id)


async def lock_workspace(tx: Tx, workspace_id: UUID) -> Workspace:
    """The workspace, locked against other changes."""
    return await tx.session.get_one(Workspace, workspace_id, with_for_update={"key_share": True})


async def first_membership(tx: Tx, user_id: UUID) -> Membership | None:
    mine = select(Membership).where(Membership.user_id == user_id)
    return await tx.session.scalar(mine.order_by(Membership.created_at).limit(1))


async def role_in(tx: Tx, user_id: UUID, workspace_id: UUID) -> str | None:
    """The person's role in a workspace; None when they are not in it."""
    mine = select(Membership.role).where(
        Membership.user_id == user_id, Membership.workspace_id == workspace_id
    )
    return await tx.session.scalar(mine)


async def who_has_session(tx: Tx, token_hash: bytes, now: datetime) -> Who | None:
    return await _who(tx, "postclock_session(:hash, :now)", {"hash": token_hash, "now": now})


async def who_has_api_token(tx: Tx, token_hash: bytes) -> Who | None:
    return await _who(tx, "postclock_api_token(:hash)", {"hash": token_hash})


async def _who(tx: Tx, function: str, values: dict[str, Any]) -> Who | None:
    rows = await tx.session.execute(
        text(f"SELECT user_id, workspace_id, role FROM {function}"),  # noqa: S608 one of two above
        values,
    )
    row = rows.one_or_none()
    return Who(row.user_id, row.workspace_id, row.role) if row else None


async def delete_session(tx: Tx, token_hash: bytes) -> None:
    await tx.session.execute(delete(Session).where(Session.token_hash == token_hash))


async def delete_sessions_of(tx: Tx, user_id: UUID) -> None:
    await tx.session.execute(delete(Session).where(Session.user_id == user_id))


async def put_state(tx: Tx, key: str, value: dict[str, Any]) -> None:
    """Remember ``value`` for the whole installation."""
    put = text(
        "INSERT INTO system_state (key, value, updated_at) VALUES (:key, :value, :now) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = :now"
    ).bindparams(bindparam("value", type_=JSONB))
    await tx.session.execute(put, {"key": key, "value": value, "now": tx.now})


async def get_state(tx: Tx, key: str) -> dict[str, Any] | None:
    found = text("SELECT value FROM system_state WHERE key = :key").columns(value=JSONB)
    value: dict[str, Any] | None = await tx.session.scalar(found, {"key": key})
    return value
