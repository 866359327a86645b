"""Recording what happened: the statements that move deliveries, and with them their posts.

One transaction a batch. The posts' status is derived in a statement after the deliveries were
written: only then is seen what others committed while it waited for the posts' locks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from postclock.scheduler.model import Claim, Receipt
from postclock.scheduler.queries import (
    CHANGES_CHANNEL,
    DERIVE,
    LOCK_DELIVERIES,
    LOCK_POSTS,
    Connection,
    posts_of,
)
from postclock.scheduler.states import State


@dataclass(frozen=True, slots=True)
class Ending:
    """What is to be recorded of one delivery: where it goes, and what its attempt showed.

    ``attempt`` is the outcome's word (``attempts.outcome``), None when nothing was attempted
    (a look, or a claim that could not be prepared).
    """

    claim: Claim
    ended_at: datetime
    state: State
    wake_at: datetime | None = None
    failed: bool = False
    looks: int = 0
    resend: bool = False
    attempt: str | None = None
    answered: bool = False
    sent_at: datetime | None = None
    late_ms: float | None = None
    receipt: Receipt | None = None
    error_code: str | None = None
    error_message: str | None = None
    answer: str | None = None


CLOSE_ATTEMPTS = """
UPDATE attempts a
   SET outcome = x.attempt, ended_at = x.ended_at, sent_at = x.sent_at, answer = x.answer,
       remote_id = x.remote_id, permalink = x.permalink, accepted_at = x.accepted_at
  FROM jsonb_to_recordset(%(endings)s) AS x (id uuid, fence integer, attempt text,
       ended_at timestamptz, sent_at timestamptz, answer text, remote_id text, permalink text,
       accepted_at timestamptz)
 WHERE a.delivery_id = x.id AND a.number = x.fence AND x.attempt IS NOT NULL
"""

# The machine moves under id, fence and state. A receipt that an attempt of this delivery holds
# is proof, whatever this ending says.
MOVE = """
UPDATE deliveries d
   SET state = CASE WHEN proof.remote_id IS NULL THEN x.state ELSE 'published' END,
       wake_at = CASE WHEN proof.remote_id IS NULL THEN x.wake_at END,
       failures = d.failures + x.failed::integer,
       retries = d.retries + (x.attempt IS NOT NULL AND x.attempt <> 'published')::integer,
       looks = x.looks,
       resent = d.resent OR x.resend,
       doubted_at = CASE WHEN x.attempt = 'unknown' THEN coalesce(d.doubted_at, d.intended_at)
                    ELSE d.doubted_at END,
       settled_at = CASE WHEN x.answered THEN x.ended_at ELSE d.settled_at END,
       sent_at = coalesce(x.sent_at, d.sent_at),
       late_ms = coalesce(x.late_ms, d.late_ms),
       remote_id = coalesce(proof.remote_id, x.remote_id, d.remote_id),
       permalink = coalesce(proof.permalink, x.permalink, d.permalink),
       accepted_at = coalesce(proof.accepted_at, x.accepted_at, d.accepted_at),
       error_code = CASE WHEN coalesce(proof.remote_id, x.remote_id) IS NULL
                    THEN coalesce(x.error_code, d.error_code) END,
       error_message = CASE WHEN coalesce(proof.remote_id, x.remote_id) IS NULL
                       THEN coalesce(x.error_message, d.error_message) END,
       node = NULL, updated_at = %(now)s
  FROM jsonb_to_recordset(%(endings)s) AS x (id uuid, fence integer, was text, state text,
       wake_at timestamptz, failed boolean, looks integer, resend boolean, attempt text,
       answered boolean, ended_at timestamptz, sent_at timestamptz, late_ms double precision,
       remote_id text, permalink text, accepted_at timestamptz, error_code text,
       error_message text)
  LEFT JOIN LATERAL (
    SELECT a.remote_id, a.permalink, a.accepted_at FROM attempts a
     WHERE a.delivery_id = x.id AND a.remote_id IS NOT NULL AND a.number <> x.fence
       AND x.remote_id IS NULL LIMIT 1
  ) proof ON true
 WHERE d.id = x.id AND d.fence = x.fence AND d.state = x.was
