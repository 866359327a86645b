"""SQL about logins that must be renewed, and those that end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from postclock.db.session import Tx
from postclock.scheduler.model import Target

SOON = timedelta(days=7)
"""So long before a login ends its people are told for the first time; then at 3 days and at 1."""
RENEW_BY = SOON + timedelta(days=1)
"""What can be renewed is, a day before they would be told."""

DUE = """
SELECT a.workspace_id, a.id AS account_id, a.platform, a.remote_id, a.handle, a.server, a.sandbox,
       a.status, c.secrets, c.key_id
  FROM accounts a JOIN credentials c ON c.account_id = a.id
 WHERE a.status = 'connected' AND a.renew_at IS NOT NULL AND a.id > %(after)s
   AND (a.renew_at <= %(now)s OR a.login_ends_at <= %(ending)s)
   AND (c.renewing_until IS NULL OR c.renewing_until <= %(now)s)
 ORDER BY a.id LIMIT %(limit)s
"""
ENDING = """
WITH ending AS (
  SELECT a.id FROM accounts a
   WHERE a.status = 'connected' AND a.login_ends_at <= %(now)s + %(soon)s
     AND (a.warned_at IS NULL OR a.warned_at < a.login_ends_at - CASE
            WHEN a.login_ends_at <= %(now)s THEN interval '0'
            WHEN a.login_ends_at <= %(now)s + interval '1 day' THEN interval '1 day'
            WHEN a.login_ends_at <= %(now)s + interval '3 days' THEN interval '3 days'
            ELSE %(soon)s END)
   ORDER BY a.id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE accounts a SET warned_at = %(now)s
  FROM ending e, workspaces w WHERE a.id = e.id AND w.id = a.workspace_id
RETURNING a.id, a.workspace_id, a.platform, a.handle, a.login_ends_at, w.time_zone,
          (SELECT count(*) FROM deliveries d
            WHERE d.account_id = a.id AND d.due_at >= a.login_ends_at
              AND d.state IN ('scheduled', 'staging', 'staged', 'claimed', 'held')) AS posts
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A login to renew."""

    workspace_id: UUID
    target: Target


@dataclass(frozen=True, slots=True)
class Ending:
    """A login that ends; ``posts`` are scheduled after that."""

    id: UUID
    workspace_id: UUID
    platform: str
    handle: str
    login_ends_at: datetime
    time_zone: str
    posts: int


async def logins_due(tx: Tx, after: UUID, limit: int) -> list[Due]:
    """Logins whose time to be renewed has come, or whose end is near; ``after`` by account."""
    values = {"now": tx.now, "ending": tx.now + RENEW_BY, "after": after, "limit": limit}
    rows = (await tx.run(DUE, values)).mappings().all()
    found = []
    for row in rows:
        said = dict(row)
        found.append(Due(said.pop("workspace_id"), Target(**said)))
    return found


async def take_ending(tx: Tx, limit: int) -> Sequence[Ending]:
    """Logins whose people must hear that they end; whoever takes them tells."""
    rows = await tx.run(ENDING, {"now": tx.now, "soon": SOON, "limit": limit})
    return [Ending(**row) for row in rows.mappings()]
