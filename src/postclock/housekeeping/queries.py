"""SQL of housekeeping. A purge takes ``:before`` and deletes at most ``:batch`` rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import scalar_row
from sqlalchemy import select, text, tuple_
from sqlalchemy.engine import CursorResult

from postclock.db.session import Tx
from postclock.services.posts.model import Delivery, Post

PURGE_SESSIONS = """
DELETE FROM sessions WHERE token_hash IN (
  SELECT token_hash FROM sessions WHERE expires_at <= :before LIMIT :batch)
"""
PURGE_VISITS = """
DELETE FROM visits WHERE id IN (
  SELECT id FROM visits WHERE expires_at <= :before LIMIT :batch)
"""
PURGE_IDEMPOTENCY_KEYS = """
DELETE FROM idempotency_keys WHERE (workspace_id, key) IN (
  SELECT workspace_id, key FROM idempotency_keys WHERE created_at < :before LIMIT :batch)
"""
PURGE_NOTIFICATIONS = """
DELETE FROM notifications WHERE id IN (
  SELECT id FROM notifications WHERE read_at < :before LIMIT :batch)
"""
PURGE_QUOTA_USAGE = """
DELETE FROM quota_usage WHERE (account_id, slot_at) IN (
  SELECT account_id, slot_at FROM quota_usage WHERE slot_at < :before LIMIT :batch)
"""
# A delivery with a wake_at may still be sent or looked for: its post stays, with its attempts.
# Whoever could give it one again waits for the post's lock and finds the post gone.
PURGE_POSTS = """
DELETE FROM posts WHERE id IN (
  SELECT id FROM posts p WHERE deleted_at < :before AND NOT EXISTS (
    SELECT FROM deliveries d WHERE d.post_id = p.id AND d.wake_at IS NOT NULL)
   ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED)
"""


async def purge(tx: Tx, statement: str, before: datetime, batch: int) -> int:
    """How many rows one of the purges above deleted."""
    done = await tx.session.execute(text(statement), {"before": before, "batch": batch})
    assert isinstance(done, CursorResult)
    return int(done.rowcount)


FIND_JOBS = """
SELECT CASE WHEN pg_backend_pid() = %s THEN set_config('search_path', 'procrastinate', false) END
"""


async def find_jobs(connection: AsyncConnection[Any]) -> bool:
    """Have the session find Procrastinate's tables; False where it is not a session of ours.

    What is set behind a pooler would be set for whoever is given that session next.
    """
    cursor = AsyncCursor(connection, row_factory=scalar_row)
    await cursor.execute(FIND_JOBS, [connection.info.backend_pid])
    return await cursor.fetchone() is not None


WAITING = ("draft", "ready_to_publish", "scheduled")
IN_A_NODES_HANDS = ("staging", "claimed", "sending", "unknown")


async def posts_on_wall_clocks(
    tx: Tx, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Post]:
    """Posts that wait for a moment given as a wall clock's time, by moment, past ``after``."""
    found = select(Post).where(
        Post.local_time.is_not(None), Post.time_zone.is_not(None), Post.deleted_at.is_(None),
        Post.scheduled_at > tx.now, Post.status.in_(WAITING),
    )  # fmt: skip
    if after:
        found = found.where(tuple_(Post.scheduled_at, Post.id) > after)
    found = found.order_by(Post.scheduled_at, Post.id).limit(limit)
    return (await tx.session.scalars(found)).all()


async def is_in_a_nodes_hands(tx: Tx, post: Post) -> bool:
    """Whether a node works on any of its deliveries: those stay as they are."""
    held = select(Delivery.id).where(
        Delivery.post_id == post.id, Delivery.state.in_(IN_A_NODES_HANDS)
    )
    return bool(await tx.session.scalar(select(held.exists())))
