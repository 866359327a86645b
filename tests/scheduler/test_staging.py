"""Staging: uploads go ahead of the moment, are saved as they go, and survive a crash."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from postclock.db.engine import Pool
from postclock.errors import Problem
from postclock.scheduler.held_queries import save_staged
from postclock.scheduler.model import NeedsLogin, Rejected, Retry, Unknown
from postclock.scheduler.states import State
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.fed import Node
from tests.scheduler.rows import Rows, second
from tests.scheduler.scripted import pass_time
from tests.scheduler.steps import claim, claim_one, intend

LEAD = timedelta(minutes=10)
DUE = second(600 + 60)
BUSY = Retry(Problem("busy", "The upload is not taken now."))


def carrying(rows: Rows, *, lead: timedelta = LEAD) -> tuple[UUID, UUID]:
    """A post with something to upload, due in eleven minutes."""
    post, account = rows.draft(), rows.account()
    rows.sql.execute(
        "SELECT postclock_arm(%s, %s, %s, %s, %s)", [post, [account], DUE, second(0), [lead]]
    )
    return post, account


async def test_it_is_claimed_its_lead_ahead_and_sent_at_its_moment(
    node: Node, rows: Rows, clock: OwnedClock
) -> None:
    post, _ = carrying(rows)
    assert rows.delivery(post)["wake_at"] == DUE - LEAD
    clock.move(60)
    await node.take()
    await pass_time(clock, lambda: rows.state(post) == "staged")
    row = rows.delivery(post)
    assert row["wake_at"] == DUE
    assert row["staged"]["media"]["done"]
    assert rows.status(post) == "scheduled"
    assert node.publisher.sent == []
    await node.work(rows, post, "published")
    assert node.publisher.sent[0].at >= DUE
    assert rows.delivery(post)["staged"]["media"]["done"], "what was uploaded is what was sent"


async def test_text_alone_is_not_staged(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    await node.work(rows, post, "published")
    assert "media" not in rows.delivery(post)["staged"]


async def test_a_crash_costs_time_and_the_next_goes_on_from_what_was_saved(
    pool: Pool, rows: Rows
) -> None:
    post, _ = carrying(rows)
    (first,) = await claim(pool, second(60))
    assert first.state is State.STAGING
    saved = {"media": {"a": "uploaded"}}
    async with pool.connection() as connection:
        held = timedelta(seconds=120)
        assert await save_staged(connection, first, saved, now=second(100), lease=held)
    assert await claim(pool, second(219)) == [], "saving held it longer"
    (second_try,) = await claim(pool, second(220))
    assert (second_try.state, second_try.staged) == (State.STAGING, saved)
    async with pool.connection() as connection:
        assert not await save_staged(connection, first, {}, now=second(221), lease=held)
    assert rows.delivery(post)["staged"] == saved


async def test_a_failure_ahead_uses_up_no_try_and_is_told_once(
    node: Node, rows: Rows, clock: OwnedClock
) -> None:
    post, _ = carrying(rows)
    node.publisher.unstaged[post].extend([BUSY, Unknown(Problem("lost", "Lost.")), BUSY, BUSY])
    clock.move(60)
    await node.work(rows, post, "staged")
    row = rows.delivery(post)
    assert (row["failures"], row["retries"], row["stage_failures"]) == (0, 0, 0)
    warned = [c.deliveries[0]["stage_failures"] for c in node.witness.changes]
    assert warned == [1, 2, 3, 4, 0]
    assert row["error_message"] is None, "it worked in the end"
    await node.work(rows, post, "published")


async def test_from_its_moment_on_failures_count(node: Node, rows: Rows, clock: OwnedClock) -> None:
    post, _ = carrying(rows)
    node.publisher.unstaged[post].extend([BUSY] * 100)
    clock.move(60)
    await node.work(rows, post, "failed")
    row = rows.delivery(post)
    assert row["failures"] == 3
    assert row["stage_failures"] > 3
    assert clock.now() > DUE
    assert node.publisher.sent == []


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Rejected(Problem("too_big", "Too big.")), "failed"),
        (NeedsLogin(Problem("login", "Log in.")), "held"),
    ],
)
async def test_what_waiting_cannot_mend_is_told_while_there_is_time(
    node: Node, rows: Rows, clock: OwnedClock, outcome: Rejected | NeedsLogin, state: str
) -> None:
    post, _ = carrying(rows)
    node.publisher.unstaged[post].append(outcome)
    clock.move(60)
    await node.work(rows, post, state)
    assert clock.now() < DUE
    assert rows.delivery(post)["error_message"] == outcome.problem.message


async def test_what_the_platform_lost_is_uploaded_again(
    node: Node, rows: Rows, clock: OwnedClock
) -> None:
    post, _ = carrying(rows)
    gone = Retry(Problem("upload_gone", "Gone."), restage=True)
    node.publisher.outcomes[post].append(gone)
    clock.move(60)
    await node.work(rows, post, "staged")
    await node.work(rows, post, "scheduled")
    assert "media" not in rows.delivery(post)["staged"]
    await node.work(rows, post, "published")
    assert rows.delivery(post)["staged"]["media"]["done"]


async def test_moving_the_moment_moves_the_staging(pool: Pool, rows: Rows) -> None:
    post, account = carrying(rows)
    claimed = await claim_one(pool, second(60))
    later = DUE + timedelta(hours=1)
    rows.sql.execute(
        "SELECT postclock_arm(%s, %s, %s, %s, %s)",
        [post, [account], later, second(61), [LEAD]],
    )
    row = rows.delivery(post)
    assert (row["state"], row["wake_at"], row["staged"]) == ("scheduled", later - LEAD, {})
    assert row["fence"] > claimed.fence


async def test_a_staged_one_that_a_node_gives_back_stays_staged(
    node: Node, rows: Rows, clock: OwnedClock
) -> None:
    post, _ = carrying(rows)
    clock.move(60)
    await node.work(rows, post, "staged")
    clock.move((DUE - clock.now()).total_seconds() - 1)
    await node.take()
    assert rows.state(post) == "claimed"
    await node.runner.stop()
    row = rows.delivery(post)
    assert (row["state"], row["wake_at"]) == ("staged", DUE)
    node.runner.start()


async def test_a_node_that_stops_gives_back_what_it_stages(
    node: Node, rows: Rows, clock: OwnedClock
) -> None:
    post, _ = carrying(rows)
    clock.move(60)
    node.runner.accept(await claim(node.pool, clock.now()))
    assert rows.state(post) == "staging"
    await node.runner.stop()
    row = rows.delivery(post)
    assert row["state"] in ("scheduled", "staged")
    assert await intend(node.pool) == set()
    node.runner.start()
