"""The statements of the core, literal and named by their verb. ``now`` is always a parameter.

Everybody who writes deliveries locks the posts first, then the deliveries, each by id; only a
claim locks deliveries alone, and it waits for nobody. Rows are dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from postclock.scheduler.model import Claim, Staged, Target
from postclock.scheduler.states import State

Connection = AsyncConnection[DictRow]

WAKE_CHANNEL = "postclock_wake"
"""Payload: the earliest new wake_at, in microseconds since 1970."""

CLAIM_DUE = """
WITH due AS MATERIALIZED (
  SELECT d.id, d.wake_at, d.state FROM deliveries d
   WHERE d.wake_at <= %(now)s + %(lead)s
     AND (d.wake_at <= %(now)s OR d.state IN ('scheduled', 'staged'))
     AND (%(looks)s OR d.state NOT IN ('sending', 'unknown'))
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
         retries = d.retries + (due.state = 'sending')::integer,
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
    looks: bool = True,
) -> list[Claim]:
    """Take what is due by ``now + lead`` into this node's hands, oldest first.

    A row whose ``sending`` lease ran out comes back as ``unknown``: it must be looked for.
    Leases are only taken over once they have run out, never ahead.
    """
    cursor = await connection.execute(
        CLAIM_DUE,
        {"node": node, "now": now, "lead": lead, "lease": lease, "look_lease": look_lease,
         "limit": limit, "looks": looks, "posts": None if posts is None else list(posts)},
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
SELECT clock_timestamp() AS clock,
       (SELECT wake_at FROM deliveries WHERE wake_at IS NOT NULL
         ORDER BY wake_at LIMIT 1) AS wake_at,
       (SELECT wake_at FROM deliveries WHERE wake_at IS NOT NULL
           AND state IN ('scheduled', 'staged') ORDER BY wake_at LIMIT 1) AS resting_at
"""


async def next_wake(connection: Connection) -> tuple[datetime, datetime | None, datetime | None]:
    """The database's clock, the earliest ``wake_at`` of all, and that of what may be claimed ahead.

    Asked after a claim, in a statement of its own: a moment in the past means that somebody else
    holds the row right now. A lease is never taken over ahead.
    """
    row = await (await connection.execute(NEXT_WAKE)).fetchone()
    assert row is not None
    return row["clock"], row["wake_at"], row["resting_at"]


LOCK_POSTS = "SELECT 1 FROM posts WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE"
LOCK_DELIVERIES = "SELECT 1 FROM deliveries WHERE id = ANY (%s) ORDER BY id FOR UPDATE"
DERIVE = "SELECT * FROM postclock_derive_posts(%s, %s)"
CHANGES_CHANNEL = "postclock_changes"
"""Payload: ``workspace:post`` pairs separated by spaces, or ``*`` when they do not fit."""
DERIVE_AND_TELL = """
SELECT pg_notify('postclock_changes', CASE WHEN count(*) > 100 THEN '*'
                 ELSE string_agg(workspace_id || ':' || post_id, ' ') END)
  FROM postclock_derive_posts(%s, %s) HAVING count(*) > 0
"""

INTEND = """
WITH going AS (
  UPDATE deliveries d
     SET state = 'sending', staged = x.staged, intended_at = %(now)s,
         settled_at = %(now)s + %(lease)s, wake_at = %(now)s + %(lease)s, updated_at = %(now)s
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
    posts = posts_of(claims)
    async with connection.transaction(), connection.pipeline():
        await connection.execute(LOCK_POSTS, [posts])
        await connection.execute(LOCK_DELIVERIES, [[c.delivery_id for c in claims]])
        cursor = await connection.execute(
            INTEND,
            {"now": now, "lease": lease,
             "ids": [c.delivery_id for c in claims], "fences": [c.fence for c in claims],
             "staged": [Jsonb(staged) for _, staged in going]},
        )  # fmt: skip
        await connection.execute(DERIVE_AND_TELL, [posts, now])
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


def posts_of(claims: Sequence[Claim]) -> list[UUID]:
    """The posts of ``claims``, in the order they are locked."""
    return sorted({claim.post_id for claim in claims})
