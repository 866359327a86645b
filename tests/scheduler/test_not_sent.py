"""A node that knows that nothing left says so, and nobody has to be asked about it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from postclock.db.engine import Pool, node_pool
from postclock.errors import Problem
from postclock.scheduler.model import CannotTell, Unknown
from postclock.scheduler.record import Ending
from postclock.scheduler.states import State
from tests.fixtures.clocks import OwnedClock
from tests.fixtures.proxy import Proxy, proxy_to
from tests.scheduler.fed import Node, make_node
from tests.scheduler.rows import Rows, second
from tests.scheduler.scripted import pass_time, until
from tests.scheduler.steps import record, retry, send, unknown

SILENCE = CannotTell("silence")


@pytest.fixture
def proxy(dsn: str) -> Iterator[Proxy]:
    with proxy_to(dsn) as line:
        yield line


@pytest_asyncio.fixture
async def distant(proxy: Proxy, dsn: str, clock: OwnedClock) -> AsyncIterator[Node]:
    """A node whose line to the database can be broken."""
    async with node_pool(proxy.address(dsn), "postclock-test") as pool:
        made = make_node(pool, clock)
        made.runner.start()
        yield made
        await made.runner.stop()


async def test_an_intent_whose_commit_was_not_answered_is_taken_back(
    distant: Node, proxy: Proxy, rows: Rows
) -> None:
    """It was committed, but the node learns that only later: it sent nothing, and says so."""
    post = rows.post(rows.account())
    distant.publisher.sightings[post].append(SILENCE)
    with rows.sql.transaction():
        rows.sql.execute("SELECT 1 FROM posts WHERE id = %s FOR UPDATE", [post])
        await distant.take()
        await until(rows.lock_waits)
        proxy.half_open()
    await until(lambda: rows.state(post) == "sending")
    proxy.reset()
    await pass_time(distant.clock, lambda: distant.ended)
    (attempt,) = rows.attempts(post)
    assert (attempt["outcome"], attempt["sent_at"]) == ("not_sent", None)
    assert (rows.state(post), rows.delivery(post)["failures"]) == ("scheduled", 0)
    await distant.work(rows, post, "published")
    assert len(distant.publisher.sent) == 1
    assert distant.publisher.looks == []


def _not_sent(late: Ending) -> Ending:
    return Ending(
        claim=late.claim, ended_at=second(50), state=State.SCHEDULED, wake_at=second(60),
        attempt="not_sent", error_code="not_sent", error_message="Held up too long.",
    )  # fmt: skip


async def test_a_frozen_node_that_sent_nothing_settles_the_doubt(
    pool: Pool, rows: Rows, clock: OwnedClock
) -> None:
    """Its lease ran out and the platform cannot be asked; then it wakes, and had not written."""
    post = rows.post(rows.account())
    frozen = unknown(await send(pool), second(1))
    node = make_node(pool, clock, "n2")
    node.publisher.guarded = False
    node.publisher.sightings[post].extend([SILENCE] * 99)
    node.runner.start()
    clock.move(41)
    await node.take()
    await pass_time(clock, lambda: node.ended)
    assert rows.state(post) == "unknown"
    await record(pool, _not_sent(frozen), now=clock.now())
    await node.work(rows, post, "published")
    assert (len(node.publisher.looks), len(node.publisher.sent)) == (1, 1)
    await node.runner.stop()


async def test_one_attempt_that_may_have_arrived_is_doubt_enough(
    pool: Pool, rows: Rows, clock: OwnedClock
) -> None:
    """The first sent nothing, but what became of the second nobody knows."""
    post = rows.post(rows.account())
    frozen = unknown(await send(pool), second(1))
    node = make_node(pool, clock, "n2")
    node.publisher.guarded = False
    node.publisher.outcomes[post].append(Unknown(Problem("lost", "Lost.")))
    node.publisher.sightings[post].extend([SILENCE] * 200)
    node.runner.start()
    clock.move(41)
    await node.take()
    await pass_time(clock, lambda: node.ended)
    await record(pool, _not_sent(frozen), now=clock.now())
    await node.work(rows, post, "unconfirmed")
    assert len(node.publisher.sent) == 1
    assert len(node.publisher.looks) > 50
    await node.runner.stop()


async def test_attempts_that_another_database_knew_of_are_doubt_too(
    pool: Pool, rows: Rows, clock: OwnedClock
) -> None:
    """All that is known of it certainly failed; but this database is a restored copy."""
    post = rows.post(rows.account())
    recognize = "SELECT * FROM postclock_recognize(%s, '1', %s)"
    rows.sql.execute(recognize, ["one", second(0)])
    await record(pool, retry(await send(pool, second(1)), second(9), second(2)))
    rows.sql.execute(recognize, ["another", second(5)])
    node = make_node(pool, clock, "n2")
    node.publisher.sightings[post].append(SILENCE)
    node.runner.start()
    clock.move(5)
    await node.take()
    await pass_time(clock, lambda: node.ended)
    assert (len(node.publisher.looks), rows.state(post)) == (1, "unknown")
    await node.runner.stop()
