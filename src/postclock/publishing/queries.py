"""SQL about how publishing is going."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from postclock.db.session import Tx

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
