"""The statements that find work, literal and named by their verb. ``now`` is always a parameter.

Everybody who writes deliveries locks the posts first, then the deliveries, each by id; only a
claim and what gives a claim back lock deliveries alone, and they wait for no post. Rows are
dictionaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from postclock.scheduler.model import Claim, Target
from postclock.scheduler.states import State

Connection = AsyncConnection[DictRow]

WAKE_CHANNEL = "postclock_wake"
"""Payload: the earliest new wake_at, in microseconds since 1970; or a node's echo to itself."""
FAR_FUTURE = datetime.max.replace(tzinfo=UTC)

CLAIM_DUE = """
WITH due AS MATERIALIZED (
  SELECT d.id, d.wake_at, d.state,
         d.state = 'staging' OR d.state = 'scheduled' AND d.stage_at IS NOT NULL AS stages,
         d.state IN ('sending', 'unknown') AS asks
    FROM deliveries d
   WHERE d.wake_at <= %(now)s + %(lead)s
     AND (d.wake_at <= %(now)s OR d.state IN ('scheduled', 'staged'))
     AND (%(looks)s OR d.state NOT IN ('sending', 'unknown'))
     AND (%(stages)s OR d.state <> 'staging' AND (d.state <> 'scheduled' OR d.stage_at IS NULL))
     AND (%(posts)s::uuid[] IS NULL OR d.post_id = ANY (%(posts)s))
   ORDER BY d.wake_at LIMIT %(limit)s
   FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE deliveries d
     SET state = CASE WHEN due.asks THEN 'unknown' WHEN due.stages THEN 'staging'
                 ELSE 'claimed' END,
         doubted_at = CASE WHEN due.state = 'sending' THEN coalesce(d.doubted_at, d.intended_at)
                      ELSE d.doubted_at END,
         looks = CASE WHEN due.state = 'sending' THEN 0 ELSE d.looks END,
         failures = d.failures + (due.state = 'sending')::integer,
         retries = d.retries + (due.state = 'sending')::integer,
         fence = d.fence + 1, node = %(node)s, updated_at = %(now)s,
         wake_at = %(now)s + CASE WHEN due.asks THEN %(look_lease)s::interval
                                  WHEN due.stages THEN %(stage_lease)s ELSE %(lease)s END
    FROM due WHERE d.id = due.id
  RETURNING d.*, due.wake_at AS instant, due.state AS was
), lost AS (
  UPDATE attempts a SET outcome = 'unknown', ended_at = %(now)s,
         answer = 'the node stopped before it could record an answer'
    FROM claimed c WHERE c.was = 'sending' AND a.delivery_id = c.id AND a.ended_at IS NULL
)
SELECT c.id, c.post_id, c.workspace_id, c.account_id, c.platform, c.fence, c.state, c.due_at,
       greatest(c.instant, c.due_at) AS instant, c.failures, c.looks, c.stage_failures, c.staged,
       c.resent, c.doubted_at, c.settled_at, p.content, p.late_policy, p.late_grace_seconds,
       postclock_holds(w.paused_at, g.paused_at, a.paused_at, 'connected') AS pause,
       a.remote_id AS account_remote_id, a.handle, a.server, a.sandbox,
       a.status AS account_status, k.secrets, k.key_id, clock_timestamp() AS told_at
  FROM claimed c
  JOIN posts p ON p.id = c.post_id
  JOIN accounts a ON a.id = c.account_id
  JOIN workspaces w ON w.id = c.workspace_id
  LEFT JOIN campaigns g ON g.id = p.campaign_id
  LEFT JOIN credentials k ON k.account_id = c.account_id
 ORDER BY 9
"""


@dataclass(frozen=True, slots=True)
class Leases:
    """How long a claim is a node's own, by what it is for."""

    claim: timedelta = timedelta(seconds=15)
    look: timedelta = timedelta(seconds=40)
    stage: timedelta = timedelta(seconds=120)


