"""One account's crowd delays nobody else: not with an empty quota, and not without one."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from postclock.clock import HostClock
from postclock.db.engine import Pool
from postclock.scheduler.model import Window
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.resident import resident
from tests.scheduler.rows import NOW, Rows, second
from tests.scheduler.scripted import pass_time

CROWD = 10_000
OTHERS = 40
TAKES = 0.2
"""Seconds a request takes."""
STEP = 0.05
"""Seconds the test's clock moves on once the node has done all there is to do."""
CALM = 5
QUOTA = Window(4, 3600)

CROWDED = """
WITH written AS (
  INSERT INTO posts (id, workspace_id, content, status, created_at, updated_at)
  SELECT postclock_uuid7(), %(workspace)s, '{}', 'ready_to_publish', %(now)s, %(now)s
    FROM generate_series(1, %(count)s) RETURNING id
)
INSERT INTO deliveries (id, workspace_id, post_id, account_id, platform, state, due_at, wake_at,
                        created_at, updated_at)
SELECT postclock_uuid7(), %(workspace)s, id, %(account)s, 'twitter', 'scheduled', %(due)s, %(due)s,
       %(now)s, %(now)s FROM written
"""


def crowd(rows: Rows) -> UUID:
    """An account with ``CROWD`` posts due at once, a moment before those of the others."""
    account = rows.account()
    rows.sql.execute(
        CROWDED,
        {"workspace": rows.workspace, "account": account, "count": CROWD, "now": NOW,
         "due": second(0.5)},
    )  # fmt: skip
    return account


def others(rows: Rows) -> dict[UUID, UUID]:
    """Other accounts, each with a post in one of the next seconds; account by post."""
    accounts = [rows.account() for _ in range(OTHERS)]
    return {
        rows.post(account, due=second(1 + 3 * i / OTHERS)): account
        for i, account in enumerate(accounts)
    }


async def how_late(pool: Pool, rows: Rows, posts: dict[UUID, UUID], *, full: UUID | None) -> float:
    """Seconds by which the latest of ``posts`` left; the account ``full`` has used its quota up."""
    clock = OwnedClock()
    if full:
        rows.sql.execute("INSERT INTO quota_usage VALUES (%s, %s, %s)", [full, NOW, QUOTA.limit])
    async with resident(pool, clock, None) as node:
        node.publisher.takes = TAKES
        if full:
            node.publisher.quotas["twitter"] = (QUOTA,)
        while not posts.keys() <= {sending.post for sending in node.publisher.sent}:
            assert clock.now() < second(60), "somebody is held up"
            await quiet(pool)
            clock.move(STEP)
        sent = [sending for sending in node.publisher.sent if sending.post in posts]
        node.publisher.takes = 0
        await pass_time(clock, lambda: not sum(node.publisher.flying.values()))
    assert all(sending.at >= sending.due_at for sending in sent)
    return max((sending.at - sending.due_at).total_seconds() for sending in sent)


async def quiet(pool: Pool) -> None:
    """Return when the node waits for nothing but the clock: no statement is under way."""
    host, never, turns = HostClock(), asyncio.Event(), 0
    while turns < CALM:
        await host.wait(never, 0.001)
        told = pool.get_stats()
        busy = told["pool_size"] - told["pool_available"] + told.get("requests_waiting", 0)
        turns = 0 if busy else turns + 1


@pytest.mark.slow
@pytest.mark.parametrize("quota", ["empty", "none"])
async def test_a_crowd_delays_nobody_else(pool: Pool, rows: Rows, quota: str) -> None:
    alone = await how_late(pool, rows, others(rows), full=None)
    posts, crowded = others(rows), crowd(rows)
    beside = await how_late(pool, rows, posts, full=crowded if quota == "empty" else None)
    left = rows.one(
        "SELECT count(*) AS n FROM deliveries WHERE account_id = %s AND state = 'scheduled'",
        crowded,
    )["n"]
    assert left > CROWD / 2, "the crowd was still there"
    assert left == CROWD or quota == "none"
    assert beside <= alone + STEP
