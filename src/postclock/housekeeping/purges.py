"""What is thrown away, and after how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from postclock.config import Settings
from postclock.db.session import Database
from postclock.housekeeping import queries
from postclock.services.platforms.quotas import windows

BATCH = 1000
"""Rows a transaction: a purge never holds many locks, nor any for long."""


@dataclass(frozen=True, slots=True)
class Purge:
    """One table's rows that nobody needs any more: ``statement`` deletes what is ``keep`` old."""

    name: str
    statement: str
    keep: timedelta

    async def run(self, database: Database, batch: int = BATCH) -> int:
        """How many rows were deleted."""
        deleted = 0
        while True:
            async with database.as_system() as tx:
                done = await queries.purge(tx, self.statement, tx.now - self.keep, batch)
            deleted += done
            if done < batch:
                return deleted


def purges(settings: Settings) -> tuple[Purge, ...]:
    """Every purge. Attempts and receipts of posts that are kept are never thrown away."""
    spans = [window.span for each in windows(settings.quotas).values() for window in each]
    counted = max([*spans, timedelta(days=1)]) + timedelta(days=1)
    deleted = timedelta(days=settings.keep_deleted_days)
    return (
        Purge("purge_sessions", queries.PURGE_SESSIONS, timedelta(0)),
        Purge("purge_visits", queries.PURGE_VISITS, timedelta(0)),
        Purge("purge_idempotency_keys", queries.PURGE_IDEMPOTENCY_KEYS, timedelta(days=7)),
        Purge("purge_notifications", queries.PURGE_NOTIFICATIONS, timedelta(days=90)),
        Purge("purge_quota_usage", queries.PURGE_QUOTA_USAGE, counted),
        Purge("purge_posts", queries.PURGE_POSTS, deleted),
    )
