"""The statements of the core, literal and named by their verb. ``now`` is always a parameter.

Everybody who writes deliveries locks the posts first, then the deliveries, each by id; only a
claim locks deliveries alone, and it waits for nobody. Rows are dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from postclock.scheduler.model import Claim, Receipt, Staged, Target
from postclock.scheduler.states import State

Connection = AsyncConnection[DictRow]

WAKE_CHANNEL = "postclock_wake"
"""Payload: the earliest new wake_at, in microseconds since 1970."""
CHANGES_CHANNEL = "postclock_changes"
"""Payload: ``workspace:post`` pairs separated by spaces, or ``*`` when they do not fit."""

CLAIM_DUE = """
WITH due AS MATERIALIZED (
  SELECT d.id, d.wake_at, d.state FROM deliveries d
   WHERE d.wake_at <= %(now)s + %(lead)s
     AND (d.wake_at <= %(now)s OR d.state IN ('scheduled', 'staged'))
     AND (%(posts)s::uuid[] IS NULL OR d.post_id = ANY (%(posts)s))
   ORDER BY d.wake_at LIMIT %(limit)s
   FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE deliveries d
     SET state = CASE WHEN due.state IN ('sending', 'unknown') THEN 'unknown' ELSE 'claimed' END,
         doubted_at = CASE WHEN due.state = 'sending' THEN coalesce(d.doubted_at, d.intended_at)
                      ELSE d.doubted_at END,
         looks = CASE WHEN due.state = 'sending' THEN 0 ELSE d.looks END,
         failures = d.failures + (due.state = 'sending')::integer,
         fence = d.fence + 1, node = %(node)s, updated_at = %(now)s,
         wake_at = %(now)s + CASE WHEN due.state IN ('sending', 'unknown') THEN %(look_lease)s
                                  ELSE %(lease)s END
    FROM due WHERE d.id = due.id
  RETURNING d.*, due.wake_at AS instant, due.state AS was
), lost AS (
  UPDATE attempts a SET outcome = 'unknown', ended_at = %(now)s,
         answer = 'the node stopped before it could record an answer'
    FROM claimed c WHERE c.was = 'sending' AND a.delivery_id = c.id AND a.ended_at IS NULL
)
SELECT c.id, c.post_id, c.workspace_id, c.account_id, c.platform, c.fence, c.state, c.due_at,
       greatest(c.instant, c.due_at) AS instant, c.failures, c.looks, c.staged, c.resent,
       c.doubted_at, c.settled_at, p.content, a.remote_id AS account_remote_id, a.handle, a.server,
       a.sandbox, a.status AS account_status, k.secrets, k.key_id
  FROM claimed c
  JOIN posts p ON p.id = c.post_id
  JOIN accounts a ON a.id = c.account_id
  LEFT JOIN credentials k ON k.account_id = c.account_id
 ORDER BY 9
"""


async def claim_due(
    connection: Connection,
    *,
    node: str,
    now: datetime,
    lead: timedelta,
    lease: timedelta,
    look_lease: timedelta,
    limit: int,
    posts: Sequence[UUID] | None = None,
) -> list[Claim]:
    """Take what is due by ``now + lead`` into this node's hands, oldest first.

    A row whose ``sending`` lease ran out comes back as ``unknown``: it must be looked for.
    Leases are only taken over once they have run out, never ahead.
    """
    cursor = await connection.execute(
        CLAIM_DUE,
        {"node": node, "now": now, "lead": lead, "lease": lease, "look_lease": look_lease,
         "limit": limit, "posts": None if posts is None else list(posts)},
    )  # fmt: skip
    return [_claim(row) for row in await cursor.fetchall()]


def _claim(row: DictRow) -> Claim:
    target = Target(
        account_id=row["account_id"], platform=row["platform"],
        remote_id=row["account_remote_id"], handle=row["handle"], server=row["server"],
        sandbox=row["sandbox"], status=row["account_status"], secrets=row["secrets"],
        key_id=row["key_id"],
    )  # fmt: skip
    return Claim(
        delivery_id=row["id"], post_id=row["post_id"], workspace_id=row["workspace_id"],
        fence=row["fence"], state=State(row["state"]), due_at=row["due_at"],
        instant=row["instant"], failures=row["failures"], looks=row["looks"],
        staged=row["staged"], resent=row["resent"], doubted_at=row["doubted_at"],
        settled_at=row["settled_at"], content=row["content"], target=target,
    )  # fmt: skip


DUE_POSTS = """
SELECT post_id FROM deliveries
 WHERE wake_at <= %(now)s AND post_id <> ALL (%(seen)s)
 GROUP BY post_id ORDER BY min(wake_at) LIMIT %(limit)s
"""


async def due_posts(
    connection: Connection, *, now: datetime, seen: Sequence[UUID], limit: int
) -> list[UUID]:
    """The posts with something due, oldest first, without those ``seen`` already."""
    cursor = await connection.execute(DUE_POSTS, {"now": now, "seen": list(seen), "limit": limit})
    return [row["post_id"] for row in await cursor.fetchall()]


BACKLOG = """
SELECT count(DISTINCT post_id) FILTER (WHERE wake_at <= %(now)s) AS remaining,
       min(wake_at) FILTER (WHERE wake_at > %(now)s) AS next_due_at
  FROM deliveries WHERE wake_at IS NOT NULL
