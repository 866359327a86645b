"""A slow platform does not fill a node's hands: what would wait long for it goes back."""

from __future__ import annotations

from uuid import UUID

from postclock.scheduler.runway import PATIENCE, PER_PLATFORM
from tests.scheduler.fed import Node
from tests.scheduler.rows import Rows, second
from tests.scheduler.scripted import until
from tests.scheduler.steps import claim

SLOW = 8.0
"""Seconds a request takes."""
MANY = 600


async def taught(node: Node, rows: Rows) -> None:
    """Let the node see how slow the platform is."""
    node.publisher.takes = SLOW
    for _ in range(PER_PLATFORM):
        rows.post(rows.account())
    await node.take()
    await node.settle()


def waiting(rows: Rows, posts: list[UUID]) -> list[float]:
    """Seconds until each of those in the database, and in nobody's hands, is to leave."""
    found = rows.all(
        "SELECT wake_at FROM deliveries WHERE post_id = ANY (%s) AND state = 'scheduled'", posts
    )
    return sorted((row["wake_at"] - second(0)).total_seconds() for row in found)


async def test_what_would_wait_long_goes_back_each_to_its_own_moment(
    node: Node, rows: Rows
) -> None:
    await taught(node, rows)
    now = node.clock.now()
    posts = [rows.post(rows.account(), due=now, now=now) for _ in range(MANY)]
    node.runner.accept(await claim(node.pool, now, limit=MANY))
    kept = round(PATIENCE * PER_PLATFORM / SLOW)
    await until(lambda: len(waiting(rows, posts)) > MANY - 4 * kept - 2 * PER_PLATFORM)
    moments = [moment - (now - second(0)).total_seconds() for moment in waiting(rows, posts)]
    node.publisher.takes = 0
    await node.settle()
    assert min(moments) > PATIENCE
    assert max(moments) < MANY * SLOW / PER_PLATFORM * 1.5
    assert len(moments) > MANY / 2, "the hands are free for others"