RETURNING d.id, d.post_id, d.state
"""

# A late receipt, of a node that had lost its lease, makes the delivery published. Only while a
# newer attempt is on its way it waits for that one's end: MOVE finds it on its attempt.
PROVE = """
UPDATE deliveries d
   SET state = 'published', wake_at = NULL, node = NULL, fence = d.fence + 1,
       remote_id = x.remote_id, permalink = x.permalink, accepted_at = x.accepted_at,
       sent_at = coalesce(x.sent_at, d.sent_at), late_ms = coalesce(x.late_ms, d.late_ms),
       error_code = NULL, error_message = NULL, updated_at = %(now)s
  FROM jsonb_to_recordset(%(endings)s) AS x (id uuid, remote_id text, permalink text,
       accepted_at timestamptz, sent_at timestamptz, late_ms double precision)
 WHERE d.id = x.id AND x.remote_id IS NOT NULL AND d.state NOT IN ('published', 'sending')
RETURNING d.id, d.post_id, d.state
"""

# Two receipts for one delivery: the platform took it twice.
TWICE = """
SELECT d.id, d.post_id, 'twice' AS state FROM deliveries d
  JOIN jsonb_to_recordset(%(endings)s) AS x (id uuid, remote_id text) ON x.id = d.id
 WHERE x.remote_id IS NOT NULL
   AND ((d.state = 'published' AND d.remote_id <> x.remote_id)
        OR EXISTS (SELECT FROM attempts a WHERE a.delivery_id = d.id AND a.remote_id IS NOT NULL
                    AND a.remote_id <> x.remote_id))
"""


async def record(
    connection: Connection, endings: Sequence[Ending], *, now: datetime
) -> tuple[list[DictRow], list[DictRow]]:
    """Write what happened, inside the caller's transaction: what moved, and what became of posts.

    Rows of the first list: id, post_id, state (``twice`` when the platform holds it twice); of
    the second: post_id, workspace_id, was, status, removed. An ending whose fence was lost moves
    nothing unless it brings a receipt.
    """
    posts = posts_of([ending.claim for ending in endings])
    values = {"now": now, "endings": Jsonb([_values(ending) for ending in endings])}
    async with connection.pipeline():
        await connection.execute(LOCK_POSTS, [posts])
        await connection.execute(LOCK_DELIVERIES, [[e.claim.delivery_id for e in endings]])
        await connection.execute(CLOSE_ATTEMPTS, values)
        cursors = [await connection.execute(sql, values) for sql in (MOVE, PROVE, TWICE)]
        derived = await connection.execute(DERIVE, [posts, now])
        moved = [row for cursor in cursors for row in await cursor.fetchall()]
        told = await derived.fetchall()
    return moved, told


def _values(ending: Ending) -> dict[str, Any]:
    receipt = ending.receipt
    return {
        "id": str(ending.claim.delivery_id), "fence": ending.claim.fence,
        "was": State.SENDING if ending.attempt else ending.claim.state, "state": ending.state,
        "wake_at": _iso(ending.wake_at), "failed": ending.failed, "looks": ending.looks,
        "resend": ending.resend, "attempt": ending.attempt, "answered": ending.answered,
        "ended_at": _iso(ending.ended_at), "sent_at": _iso(ending.sent_at),
        "late_ms": ending.late_ms, "remote_id": _storable(receipt.remote_id) if receipt else None,
        "permalink": _storable(receipt.permalink) if receipt else None,
        "accepted_at": _iso(receipt.accepted_at) if receipt else None,
        "error_code": ending.error_code, "error_message": _storable(ending.error_message),
        "answer": _storable(ending.answer),
    }  # fmt: skip


async def notify_changes(connection: Connection, told: Sequence[DictRow]) -> None:
    """Tell the servers which posts changed; commits with the record."""
    pairs = " ".join(f"{row['workspace_id']}:{row['post_id']}" for row in told)
    if pairs:
        payload = pairs if len(pairs) < 7900 else "*"
        await connection.execute("SELECT pg_notify(%s, %s)", [CHANGES_CHANNEL, payload])


def _storable(text: str | None) -> str | None:
    """What a platform said, without what PostgreSQL cannot store: NUL and half surrogate pairs."""
    if text is None:
        return None
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
