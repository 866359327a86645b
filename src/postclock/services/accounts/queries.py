"""SQL about accounts, app keys and visits."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import undefer

from postclock.db.session import Tx
from postclock.services.accounts.model import Account, Credential, StoredKeys, StoredVisit

ONE_AT_A_TIME = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('postclock-connect:' || :workspace, 0))"
)


async def list_accounts(tx: Tx, workspace_id: UUID) -> list[Account]:
    """The workspace's accounts, oldest first."""
    mine = select(Account).where(Account.workspace_id == workspace_id)
    return list(await tx.session.scalars(mine.order_by(Account.created_at, Account.id)))


async def get_account(tx: Tx, workspace_id: UUID, account_id: UUID) -> Account | None:
    mine = select(Account).where(Account.workspace_id == workspace_id, Account.id == account_id)
    return await tx.session.scalar(mine)


async def lock_account(tx: Tx, workspace_id: UUID, account_id: UUID) -> Account | None:
    """The workspace's account, locked against other changes."""
    mine = select(Account).where(Account.workspace_id == workspace_id, Account.id == account_id)
    return await tx.session.scalar(mine.with_for_update(key_share=True))


async def lock_profile(
    tx: Tx, workspace_id: UUID, platform: str, server: str | None, remote_id: str, *, sandbox: bool
) -> Account | None:
    """The workspace's account of a platform's profile, locked against other changes."""
    mine = select(Account).where(
        Account.workspace_id == workspace_id, Account.platform == platform,
        Account.server.is_not_distinct_from(server), Account.remote_id == remote_id,
        Account.sandbox == sandbox,
    )  # fmt: skip
    return await tx.session.scalar(mine.with_for_update(key_share=True))


async def connect_one_at_a_time(tx: Tx, workspace_id: UUID) -> None:
    """Let whoever connects the same profile at the same moment find the other's account."""
    await tx.session.execute(ONE_AT_A_TIME, {"workspace": str(workspace_id)})


async def get_credential(tx: Tx, account_id: UUID) -> Credential | None:
    return await tx.session.get(Credential, account_id, with_for_update=True)


async def list_keys(tx: Tx, workspace_id: UUID) -> list[StoredKeys]:
    """The app keys that people entered, without their secrets."""
    mine = select(StoredKeys).where(
        StoredKeys.workspace_id == workspace_id, StoredKeys.server.is_(None)
    )
    return list(await tx.session.scalars(mine.order_by(StoredKeys.keys)))


async def read_keys(tx: Tx, workspace_id: UUID, keys: str, server: str | None) -> StoredKeys | None:
    """App keys with their sealed secret."""
    mine = select(StoredKeys).where(
        StoredKeys.workspace_id == workspace_id, StoredKeys.keys == keys,
        StoredKeys.server.is_not_distinct_from(server),
    )  # fmt: skip
    with_secret = mine.options(undefer(StoredKeys.key_id), undefer(StoredKeys.secret))
    return await tx.session.scalar(with_secret)


async def lock_keys(tx: Tx, workspace_id: UUID, keys: str, server: str | None) -> StoredKeys | None:
    """App keys, locked; whoever enters the same at the same moment waits."""
    await connect_one_at_a_time(tx, workspace_id)
    return await read_keys(tx, workspace_id, keys, server)


async def delete_keys(tx: Tx, workspace_id: UUID, keys: str) -> bool:
    """Whether there were any to delete."""
    mine = delete(StoredKeys).where(
        StoredKeys.workspace_id == workspace_id, StoredKeys.keys == keys,
        StoredKeys.server.is_(None),
    )  # fmt: skip
    return (await tx.session.execute(mine.returning(StoredKeys.id))).first() is not None


async def delete_old_visits(tx: Tx, workspace_id: UUID) -> None:
    """Those of the workspace that are over."""
    over = delete(StoredVisit).where(
        StoredVisit.workspace_id == workspace_id, StoredVisit.expires_at <= tx.now
    )
    await tx.session.execute(over)


async def get_visit(
    tx: Tx, workspace_id: UUID, visit_id: UUID, *, lock: bool = False
) -> StoredVisit | None:
    mine = select(StoredVisit).where(
        StoredVisit.workspace_id == workspace_id, StoredVisit.id == visit_id,
        StoredVisit.expires_at > tx.now,
    )  # fmt: skip
    return await tx.session.scalar(mine.with_for_update() if lock else mine)


async def visit_by_state(tx: Tx, state_hash: bytes) -> StoredVisit | None:
    """Whose state this is, as long as it lasts."""
    found = select(StoredVisit).where(
        StoredVisit.state_hash == state_hash, StoredVisit.expires_at > tx.now
    )
    return await tx.session.scalar(found)


async def take_return(tx: Tx, visit_id: UUID, until: datetime) -> bool:
    """Take the one return that a visit has; False when it was taken before."""
    taken = (
        update(StoredVisit)
        .where(StoredVisit.id == visit_id, StoredVisit.returned_at.is_(None))
        .values(returned_at=tx.now, expires_at=until)
        .returning(StoredVisit.id)
    )
    return (await tx.session.execute(taken)).first() is not None


async def lock_visit(tx: Tx, visit_id: UUID) -> StoredVisit:
    """The visit, locked against other changes."""
    return await tx.session.get_one(StoredVisit, visit_id, with_for_update=True)
