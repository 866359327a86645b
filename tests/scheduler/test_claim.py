"""Claiming: order, limits, leases, and that nobody waits for anybody."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from postclock.db.engine import Pool
from postclock.scheduler import held_queries, queries
from postclock.scheduler.states import State
from tests.scheduler.rows import Rows, second
from tests.scheduler.steps import (
    LEASES,
    SEND_LEASE,
    claim,
    claim_one,
    intend,
    record,
    retry,
    send,
    unknown,
)


async def test_what_is_due_soonest_is_claimed_first_up_to_the_limit(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    posts = [rows.post(account, due=second(due)) for due in (0.9, -5, 0.2, 3)]
    first = await claim(pool, limit=2)
    assert [one.post_id for one in first] == [posts[1], posts[2]]
    assert [one.post_id for one in await claim(pool)] == [posts[0]]
    assert rows.state(posts[3]) == "scheduled"


async def test_a_claim_tells_the_instant_and_never_one_before_the_chosen_moment(
    pool: Pool, rows: Rows
) -> None:
    rows.post(rows.account(), due=second(0.7))
    late = rows.post(rows.account(), due=second(-60))
    past, ahead = await claim(pool)
    assert (past.due_at, past.instant, past.post_id) == (second(-60), second(0), late)
    assert ahead.instant == ahead.due_at == second(0.7)
    rows.sql.execute("UPDATE deliveries SET state = 'scheduled', wake_at = %s", [second(-90)])
    assert min(one.instant for one in await claim(pool)) == second(-60)


async def test_a_claim_holds_the_row_until_its_lease_runs_out(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    mine = await claim_one(pool)
    row = rows.delivery(post)
    assert (row["state"], row["node"], row["fence"], row["wake_at"]) == (
        "claimed", "n1", mine.fence, second(15),
    )  # fmt: skip
    assert await claim(pool, second(14.5), node="n2") == []
    theirs = await claim_one(pool, second(15), node="n2")
    assert theirs.fence == mine.fence + 1
    assert await intend(pool, mine, now=second(15)) == set()
    assert rows.state(post) == "claimed"
    assert await intend(pool, theirs, now=second(15)) == {theirs.delivery_id}


async def test_leases_are_never_taken_over_ahead(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    for state in ("claimed", "sending", "unknown", "staging"):
        post = rows.post(account)
        rows.put(post, state, account)
    rows.sql.execute("UPDATE deliveries SET wake_at = %s", [second(0.5)])
    assert await claim(pool) == []
    assert len(await claim(pool, second(0.5))) == 4


async def test_a_sending_that_nobody_ended_comes_back_unknown(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    lost = await send(pool)
    assert await claim(pool, second(39.9)) == []
    found = await claim_one(pool, second(40), node="n2")
    row, (attempt,) = rows.delivery(post), rows.attempts(post)
    assert (found.state, row["state"]) == (State.UNKNOWN, "unknown")
    assert (found.fence, found.failures, found.looks) == (lost.fence + 1, 1, 0)
    assert (found.doubted_at, found.settled_at) == (second(0), second(40))
    assert (attempt["outcome"], attempt["ended_at"]) == ("unknown", second(40))
    assert attempt["number"] == lost.fence
    assert row["wake_at"] == second(40) + SEND_LEASE


async def test_the_first_doubt_is_kept_through_later_attempts(pool: Pool, rows: Rows) -> None:
    rows.post(rows.account())
    first = await send(pool)
    await record(pool, unknown(first, second(1)))
    look = await claim_one(pool, second(1))
    assert look.doubted_at == second(0)
    rows.sql.execute("UPDATE deliveries SET state = 'scheduled', wake_at = %s", [second(5)])
    await send(pool, second(5))
    again = await claim_one(pool, second(60))
    assert (again.doubted_at, again.settled_at) == (second(0), second(45))


async def test_rows_in_other_hands_are_skipped_not_waited_for(pool: Pool, rows: Rows) -> None:
    posts = {rows.post(rows.account()) for _ in range(6)}
    async with pool.connection() as one, pool.connection() as two:
        ask = partial(queries.claim_due, now=second(0), lead=timedelta(0), leases=LEASES)
        async with one.transaction():
            mine = await ask(one, node="n1", limit=4)
            theirs = await ask(two, node="n2", limit=10)
    assert (len(mine), len(theirs)) == (4, 2)
    assert {c.post_id for c in mine} | {c.post_id for c in theirs} == posts


async def test_the_fence_only_grows(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    fences = [rows.delivery(post)["fence"]]
    for lease in range(3):
        await claim_one(pool, second(15 * lease))
        fences.append(rows.delivery(post)["fence"])
    rows.disarm(post)
    fences.append(rows.delivery(post)["fence"])
    account = rows.delivery(post)["account_id"]
    rows.arm(post, [account])
    fences.append(rows.delivery(post)["fence"])
    assert fences == sorted(set(fences))


async def test_a_claim_for_named_posts_leaves_the_others(pool: Pool, rows: Rows) -> None:
    wanted, _other = (rows.post(rows.account()) for _ in range(2))
    assert [c.post_id for c in await claim(pool, posts=[wanted])] == [wanted]
    assert await claim(pool, posts=[]) == []


async def test_due_posts_and_the_backlog_count_posts_not_deliveries(pool: Pool, rows: Rows) -> None:
    older = rows.post(rows.account(), rows.account("bluesky"), due=second(-9), now=second(-9))
    newer = rows.post(rows.account())
    rows.post(rows.account(), due=second(70))
    async with pool.connection() as connection:
        found = await queries.due_posts(connection, now=second(0), seen=[], limit=9)
        rest = await queries.due_posts(connection, now=second(0), seen=[older], limit=9)
        backlog = await queries.backlog(connection, now=second(0))
    assert (found, rest, backlog) == ([older, newer], [newer], (2, second(70)))


async def test_next_wake_names_the_earliest_and_whether_it_may_be_claimed_ahead(
    pool: Pool, rows: Rows
) -> None:
    ahead = timedelta(seconds=1)
    async with pool.connection() as connection:
        told = await queries.next_wake(connection)
        assert (told.wake_at, told.resting_at) == (None, None)
        assert told.act_at(ahead) == queries.FAR_FUTURE
        rows.post(rows.account(), due=second(15.5))
        told = await queries.next_wake(connection)
        assert (told.wake_at, told.act_at(ahead)) == (second(15.5), second(14.5))
        rows.post(rows.account())
        await claim(pool)
        told = await queries.next_wake(connection)
        assert (told.wake_at, told.resting_at) == (second(15), second(15.5))
        assert told.act_at(timedelta(seconds=0.1)) == second(15)


async def test_a_release_goes_to_its_own_moment_and_only_under_its_fence(
    pool: Pool, rows: Rows
) -> None:
    posts = [rows.post(rows.account()) for _ in range(3)]
    mine = {c.post_id: c for c in await claim(pool)}
    await intend(pool, mine[posts[1]])
    theirs = await claim(pool, second(16), posts=[posts[2]], node="n2")
    async with pool.connection() as connection:
        wakes = [(mine[p], second(20 + i)) for i, p in enumerate(posts)]
        await held_queries.release(connection, wakes, now=second(16))
    assert [rows.state(p) for p in posts] == ["scheduled", "sending", "claimed"]
    assert rows.delivery(posts[0])["wake_at"] == second(20)
    assert rows.delivery(posts[2])["fence"] == theirs[0].fence


async def test_receipts_that_other_deliveries_hold_are_named(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    other, mine = rows.post(account), rows.post(account)
    stranger = rows.post(rows.account())
    for post, remote in ((other, "taken"), (stranger, "elsewhere")):
        rows.sql.execute(
            "UPDATE deliveries SET state = 'published', wake_at = NULL, remote_id = %s"
            " WHERE post_id = %s", [remote, post],
        )  # fmt: skip
    claimed = await claim_one(pool)
    assert claimed.post_id == mine
    async with pool.connection() as connection:
        assert await queries.taken_receipts(connection, claimed, second(0)) == {"taken"}
        assert await queries.taken_receipts(connection, claimed, second(3600)) == frozenset()


async def test_a_retry_waits_for_its_moment(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    await record(pool, retry(await send(pool), second(30)))
    assert await claim(pool, second(28.9)) == []
    again = await claim_one(pool, second(29))
    assert (again.failures, again.instant, rows.state(post)) == (1, second(30), "claimed")
