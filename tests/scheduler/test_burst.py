"""1,500 posts with two deliveries each, recorded by two nodes at once."""

from __future__ import annotations

import asyncio
import random

import pytest

from postclock.db.engine import Pool
from postclock.scheduler import queries
from postclock.scheduler.model import Claim
from postclock.scheduler.record import Ending
from tests.scheduler.rows import NOW, Rows, second
from tests.scheduler.steps import claim, failed, intend, published, record, retry

POSTS = 1500
BATCH = 50
SEED = 20261122

EXPECTED = {
    ("published", "published"): "published",
    ("failed", "published"): "partially_published",
    ("failed", "failed"): "failed",
    ("published", "retry"): "publishing",
    ("failed", "retry"): "publishing",
    ("retry", "retry"): "scheduled",
}


def make_posts(rows: Rows) -> None:
    rows.account("twitter")
    rows.account("bluesky")
    rows.sql.execute(
        "INSERT INTO posts (id, workspace_id, status, created_at, updated_at)"
        " SELECT postclock_uuid7(), %s, 'ready_to_publish', %s, %s FROM generate_series(1, %s)",
        [rows.workspace, NOW, NOW, POSTS],
    )
    rows.sql.execute(
        "SELECT postclock_arm(p.id, (SELECT array_agg(id) FROM accounts), %s, %s) FROM posts p",
        [NOW, NOW],
    )


def endings(claims: list[Claim], luck: random.Random) -> list[tuple[str, Ending]]:
    made: list[tuple[str, Ending]] = []
    for one in claims:
        word = luck.choice(["published", "failed", "retry"])
        match word:
            case "published":
                made.append((word, published(one, f"r-{one.delivery_id}")))
            case "failed":
                made.append((word, failed(one)))
            case _:
                made.append((word, retry(one, second(60))))
    return made


async def write_down(pool: Pool, mine: list[Ending], together: asyncio.Barrier) -> None:
    for start in range(0, len(mine), BATCH):
        await together.wait()
        await record(pool, *mine[start : start + BATCH])


@pytest.mark.slow
async def test_every_status_is_right_when_two_nodes_record_at_once(pool: Pool, rows: Rows) -> None:
    make_posts(rows)
    claims: list[Claim] = []
    while more := await claim(pool, limit=500):
        claims += more
        assert len(await intend(pool, *more)) == len(more)
    assert len(claims) == 2 * POSTS
    luck = random.Random(SEED)
    ended = endings(claims, luck)
    # The two deliveries of a post end at different nodes, each in an order of its own.
    nodes: tuple[list[Ending], list[Ending]] = ([], [])
    seen: dict[object, int] = {}
    for _, ending in ended:
        node = seen.setdefault(ending.claim.post_id, luck.randrange(2))
        nodes[node].append(ending)
        seen[ending.claim.post_id] = 1 - node
    for mine in nodes:
        luck.shuffle(mine)
    assert [len(mine) for mine in nodes] == [POSTS, POSTS]
    together = asyncio.Barrier(2)
    await asyncio.gather(*(write_down(pool, mine, together) for mine in nodes))

    words: dict[object, list[str]] = {}
    for word, ending in ended:
        words.setdefault(ending.claim.post_id, []).append(word)
    said = {row["id"]: row["status"] for row in rows.all("SELECT id, status FROM posts")}
    wrong = {
        post: (said[post], both)
        for post, both in words.items()
        if said[post] != EXPECTED[tuple(sorted(both))]  # type: ignore[index]
    }
    assert (len(words), wrong) == (POSTS, {})


async def test_two_nodes_that_record_the_same_posts_in_opposite_order_never_deadlock(
    pool: Pool, rows: Rows
) -> None:
    accounts = [rows.account("twitter"), rows.account("bluesky")]
    for _ in range(40):
        rows.post(*accounts)
    claims = await claim(pool)
    await intend(pool, *claims)
    sides = {
        platform: [
            published(c, f"{c.delivery_id}") for c in claims if c.target.platform == platform
        ]
        for platform in ("twitter", "bluesky")
    }
    await asyncio.gather(record(pool, *sides["twitter"]), record(pool, *reversed(sides["bluesky"])))
    statuses = {row["status"] for row in rows.all("SELECT status FROM posts")}
    assert statuses == {"published"}
    async with pool.connection() as connection:
        assert await queries.backlog(connection, now=second(999)) == (0, None)
