"""The statements about what a node holds: intend, park, save, release. ``now`` is a parameter.

``intend`` and ``park`` are functions of the database (migration 0002): one call, one round trip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from postclock.scheduler.model import Claim, Staged, Window
from postclock.scheduler.queries import Connection, notify_wake

Hold = tuple[UUID, int]
"""What a claim is held by: a delivery's id and fence."""

LOCK_DELIVERIES = "SELECT 1 FROM deliveries WHERE id = ANY (%s) ORDER BY id FOR UPDATE"


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds an account back: its platform's windows, and the gap between late deliveries."""

    windows: Mapping[str, Sequence[Window]] = field(default_factory=dict)
    late: timedelta = timedelta(minutes=10)
    gap: timedelta = timedelta(seconds=15)

    def values(self) -> dict[str, Any]:
        """As the statements take them."""
        told = {name: [[w.limit, w.seconds] for w in ws] for name, ws in self.windows.items() if ws}
        return {"windows": Jsonb(told), "late": self.late, "gap": self.gap}


INTEND = """
SELECT * FROM postclock_intend(%(going)s, %(now)s, %(lease)s, %(windows)s, %(late)s, %(gap)s)
"""


async def intend(
    connection: Connection,
    going: Sequence[tuple[Claim, Staged]],
    *,
    now: datetime,
    lease: timedelta,
    limits: Limits,
) -> tuple[set[Hold], set[Hold]]:
    """Commit that these are about to be sent; those that may be, and those whose account waits.

    One attempt each, numbered by its fence: of two claims of one delivery only the later goes.
    ``staged`` is committed with it, so that what was sent can be found again. Nothing may leave
    before this has returned. What is in neither set is no longer this node's.
    """
    if not going:
        return set(), set()
    rows = [
        {"id": str(claim.delivery_id), "fence": claim.fence, "post_id": str(claim.post_id),
         "staged": staged}
        for claim, staged in going
    ]  # fmt: skip
    values = {"going": Jsonb(rows), "now": now, "lease": lease, **limits.values()}
    cursor = await connection.execute(INTEND, values)
    holds = {True: set[Hold](), False: set[Hold]()}
    for row in await cursor.fetchall():
        holds[row["shut"]].add((row["delivery_id"], row["fence"]))
    return holds[False], holds[True]


PARK = """
SELECT postclock_park(%(ids)s::uuid[], %(fences)s::integer[], %(now)s, %(ahead)s, %(windows)s,
                      %(late)s, %(gap)s) AS wake_at
"""


async def park(
    connection: Connection,
    claims: Sequence[Claim],
    *,
    now: datetime,
    ahead: timedelta,
    limits: Limits,
) -> None:
    """Give back what may not leave yet, with all that its account has due until ``ahead``.

    The k-th goes to its account's k-th free moment, and every node is told of the first.
    """
    values = {**_held(claims), "now": now, "ahead": ahead, **limits.values()}
    row = await (await connection.execute(PARK, values)).fetchone()
    if row and row["wake_at"]:
        await notify_wake(connection, row["wake_at"])


SAVE_STAGED = """
UPDATE deliveries SET staged = %(staged)s, wake_at = %(now)s + %(lease)s, updated_at = %(now)s
 WHERE id = %(id)s AND fence = %(fence)s AND state = 'staging'
"""


async def save_staged(
    connection: Connection, claim: Claim, staged: Staged, *, now: datetime, lease: timedelta
) -> bool:
    """Keep how far staging came and hold it longer; False when it is no longer this node's."""
    cursor = await connection.execute(
        SAVE_STAGED,
        {"id": claim.delivery_id, "fence": claim.fence, "staged": Jsonb(staged), "now": now,
         "lease": lease},
    )  # fmt: skip
    return cursor.rowcount == 1


SAVE_PROGRESS = """
UPDATE deliveries
   SET staged = %(staged)s, wake_at = greatest(wake_at, %(now)s + %(lease)s),
       settled_at = CASE WHEN state = 'sending' THEN greatest(settled_at, %(now)s + %(lease)s)
                    ELSE settled_at END,
       updated_at = %(now)s
 WHERE id = %(id)s AND fence = %(fence)s AND state IN ('sending', 'unknown')
"""


async def save_progress(
    connection: Connection, claim: Claim, staged: Staged, *, now: datetime, lease: timedelta
) -> bool:
    """Keep which parts are public and hold it longer; False when it is no longer this node's."""
    cursor = await connection.execute(
        SAVE_PROGRESS,
        {"id": claim.delivery_id, "fence": claim.fence, "staged": Jsonb(staged), "now": now,
         "lease": lease},
    )  # fmt: skip
    return cursor.rowcount == 1


RELEASE = """
UPDATE deliveries d
   SET state = CASE WHEN d.state = 'claimed' AND d.stage_at IS NOT NULL THEN 'staged'
               ELSE 'scheduled' END,
       wake_at = x.wake_at, node = NULL, updated_at = %(now)s
  FROM unnest(%(ids)s::uuid[], %(fences)s::integer[], %(wakes)s::timestamptz[])
       AS x (id, fence, wake_at)
 WHERE d.id = x.id AND d.fence = x.fence AND d.state IN ('claimed', 'staging')
"""


async def release(
    connection: Connection, wakes: Sequence[tuple[Claim, datetime]], *, now: datetime
) -> None:
    """Give back what nothing has left of, each to its own next moment, and tell every node."""
    if not wakes:
        return
    held = _held([claim for claim, _ in wakes])
    async with connection.transaction(), connection.pipeline():
        await connection.execute(LOCK_DELIVERIES, [held["ids"]])
        await connection.execute(
            RELEASE, {**held, "now": now, "wakes": [wake for _, wake in wakes]}
        )
        await notify_wake(connection, min(wake for _, wake in wakes))


def _held(claims: Sequence[Claim]) -> dict[str, Any]:
    return {"ids": [c.delivery_id for c in claims], "fences": [c.fence for c in claims]}
