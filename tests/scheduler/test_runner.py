"""The life of one delivery in a node's hands, on a clock the test owns."""

from __future__ import annotations

from itertools import pairwise

import psycopg
import pytest

from postclock.db.engine import Pool
from postclock.errors import Problem
from postclock.scheduler.model import (
    Absent,
    CannotTell,
    Found,
    NeedsLogin,
    NotSeen,
    Receipt,
    Rejected,
    Retry,
    Unknown,
)
from postclock.scheduler.terms import Terms
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.fed import Node, make_node
from tests.scheduler.rows import Rows, second
from tests.scheduler.scripted import (
    pass_time,
    until,
)

OOPS = Problem("oops", "Oops.")


async def test_it_leaves_at_its_instant_and_never_early(node: Node, rows: Rows) -> None:
    dues = (0.31, 0.6, 0.6, 0.95)
    posts = [rows.post(rows.account(), due=second(due)) for due in dues]
    await node.take()
    assert not node.publisher.sent
    await pass_time(node.clock, lambda: len(node.ended) == len(posts), step=0.01)
    assert {sending.post for sending in node.publisher.sent} == set(posts)
    assert all(sending.at >= sending.due_at for sending in node.publisher.sent)
    assert all(row["late_ms"] >= 0 for post in posts for row in rows.deliveries(post))
    assert {rows.status(post) for post in posts} == {"published"}


