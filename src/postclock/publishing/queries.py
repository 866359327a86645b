"""SQL about how publishing is going."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text

from postclock.audit.model import Event
from postclock.audit.queries import APPEND, appended
from postclock.db.session import Tx
from postclock.services.notifications.model import Notice
from postclock.services.notifications.queries import NOTIFY_PEOPLE, notified

TELL = f"""
WITH told AS ({APPEND}), notified AS ({NOTIFY_PEOPLE})
UPDATE accounts a SET status = 'needs_login', problem = x.why, updated_at = %(now)s
  FROM jsonb_to_recordset(%(logged_out)s::jsonb) AS x (id uuid, why text)
 WHERE a.id = x.id AND a.status = 'connected'
"""  # noqa: S608 (put together from two statements of ours)
"""In one statement: activity lines, notifications, and the accounts that need a person."""


def telling(
    events: Sequence[Event],
    notices: Sequence[Notice],
    logged_out: Mapping[str, str],
    now: datetime,
) -> dict[str, Any]:
    """The values of TELL; ``logged_out`` are accounts by id, each with why it needs a person."""
    values = {**appended(events, now), **notified(notices, now)}
    out = [{"id": account, "why": why} for account, why in logged_out.items()]
    return {**values, "logged_out": Jsonb(out), "now": now}


async def tell(
    tx: Tx, events: Sequence[Event], notices: Sequence[Notice], logged_out: Mapping[str, str]
) -> None:
    """What nodes tell, in a transaction of the server's."""
    await tx.run(TELL, telling(events, notices, logged_out, tx.now))


OVERVIEW = """
SELECT (SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'postclock-node:%') AS nodes,
       (SELECT min(wake_at) FROM deliveries WHERE wake_at <= :now) AS oldest_overdue_at
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """How many nodes listen, and since when due work waits."""

    nodes: int
    oldest_overdue_at: datetime | None


async def read_overview(tx: Tx) -> Overview:
    """A node is alive while its LISTEN connection is."""
    row = (await tx.session.execute(text(OVERVIEW), {"now": tx.now})).one()
    return Overview(row.nodes, row.oldest_overdue_at)
