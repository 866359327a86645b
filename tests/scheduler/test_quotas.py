"""Quotas where attempts are committed: who leaves, who waits, and until when."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from postclock.db.engine import Pool
from postclock.scheduler.held_queries import LOCK_DELIVERIES, Limits, intend, park
from postclock.scheduler.model import Claim, Retry, Window
from postclock.scheduler.record import Ending
from postclock.scheduler.states import State
from tests.scheduler.fed import Node
from tests.scheduler.rows import NOW, Rows, second
from tests.scheduler.scripted import until
from tests.scheduler.steps import SEND_LEASE, claim, record

NO_GAP = timedelta(0)
THREE_AN_HOUR = Limits({"twitter": (Window(3, 3600),)}, gap=NO_GAP)
MINUTE = 60
HOUR = 3600 + MINUTE  # a minute counts until all of it has left the window


async def leave(
    pool: Pool, claims: list[Claim], at: float = 0, limits: Limits = THREE_AN_HOUR
) -> tuple[set[UUID], set[UUID]]:
    """Those that go and those whose account must wait, which are then parked."""
    async with pool.connection() as connection:
        going, shut = await intend(
            connection, [(one, {}) for one in claims], now=second(at), lease=SEND_LEASE,
            limits=limits,
        )  # fmt: skip
        waiting = [one for one in claims if one.hold in shut]
    if waiting:
        await parked(pool, waiting, at, limits)
    posts = {one.hold: one.post_id for one in claims}
    return {posts[hold] for hold in going}, {posts[hold] for hold in shut}


async def parked(
    pool: Pool, claims: list[Claim], at: float = 0, limits: Limits = THREE_AN_HOUR
) -> None:
    async with pool.connection() as connection:
        ahead = timedelta(seconds=1)
        await park(connection, claims, now=second(at), ahead=ahead, limits=limits)


def waits(rows: Rows, posts: list[UUID]) -> list[float]:
    """Seconds from the start until each is to leave."""
    return [(rows.delivery(post)["wake_at"] - second(0)).total_seconds() for post in posts]


async def test_a_full_window_lets_nothing_more_leave_and_says_when(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    posts = [rows.post(account) for _ in range(5)]
    going, shut = await leave(pool, await claim(pool))
    assert (len(going), len(shut)) == (3, 2)
    waiting = [post for post in posts if post in shut]
    assert waits(rows, waiting) == [HOUR, HOUR]
    assert {rows.delivery(post)["error_code"] for post in waiting} == {"quota_wait"}
    assert {rows.state(post) for post in waiting} == {"scheduled"}
    assert rows.attempts(waiting[0]) == []
    going, shut = await leave(pool, await claim(pool, second(HOUR)), at=HOUR)
    assert (len(going), shut) == (2, set())


async def test_the_window_slides(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    for at in (0, 1200, 2400):
        rows.post(account, due=second(at))
        await leave(pool, await claim(pool, second(at)), at=at)
    late = rows.post(account, due=second(2500))
    await leave(pool, await claim(pool, second(2500)), at=2500)
    assert waits(rows, [late]) == [HOUR]
    next_one = rows.post(account, due=second(HOUR))
    claims = await claim(pool, second(HOUR))
    going, _ = await leave(pool, claims, at=HOUR)
    assert len(going) == 1
    assert waits(rows, [next_one if late in going else late]) == [1200 + HOUR]


async def test_a_crowd_is_parked_in_one_go_each_at_its_own_free_moment(
    pool: Pool, rows: Rows
) -> None:
    account, other = rows.account(), rows.account()
    crowd = [rows.post(account) for _ in range(10)]
    alone = rows.post(other, due=second(0.5))
    taken = await claim(pool, limit=5)
    going, shut = await leave(pool, taken)
    assert (len(going), len(shut)) == (3, 2)
    left = [post for post in crowd if post not in going]
    assert sorted(waits(rows, left)) == [HOUR] * 3 + [2 * HOUR] * 3 + [3 * HOUR]
    assert [one.post_id for one in await claim(pool)] == [alone]


async def test_what_somebody_locks_for_an_instant_is_parked_too(pool: Pool, rows: Rows) -> None:
    """A claim and another parking do so; passed over, it would stay claimed for all its lease."""
    account = rows.account()
    for _ in range(5):
        rows.post(account)
    claims = await claim(pool)
    async with pool.connection() as connection:
        _, shut = await intend(
            connection, [(one, {}) for one in claims], now=NOW, lease=SEND_LEASE,
            limits=THREE_AN_HOUR,
        )  # fmt: skip
    waiting = [one for one in claims if one.hold in shut]
    with rows.sql.transaction():
        rows.sql.execute(LOCK_DELIVERIES, [[waiting[0].delivery_id]])
        parking = asyncio.create_task(parked(pool, waiting))
        await until(rows.lock_waits)
    await parking
    assert [rows.state(one.post_id) for one in waiting] == ["scheduled"] * 2


async def test_accounts_do_not_count_for_each_other(pool: Pool, rows: Rows) -> None:
    for _ in range(3):
        account = rows.account()
        for _ in range(3):
            rows.post(account)
    going, shut = await leave(pool, await claim(pool))
    assert (len(going), shut) == (9, set())


async def test_all_windows_of_a_platform_hold(pool: Pool, rows: Rows) -> None:
    limits = Limits({"twitter": (Window(3, 3600), Window(4, 86400))}, gap=NO_GAP)
    account = rows.account()
    first = [rows.post(account) for _ in range(3)]
    await leave(pool, await claim(pool), limits=limits)
    more = [rows.post(account, due=second(HOUR), now=second(0)) for _ in range(2)]
    claims = await claim(pool, second(HOUR))
    going, shut = await leave(pool, claims, at=HOUR, limits=limits)
    assert (len(first), len(going), len(shut)) == (3, 1, 1)
    (waiting,) = [post for post in more if post in shut]
    assert waits(rows, [waiting]) == [86400 + MINUTE]


async def test_two_nodes_at_once_do_not_take_the_last_place_twice(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    for _ in range(20):
        rows.post(account)
    halves = [await claim(pool, limit=10, node=name) for name in ("n1", "n2")]
    both = await asyncio.gather(*(leave(pool, half) for half in halves))
    assert sum(len(going) for going, _ in both) == 3
    assert rows.one("SELECT sum(used)::int AS n FROM quota_usage")["n"] == 3


async def test_without_windows_nothing_is_counted(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    for _ in range(9):
        rows.post(account)
    going, _ = await leave(pool, await claim(pool), limits=Limits(gap=NO_GAP))
    assert len(going) == 9
    assert rows.all("SELECT 1 FROM quota_usage") == []


async def test_what_a_platform_says_holds_for_all_the_account_sends(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    told, other = rows.post(account), rows.post(account, due=second(30))
    (claimed,) = await claim(pool)
    await leave(pool, [claimed], limits=Limits(gap=NO_GAP))
    full = Ending(
        claimed, second(1), State.SCHEDULED, second(900), attempt="retry", sent_at=second(0),
        blocked_until=second(900), error_code="rate_limited", error_message="Not now.",
    )  # fmt: skip
    await record(pool, full, now=second(1))
    going, shut = await leave(pool, await claim(pool, second(30)), at=30, limits=Limits(gap=NO_GAP))
    assert (going, shut) == (set(), {other})
    assert waits(rows, [told, other]) == [900, 900]
    going, _ = await leave(pool, await claim(pool, second(900)), at=900, limits=Limits(gap=NO_GAP))
    assert going == {told, other}


async def test_late_ones_leave_oldest_first_with_a_gap_and_others_between(
    pool: Pool, rows: Rows
) -> None:
    account, limits = rows.account(), Limits(gap=timedelta(seconds=20))
    late = [rows.post(account, due=second(-3600 + i), now=second(-3600)) for i in range(4)]
    punctual = rows.post(account, now=second(0))
    going, _ = await leave(pool, await claim(pool), limits=limits)
    assert going == {late[0], punctual}
    assert waits(rows, late[1:]) == [20, 40, 60]
    assert {rows.delivery(post)["error_code"] for post in late[1:]} == {None}
    going, _ = await leave(pool, await claim(pool, second(20)), at=20, limits=limits)
    assert going == {late[1]}


async def test_a_node_obeys_them(node: Node, rows: Rows) -> None:
    account, other = rows.account(), rows.account("bluesky")
    node.publisher.quotas["twitter"] = (Window(2, 3600),)
    posts = [rows.post(account) for _ in range(6)] + [rows.post(other)]
    for _ in range(40):
        await node.take()
        await node.settle()
        if len(node.publisher.sent) == len(posts):
            break
        node.clock.move(600)
    moments = [sending.at for sending in node.publisher.sent if sending.account == account]
    assert len(moments) == 6
    spans = [(b - a).total_seconds() for a, b in zip(moments, moments[2:], strict=False)]
    assert min(spans) >= 3600
    assert node.publisher.sent[0].at < second(1)
    assert {rows.status(post) for post in posts} == {"published"}
    assert not [one for one in node.ended if isinstance(one, Retry)]