async def test_the_attempt_is_committed_before_anything_leaves(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.gate.clear()
    await node.take()
    await until(lambda: node.publisher.sent)
    assert rows.state(post) == "sending"
    assert [a["number"] for a in rows.attempts(post)] == [node.publisher.sent[0].fence]


async def test_a_failure_is_tried_again_three_times_in_all(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.outcomes[post].extend([Retry(OOPS)] * 5)
    await node.work(rows, post, "failed")
    assert len(node.publisher.sent) == 3
    assert [a["outcome"] for a in rows.attempts(post)] == ["retry"] * 3
    gaps = [b.at - a.at for a, b in pairwise(node.publisher.sent)]
    assert all(gap.total_seconds() >= 7.5 for gap in gaps)
    told = rows.told(post)
    assert (told["status"], told["publish_retry_count"]) == ("failed", 3)


async def test_a_rate_limit_is_waited_out_without_using_up_tries(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    wait = Retry(OOPS, after=second(400), counts=False)
    node.publisher.outcomes[post].extend([wait] * 1)
    await node.work(rows, post, "published")
    assert node.publisher.sent[1].at >= second(400)
    assert rows.told(post)["publish_retry_count"] == 1
    assert rows.delivery(post)["failures"] == 0


@pytest.mark.parametrize(
    ("outcome", "state"), [(Rejected(OOPS), "failed"), (NeedsLogin(OOPS), "held")]
)
async def test_what_a_person_must_do_is_not_tried_again(
    node: Node, rows: Rows, outcome: Rejected | NeedsLogin, state: str
) -> None:
    prepared, sent = (rows.post(rows.account()) for _ in range(2))
    node.publisher.unprepared[prepared] = outcome
    node.publisher.outcomes[sent].append(outcome)
    await node.work(rows, prepared, state)
    await node.work(rows, sent, state)
    assert [sending.post for sending in node.publisher.sent] == [sent]
    assert rows.attempts(prepared) == []
    assert rows.delivery(prepared)["error_message"] == "Oops."


async def test_what_may_have_arrived_is_looked_for_and_found(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.outcomes[post].append(Unknown(OOPS))
    node.publisher.sightings[post].extend([NotSeen(), Found(Receipt("there"))])
    await node.work(rows, post, "published")
    assert len(node.publisher.sent) == 1
    assert (rows.delivery(post)["remote_id"], rows.status(post)) == ("there", "published")


async def test_an_absence_that_proves_itself_is_sent_again(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.outcomes[post].append(Unknown(OOPS))
    node.publisher.sightings[post].append(Absent())
    await node.work(rows, post, "published")
    assert len(node.publisher.sent) == 2
    assert not rows.delivery(post)["resent"]


async def test_looks_are_spaced_until_nothing_can_be_on_its_way(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.outcomes[post].append(Unknown(OOPS))
    await node.work(rows, post, "published")
    after = [(at - second(0)).total_seconds() for at in node.publisher.looks]
    assert len(after) == 3
    assert after == sorted(after)
    assert 1 <= after[0] < 2.5
    assert after[1] >= after[0] + 5
    assert after[2] >= 30 + 5
    assert node.publisher.sent[1].at > node.publisher.looks[2]


async def test_an_answered_doubt_is_certain_sooner(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.outcomes[post].append(Unknown(OOPS, answered=True))
    await node.work(rows, post, "published")
    assert (node.publisher.looks[-1] - second(0)).total_seconds() < 30


async def test_a_guarded_resend_happens_once(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.outcomes[post].extend([Unknown(OOPS)] * 9)
    await node.work(rows, post, "unconfirmed")
    assert (len(node.publisher.sent), len(node.publisher.looks)) == (2, 6)
    assert rows.status(post) == "unconfirmed"
    assert "Look at the account" in rows.told(post)["publish_error"]


async def test_a_platform_that_cannot_be_guarded_is_never_sent_to_again(
    node: Node, rows: Rows
) -> None:
    post = rows.post(rows.account())
    node.publisher.guarded = False
    node.publisher.outcomes[post].append(Unknown(OOPS))
    await node.work(rows, post, "unconfirmed")
    assert len(node.publisher.sent) == 1


async def test_a_platform_that_cannot_be_asked_ends_with_a_person(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.outcomes[post].append(Unknown(OOPS))
    node.publisher.sightings[post].extend([CannotTell("silence")] * 200)
    await node.work(rows, post, "unconfirmed")
    assert len(node.publisher.sent) == 1
    assert len(node.publisher.looks) > 50, "it was asked for an hour"
    assert rows.delivery(post)["error_message"] == "silence"


async def test_nothing_is_written_under_a_lease_too_short(node: Node, rows: Rows) -> None:
    """The node is held up between its commit and its first byte."""
    post = rows.post(rows.account(), due=second(0.05))
    await node.take()
    await until(lambda: rows.state(post) == "sending")
    node.clock.suspend(Terms("n").lease_margin.total_seconds())
    node.clock.move(0)
    await pass_time(node.clock, lambda: node.ended)
    assert (node.publisher.sent, node.publisher.refused) == ([], 1)
    (attempt,) = rows.attempts(post)
    assert (attempt["outcome"], attempt["sent_at"]) == ("not_sent", None)
    assert (rows.state(post), rows.delivery(post)["late_ms"]) == ("scheduled", None)


async def test_a_look_that_the_database_interrupts_says_nothing_of_the_platform(
    node: Node, rows: Rows
) -> None:
    """However often: the post is looked for again, and no person is asked."""
    post = rows.post(rows.account())
    node.publisher.outcomes[post].append(Unknown(OOPS))
    gone = [psycopg.OperationalError("server closed the connection")] * 75
    node.publisher.sightings[post].extend([*gone, Found(Receipt("r-1"))])
    await node.work(rows, post, "published")
    assert len(node.publisher.looks) == 76, "for longer than a platform is asked"
    assert rows.delivery(post)["remote_id"] == "r-1"
    assert len(node.publisher.sent) == 1


async def test_a_node_frozen_while_it_commits_does_not_send(node: Node, rows: Rows) -> None:
    """The commit's answer comes after the lease: another node may have taken over."""
    post = rows.post(rows.account())
    with rows.sql.transaction():
        rows.sql.execute("SELECT 1 FROM posts WHERE id = %s FOR UPDATE", [post])
        await node.take()
        await until(rows.lock_waits)
        node.clock.suspend(60)
    await pass_time(node.clock, lambda: node.ended)
    assert (node.publisher.sent, node.publisher.refused) == ([], 1)


async def test_an_account_has_four_in_flight_and_the_rest_is_given_back(
    node: Node, rows: Rows
) -> None:
    busy, other = rows.account(), rows.account()
    posts = [rows.post(busy) for _ in range(20)]
    quiet = rows.post(other)
    node.publisher.gate.clear()
    await node.take()
    states = "SELECT state, count(*) AS n FROM deliveries GROUP BY state ORDER BY state"
    expected = [{"state": "claimed", "n": 8}, {"state": "scheduled", "n": 8},
                {"state": "sending", "n": 5}]  # fmt: skip
    await until(lambda: rows.all(states) == expected)
    free = rows.all("SELECT wake_at FROM deliveries WHERE state = 'scheduled' ORDER BY wake_at")
    moments = [row["wake_at"] for row in free]
    assert len(set(moments)) == 8
    assert all(moment > node.clock.now() for moment in moments)
    await until(lambda: len(node.publisher.sent) == 5)
    assert rows.state(quiet) == "sending"
    node.publisher.gate.set()

    def all_published() -> bool:
        return all(rows.state(post) == "published" for post in [*posts, quiet])

    await pass_time(node.clock, lambda: len(node.ended) == 13)
    await node.take()
    await pass_time(node.clock, all_published)
    await until(node.has_nothing_in_hand)
    assert node.publisher.most_flying[busy] == 4
    assert len(node.publisher.sent) == 21


async def test_a_stop_gives_back_at_once_what_is_only_claimed(
    pool: Pool, rows: Rows, clock: OwnedClock
) -> None:
    waiting = [rows.post(rows.account(), due=second(0.9)) for _ in range(3)]
    flying = rows.post(rows.account())
    first, second_node = make_node(pool, clock), make_node(pool, clock, "n2")
    first.runner.start()
    second_node.runner.start()
    first.publisher.gate.clear()
    await first.take()
    await until(lambda: first.publisher.sent)
    first.publisher.gate.set()
    await first.runner.stop()
    assert rows.state(flying) == "published"
    assert {rows.state(post) for post in waiting} == {"scheduled"}
    assert {rows.delivery(post)["wake_at"] for post in waiting} == {second(0.9)}
    await second_node.take()
    await pass_time(clock, lambda: len(second_node.ended) == 3)
    await second_node.runner.stop()
    assert {s.post for s in second_node.publisher.sent} == set(waiting)
    assert all(sending.at >= second(0.9) for sending in second_node.publisher.sent)


async def test_a_claim_that_came_in_again_is_held_once_and_sent_once(
    node: Node, rows: Rows
) -> None:
    """Its lease ran out while it waited behind others, and the same node claimed it again."""
    busy = rows.account()
    posts = [rows.post(busy) for _ in range(6)]
    node.publisher.gate.clear()
    await node.take()
    await until(lambda: len(node.publisher.sent) == 4)
    node.clock.move(16)
    await node.take()
    node.publisher.gate.set()
    await pass_time(node.clock, lambda: all(rows.state(post) == "published" for post in posts))
    await until(node.has_nothing_in_hand)
    assert sorted(s.post for s in node.publisher.sent) == sorted(posts)
