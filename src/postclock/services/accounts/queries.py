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
