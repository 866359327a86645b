"""The timer with its runner and its ears: awake when something is due, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from postclock.db.engine import Pool
from postclock.scheduler.timer import LONGEST_SLEEP
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.resident import Believing, resident
from tests.scheduler.rows import Rows, second
from tests.scheduler.scripted import (
    TestedClock,
    pass_time,
    until,
)


def published(rows: Rows, *posts: UUID) -> Callable[[], bool]:
    return lambda: all(rows.state(post) == "published" for post in posts)


async def test_it_sleeps_until_the_moment_and_is_never_early(
    pool: Pool, rows: Rows, clock: OwnedClock, dsn: str
) -> None:
    dues = (40.0, 40.02, 41.5, 43.0)
    posts = [rows.post(rows.account(), due=second(due)) for due in dues]
    async with resident(pool, clock, dsn) as node:
        await node.asleep()
        clock.move(38.9)
        await node.asleep()
        assert {rows.state(post) for post in posts} == {"scheduled"}
        await pass_time(clock, published(rows, *posts), step=0.02)
    assert all(sending.at >= sending.due_at for sending in node.publisher.sent)
    assert max(s.at - s.due_at for s in node.publisher.sent) < timedelta(seconds=2)
    assert len(node.publisher.sent) == 4


async def test_a_notification_that_names_an_earlier_moment_wakes_it(
    pool: Pool, rows: Rows, clock: OwnedClock, dsn: str
) -> None:
    rows.post(rows.account(), due=second(500))
    async with resident(pool, clock, dsn) as node:
        await node.asleep()
        soon = rows.post(rows.account(), due=second(30))
        await until(lambda: node.timer._act_at == second(29))
        await pass_time(clock, published(rows, soon), most=35)


async def test_a_notification_of_something_later_does_not(
    pool: Pool, rows: Rows, clock: OwnedClock
) -> None:
    rows.post(rows.account(), due=second(30))
    async with resident(pool, clock, None) as node:
        await node.asleep()
        node.timer.poke(second(30.001))
        assert not node.timer._woken.is_set()
        node.timer.poke(second(29.999))
        assert node.timer._woken.is_set()


async def test_a_notification_that_comes_while_it_asks_is_not_lost(
    pool: Pool, rows: Rows, clock: OwnedClock
) -> None:
    async with resident(pool, clock, None) as node:
        await node.asleep()
        made: list[UUID] = []

        def arm_after_the_answer() -> None:
            if not made:
                made.append(rows.post(rows.account(), due=second(5)))
                node.timer.poke(second(5))

        asked = node.timer._clock
        assert isinstance(asked, TestedClock)
        asked.sampled = arm_after_the_answer
        node.timer.poke()
        await until(lambda: made)
        await pass_time(clock, published(rows, *made), most=10)


async def test_a_lost_notification_is_made_good_at_the_next_look(
    pool: Pool, rows: Rows, clock: OwnedClock
) -> None:
    async with resident(pool, clock, None) as node:
        await node.asleep()
        post = rows.post(rows.account(), due=second(60))
        longest = LONGEST_SLEEP.total_seconds()
        await pass_time(clock, lambda: clock.boottime() > longest - 5, step=3, most=1000)
        assert rows.state(post) == "scheduled"
        await pass_time(clock, published(rows, post), step=0.02, most=60)
    (sending,) = node.publisher.sent
    assert sending.at <= second(LONGEST_SLEEP.total_seconds() + 30)


async def test_while_deaf_it_asks_every_second(pool: Pool, rows: Rows, clock: OwnedClock) -> None:
    async with resident(pool, clock, None) as node:
        assert isinstance(node.ears, Believing)
        node.ears.believing = False
        node.timer.poke()
        await until(lambda: node.timer._until == second(1))
        post = rows.post(rows.account(), due=second(7))
        await pass_time(clock, published(rows, post), most=12)


async def test_what_a_busy_account_gave_back_comes_again_at_its_moment(
    pool: Pool, rows: Rows, clock: OwnedClock, dsn: str
) -> None:
    busy = rows.account()
    posts = [rows.post(busy, due=second(2)) for _ in range(40)]
    async with resident(pool, clock, dsn) as node:
        await node.asleep()
        await pass_time(clock, published(rows, *posts), step=0.02, most=9)
    assert len(node.publisher.sent) == 40
    assert node.publisher.most_flying[busy] <= 4


async def test_a_busy_account_does_not_delay_another(
    pool: Pool, rows: Rows, clock: OwnedClock, dsn: str
) -> None:
    busy, quiet = rows.account(), rows.account()
    for _ in range(40):
        rows.post(busy, due=second(2))
    mine = rows.post(quiet, due=second(2.1))
    async with resident(pool, clock, dsn) as node:
        node.publisher.gate.clear()
        await pass_time(clock, lambda: any(s.post == mine for s in node.publisher.sent), most=5)
        assert len(node.publisher.sent) == 5


async def test_a_suspended_machine_notices_when_it_wakes(
    pool: Pool, rows: Rows, clock: OwnedClock
) -> None:
    async with resident(pool, clock, None) as node:
        await node.asleep()
        post = rows.post(rows.account(), due=second(100))
        clock.suspend(200)
        await pass_time(clock, published(rows, post), most=8)


async def test_it_recovers_when_its_connections_are_killed(
    pool: Pool, rows: Rows, clock: OwnedClock, dsn: str
) -> None:
    kill = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database()"
        " AND application_name IN ('postclock-test', 'ears-n1')"
    )
    async with resident(pool, clock, dsn) as node:
        await node.asleep()
        posts = [rows.post(rows.account(), due=second(2 + i / 4)) for i in range(12)]
        await pass_time(clock, lambda: len(node.publisher.sent) >= 2, step=0.02)
        assert len(rows.all(kill)) >= 2
        await pass_time(clock, published(rows, *posts), step=0.02)
        late = rows.post(rows.account(), due=clock.now() + timedelta(seconds=3), now=clock.now())
        await pass_time(clock, published(rows, late))
    assert len(node.publisher.sent) == len({s.post for s in node.publisher.sent}) == 13
    assert all(sending.at >= sending.due_at for sending in node.publisher.sent)


async def test_two_nodes_share_the_work_and_send_nothing_twice(
    pool: Pool, rows: Rows, clock: OwnedClock, dsn: str
) -> None:
    posts = [rows.post(rows.account(), due=second(3 + i / 50)) for i in range(60)]
    async with resident(pool, clock, dsn) as one, resident(pool, clock, dsn, "n2") as two:
        await pass_time(clock, published(rows, *posts), step=0.02)
        sent = [s.post for node in (one, two) for s in node.publisher.sent]
    assert sorted(sent) == sorted(posts)


async def test_what_a_dead_node_had_claimed_is_sent_by_another(
    pool: Pool, rows: Rows, clock: OwnedClock, dsn: str
) -> None:
    claimed, flying = rows.post(rows.account(), due=second(2)), rows.post(rows.account())
    rows.put(claimed, "claimed", rows.delivery(claimed)["account_id"])
    rows.put(flying, "sending", rows.delivery(flying)["account_id"])
    rows.sql.execute("UPDATE deliveries SET wake_at = %s, intended_at = %s, settled_at = %s",
                     [second(15), second(0), second(30)])  # fmt: skip
    async with resident(pool, clock, dsn) as node:
        await pass_time(clock, published(rows, claimed), most=20)
        assert [s.post for s in node.publisher.sent] == [claimed]
        assert rows.state(flying) == "unknown"
        await pass_time(clock, published(rows, flying), step=0.2, most=120)
    assert len(node.publisher.looks) == 3
