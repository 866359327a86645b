"""SQL about the room that posts take in accounts' quotas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from postclock.db.session import Tx
from postclock.services.posts.model import Delivery

WAITING = ("scheduled", "staging", "staged", "claimed", "held")
SLOT = timedelta(minutes=1)
"""Use is kept by the minute, and a node counts a minute until all of it has left the window."""
OVERDUE = timedelta(days=1)
"""How long something overdue is expected to leave yet; so long is the usual grace."""

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('postclock-reserve:' || :id, 0))")
TAKEN = text("""
WITH overdue AS (
  SELECT * FROM deliveries
   WHERE account_id = :account AND due_at > :overdue AND due_at < :now
     AND state = ANY (:waiting) AND post_id IS DISTINCT FROM CAST(:post AS uuid)
   ORDER BY due_at LIMIT :most
), ahead AS (
  SELECT * FROM deliveries
   WHERE account_id = :account AND due_at >= :ahead
     AND state = ANY (:waiting) AND post_id IS DISTINCT FROM CAST(:post AS uuid)
   ORDER BY due_at LIMIT :most
), waiting AS (
  SELECT greatest(:now, due_at, CASE WHEN state IN ('scheduled', 'staged') THEN wake_at END) AS at
    FROM (SELECT * FROM overdue UNION ALL SELECT * FROM ahead) d
), used AS (
  SELECT slot_at + :slot AS at FROM quota_usage, generate_series(1, used)
   WHERE account_id = :account AND slot_at > :since
)
SELECT at, true AS waits FROM waiting UNION ALL SELECT at, false FROM used ORDER BY at
""")


async def lock_quotas(tx: Tx, accounts: Sequence[UUID]) -> None:
    """Let one at a time take room in these accounts' quotas."""
    for account_id in sorted(accounts):
        await tx.session.execute(LOCK, {"id": str(account_id)})


async def taken_moments(
    tx: Tx, account_id: UUID, post_id: UUID | None, since: datetime, most: int
) -> tuple[list[datetime], bool]:
    """When the account's room is taken, from ``since`` on, sorted; whether these are all.

    At most ``most`` waiting deliveries are read. What is overdue is expected now, or at the moment
    it waits for.
    """
    values = {
        "account": account_id, "post": post_id, "since": since, "now": tx.now, "slot": SLOT,
        "overdue": tx.now - OVERDUE, "ahead": max(since, tx.now), "waiting": list(WAITING),
        "most": most,
    }  # fmt: skip
    rows = (await tx.session.execute(TAKEN, values)).all()
    return [row.at for row in rows], sum(row.waits for row in rows) < most


async def places(tx: Tx, post_id: UUID, due_at: datetime) -> set[UUID]:
    """The accounts in whose quotas the post has its place at ``due_at``, or needs none any more."""
    waits = Delivery.state.in_(WAITING) & (Delivery.due_at == due_at)
    found = select(Delivery.account_id).where(
        Delivery.post_id == post_id, waits | (Delivery.state == "published")
    )
    return set(await tx.session.scalars(found))
