"""SQL about accounts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from postclock.db.session import Tx
from postclock.services.accounts.model import Account


async def list_accounts(tx: Tx, workspace_id: UUID) -> list[Account]:
    """The workspace's accounts, oldest first."""
    mine = select(Account).where(Account.workspace_id == workspace_id)
    return list(await tx.session.scalars(mine.order_by(Account.created_at, Account.id)))


async def lock_account(tx: Tx, workspace_id: UUID, account_id: UUID) -> Account | None:
    """The workspace's account, locked against other changes."""
    mine = select(Account).where(Account.workspace_id == workspace_id, Account.id == account_id)
    return await tx.session.scalar(mine.with_for_update(key_share=True))
