"""SQL about unconfirmed deliveries. What moves them are the database's functions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from postclock.db.session import Tx
from postclock.errors import Conflict
from postclock.services.accounts.model import Account
from postclock.services.posts.model import Delivery

CONFIRM = text("SELECT postclock_confirm(:delivery, :remote_id, :permalink, :now)")
REARM = text("SELECT postclock_rearm(:delivery, :due, :now)")


async def get_delivery(tx: Tx, post_id: UUID, delivery_id: UUID) -> tuple[Delivery, Account] | None:
    """The post's delivery and its account, as they are now."""
    found = (
        select(Delivery, Account)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.id == delivery_id, Delivery.post_id == post_id)
        .execution_options(populate_existing=True)
    )
    row = (await tx.session.execute(found)).one_or_none()
    return (row[0], row[1]) if row else None


async def confirm(tx: Tx, delivery_id: UUID, remote_id: str, permalink: str) -> None:
    """Make the link its receipt; raises Conflict when another delivery of the account holds it."""
    values = {
        "delivery": delivery_id, "remote_id": remote_id, "permalink": permalink, "now": tx.now,
    }  # fmt: skip
    try:
        await tx.session.execute(CONFIRM, values)
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise Conflict(
                "link_taken", "This is another post's: Postclock published it there itself."
            ) from None
        raise


async def rearm(tx: Tx, delivery_id: UUID, due_at: datetime) -> None:
    """Send it again at ``due_at``."""
    await tx.session.execute(REARM, {"delivery": delivery_id, "due": due_at, "now": tx.now})