"""


async def backlog(connection: Connection, *, now: datetime) -> tuple[int, datetime | None]:
    """How many posts are due and not yet done, and when the next one will be."""
    row = await (await connection.execute(BACKLOG, {"now": now})).fetchone()
    assert row is not None
    return row["remaining"], row["next_due_at"]


NEXT_WAKE = """
SELECT clock_timestamp() AS clock, d.wake_at, d.state IN ('scheduled', 'staged') AS resting
  FROM (SELECT 1) one
  LEFT JOIN LATERAL (SELECT wake_at, state FROM deliveries
                      WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1) d ON true
"""


async def next_wake(connection: Connection) -> tuple[datetime, datetime | None, bool]:
    """The database's clock, the earliest ``wake_at`` of all, and whether it may be claimed ahead.

    Asked after a claim, in a statement of its own: a moment in the past means that somebody else
    holds the row right now. A lease is never taken over ahead.
    """
    row = await (await connection.execute(NEXT_WAKE)).fetchone()
    assert row is not None
    return row["clock"], row["wake_at"], bool(row["resting"])


LOCK_POSTS = "SELECT 1 FROM posts WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE"
LOCK_DELIVERIES = "SELECT 1 FROM deliveries WHERE id = ANY (%s) ORDER BY id FOR UPDATE"
DERIVE = "SELECT * FROM postclock_derive_posts(%s, %s)"

INTEND = """
WITH going AS (
  UPDATE deliveries d
     SET state = 'sending', staged = x.staged, intended_at = %(now)s,
         settled_at = %(now)s + %(timeout)s, wake_at = %(now)s + %(lease)s, updated_at = %(now)s
    FROM unnest(%(ids)s::uuid[], %(fences)s::integer[], %(staged)s::jsonb[])
         AS x (id, fence, staged)
   WHERE d.id = x.id AND d.fence = x.fence AND d.state = 'claimed'
  RETURNING d.id, d.fence, d.workspace_id, d.node
)
INSERT INTO attempts (delivery_id, number, workspace_id, node, intended_at)
SELECT id, fence, workspace_id, node, %(now)s FROM going
RETURNING delivery_id, number AS fence
"""


async def intend(
    connection: Connection,
    going: Sequence[tuple[Claim, Staged]],
    *,
    now: datetime,
    timeout: timedelta,
    lease: timedelta,
) -> set[tuple[UUID, int]]:
    """Commit that these are about to be sent; those that may be, each by its id and fence.

    One attempt each, numbered by its fence: of two claims of one delivery only the later goes.
    ``staged`` is committed with it, so that what was sent can be found again. Nothing may leave
    before this has returned.
    """
    if not going:
        return set()
    claims = [claim for claim, _ in going]
    posts = _posts(claims)
    async with connection.transaction(), connection.pipeline():
        await connection.execute(LOCK_POSTS, [posts])
        await connection.execute(LOCK_DELIVERIES, [[c.delivery_id for c in claims]])
        cursor = await connection.execute(
            INTEND,
            {"now": now, "timeout": timeout, "lease": lease,
             "ids": [c.delivery_id for c in claims], "fences": [c.fence for c in claims],
             "staged": [Jsonb(staged) for _, staged in going]},
        )  # fmt: skip
        await connection.execute(DERIVE, [posts, now])
        rows = await cursor.fetchall()
    return {(row["delivery_id"], row["fence"]) for row in rows}


RELEASE = """
UPDATE deliveries d
   SET state = 'scheduled', wake_at = x.wake_at, node = NULL, updated_at = %(now)s
  FROM unnest(%(ids)s::uuid[], %(fences)s::integer[], %(wakes)s::timestamptz[])
       AS x (id, fence, wake_at)
 WHERE d.id = x.id AND d.fence = x.fence AND d.state = 'claimed'
"""


async def release(
    connection: Connection, wakes: Sequence[tuple[Claim, datetime]], *, now: datetime
) -> None:
    """Give claimed deliveries back, each to its own next moment, and tell every node of it."""
    if not wakes:
        return
    ids = [claim.delivery_id for claim, _ in wakes]
    async with connection.transaction(), connection.pipeline():
        await connection.execute(LOCK_DELIVERIES, [ids])
        await connection.execute(
            RELEASE,
            {"now": now, "ids": ids, "fences": [claim.fence for claim, _ in wakes],
             "wakes": [wake for _, wake in wakes]},
        )  # fmt: skip
        await notify_wake(connection, min(wake for _, wake in wakes))


async def notify_wake(connection: Connection, wake_at: datetime) -> None:
    """Tell every node that something is due at ``wake_at``."""
    micros = str(round(wake_at.timestamp() * 1_000_000))
    await connection.execute("SELECT pg_notify(%s, %s)", [WAKE_CHANNEL, micros])


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
    posts = _posts([ending.claim for ending in endings])
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


TAKEN = """
SELECT remote_id FROM deliveries
 WHERE account_id = %s AND remote_id IS NOT NULL AND id <> %s AND updated_at >= %s
"""


async def taken_receipts(connection: Connection, claim: Claim, since: datetime) -> frozenset[str]:
    """The remote ids of this account that other deliveries hold, recorded since ``since``."""
    cursor = await connection.execute(
        TAKEN, [claim.target.account_id, claim.delivery_id, since - timedelta(minutes=5)]
    )
    return frozenset(row["remote_id"] for row in await cursor.fetchall())


def _posts(claims: Sequence[Claim]) -> list[UUID]:
    return sorted({claim.post_id for claim in claims})


def _storable(text: str | None) -> str | None:
    """What a platform said, without what PostgreSQL cannot store: NUL and half surrogate pairs."""
    if text is None:
        return None
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
