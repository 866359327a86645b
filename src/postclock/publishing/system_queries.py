"""SQL about the whole installation: what /api/v1/system tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from postclock.db.session import Tx

MOST_COUNTED = 10_000

NODES = """
SELECT substr(application_name, 16) AS name, backend_start AS since FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE 'postclock-node:%'
 ORDER BY backend_start, 1
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A publishing node that listens; ``since`` is None where the database does not tell."""

    name: str
    since: datetime | None


async def listening_nodes(tx: Tx) -> list[Node]:
    """Nodes, the longest alive first: a node lives while its LISTEN connection does."""
    return [Node(row.name, row.since) for row in await tx.session.execute(text(NODES))]


OVERDUE = """
SELECT count(*) AS overdue, min(wake_at) AS oldest_at FROM (
  SELECT wake_at FROM deliveries WHERE wake_at <= :now ORDER BY wake_at LIMIT :most) due
"""


async def overdue(tx: Tx) -> tuple[int, datetime | None]:
    """How many deliveries wait past their moment, MOST_COUNTED at most, and since when."""
    row = (await tx.session.execute(text(OVERDUE), {"now": tx.now, "most": MOST_COUNTED})).one()
    return row.overdue, row.oldest_at


NEED_A_PERSON = """
SELECT count(*) FILTER (WHERE state = 'held') AS held,
       count(*) FILTER (WHERE state = 'unconfirmed' AND left_at IS NULL) AS unconfirmed,
       count(*) FILTER (WHERE state = 'missed') AS missed
  FROM deliveries WHERE workspace_id = :workspace AND state IN ('held', 'unconfirmed', 'missed')
"""


@dataclass(frozen=True, slots=True)
class NeedAPerson:
    """A workspace's deliveries that only a person can move on."""

    held: int
    unconfirmed: int
    missed: int


async def need_a_person(tx: Tx, workspace_id: UUID) -> NeedAPerson:
    """Without those that somebody chose to leave as they are."""
    row = (await tx.session.execute(text(NEED_A_PERSON), {"workspace": workspace_id})).one()
    return NeedAPerson(row.held, row.unconfirmed, row.missed)


PUNCTUALITY = """
SELECT count(late_ms) AS measured,
       percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY late_ms) AS percentiles
  FROM deliveries
 WHERE account_id IN (SELECT id FROM accounts WHERE workspace_id = :workspace)
   AND due_at > CAST(:now AS timestamptz) - interval '24 hours' AND due_at <= :now
   AND workspace_id = :workspace AND state = 'published'
"""


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How late a workspace's posts of the last 24 hours left, in milliseconds."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


async def punctuality(tx: Tx, workspace_id: UUID) -> Punctuality:
    """Of what was due in the last 24 hours and is published."""
    asked = {"workspace": workspace_id, "now": tx.now}
    row = (await tx.session.execute(text(PUNCTUALITY), asked)).one()
    return Punctuality(row.measured, *(row.percentiles or (None, None, None)))


SERVER = """
SELECT current_setting('server_version') AS version,
       (SELECT count(*) FROM pg_stat_replication) AS standbys,
       current_setting('synchronous_standby_names') <> ''
         AND current_setting('synchronous_commit') NOT IN ('off', 'local')
         AND (NOT pg_has_role('pg_read_all_stats', 'USAGE')
              OR EXISTS (SELECT FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')))
         AS synchronous,
       pg_notification_queue_usage() AS notifications,
       (SELECT extract(epoch FROM clock_timestamp() - min(xact_start)) FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend'
           AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid()) AS oldest_snapshot,
       (SELECT to_timestamp(max(defer_timestamp))
          FROM procrastinate.procrastinate_periodic_defers) AS housekeeping_at
"""


@dataclass(frozen=True, slots=True)
class Server:
    """The database server, as far as the promise rests on it."""

    version: str
    standbys: int
    synchronous: bool
    """Whether a commit waits for a standby: what was intended survives a failover."""
    notifications: float
    """How full the queue of notifications is, from 0 to 1."""
    oldest_snapshot: float
    """Seconds since the oldest transaction began that still holds a snapshot."""
    housekeeping_at: datetime | None


async def database_server(tx: Tx) -> Server:
    """Asked as the tables' owner, who sees what the database tells it."""
    row = (await tx.session.execute(text(SERVER))).one()
    return Server(
        row.version, row.standbys, row.synchronous, row.notifications,
        float(row.oldest_snapshot or 0), row.housekeeping_at,
    )  # fmt: skip