async def claim_due(
    connection: Connection,
    *,
    node: str,
    now: datetime,
    lead: timedelta,
    leases: Leases,
    limit: int,
    posts: Sequence[UUID] | None = None,
    looks: bool = True,
    stages: bool = True,
) -> list[Claim]:
    """Take what is due by ``now + lead`` into this node's hands, oldest first.

    A row whose ``sending`` lease ran out comes back as ``unknown``: it must be looked for. One
    with something to upload comes as ``staging``. Leases are only taken over once they have run
    out, never ahead. ``looks`` and ``stages`` tell whether this node has room for such work.
    """
    cursor = await connection.execute(
        CLAIM_DUE,
        {"node": node, "now": now, "lead": lead, "lease": leases.claim, "look_lease": leases.look,
         "stage_lease": leases.stage, "limit": limit, "looks": looks, "stages": stages,
         "posts": None if posts is None else list(posts)},
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
        stage_failures=row["stage_failures"], staged=row["staged"], resent=row["resent"],
        doubted_at=row["doubted_at"], settled_at=row["settled_at"], content=row["content"],
        late_policy=row["late_policy"], late_grace_seconds=row["late_grace_seconds"],
        pause=row["pause"], told_at=row["told_at"], target=target,
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
SELECT (SELECT count(DISTINCT post_id) FROM deliveries WHERE wake_at <= %(now)s) AS remaining,
       (SELECT wake_at FROM deliveries WHERE wake_at > %(now)s ORDER BY wake_at LIMIT 1)
         AS next_due_at
"""


async def backlog(connection: Connection, *, now: datetime) -> tuple[int, datetime | None]:
    """How many posts are due and not yet done, and when the next one will be."""
    row = await (await connection.execute(BACKLOG, {"now": now})).fetchone()
    assert row is not None
    return row["remaining"], row["next_due_at"]


@dataclass(frozen=True, slots=True)
class Told:
    """The database's clock, the earliest ``wake_at``, and that of what may be claimed ahead."""

    clock: datetime
    wake_at: datetime | None
    resting_at: datetime | None

    def act_at(self, ahead: timedelta) -> datetime:
        """When to claim; a lease is never taken over ahead."""
        resting = self.resting_at - ahead if self.resting_at else FAR_FUTURE
        return min(self.wake_at or FAR_FUTURE, resting)


NEXT_WAKE = """
WITH seen AS (
  UPDATE system_state SET updated_at = clock_timestamp()
   WHERE key = 'lineage' AND %(echo)s::text IS NOT NULL
)
SELECT clock_timestamp() AS clock,
       (SELECT wake_at FROM deliveries WHERE wake_at IS NOT NULL
         ORDER BY wake_at LIMIT 1) AS wake_at,
       (SELECT wake_at FROM deliveries WHERE wake_at IS NOT NULL
           AND state IN ('scheduled', 'staged') ORDER BY wake_at LIMIT 1) AS resting_at,
       CASE WHEN %(echo)s::text IS NOT NULL
            THEN pg_notify('postclock_wake', 'echo:' || %(echo)s)::text END AS echo
"""


async def next_wake(connection: Connection, *, echo: str | None = None) -> Told:
    """The database's clock and what is next; with ``echo``, that node is sent its own name.

    With an echo it is also noted that a node has seen this database now.

    Asked after a claim, in a statement of its own: a moment in the past means that somebody else
    holds the row right now.
    """
    row = await (await connection.execute(NEXT_WAKE, {"echo": echo})).fetchone()
    assert row is not None
    return Told(row["clock"], row["wake_at"], row["resting_at"])


CHANGES_CHANNEL = "postclock_changes"
"""Payload: ``workspace:post`` pairs separated by spaces, or ``*`` when they do not fit."""


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


IN_DOUBT = """
SELECT count(*) = 0 OR bool_or(outcome IS NULL OR outcome = 'unknown') AS doubtful
  FROM attempts WHERE delivery_id = %s AND intended_at >= %s
"""


async def in_doubt(connection: Connection, claim: Claim, since: datetime) -> bool:
    """Whether an attempt made since ``since`` may have arrived, or none is known at all.

    A node that was held up tells late that nothing of its attempt had left.
    """
    row = await (await connection.execute(IN_DOUBT, [claim.delivery_id, since])).fetchone()
    return row is None or bool(row["doubtful"])
