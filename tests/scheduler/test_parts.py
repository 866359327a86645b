"""What becomes public by several calls: saved part by part, under a lease that lasts as long."""

from __future__ import annotations

from datetime import timedelta

from postclock.errors import Problem
from postclock.scheduler.model import Found, Receipt, Resume, Retry, Unknown
from postclock.scheduler.terms import Terms
from tests.scheduler.fed import Node
from tests.scheduler.rows import Rows
from tests.scheduler.scripted import pass_time, until

OOPS = Problem("oops", "Oops.")
ONE = {"parts": [{"id": "1"}]}
TWO = {"parts": [{"id": "1"}, {"id": "2"}]}


async def test_each_part_is_kept_before_the_next_is_sent(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.parts[post].extend([ONE, TWO])
    node.publisher.outcomes[post].append(Retry(OOPS))
    await node.take()
    await until(lambda: rows.state(post) == "scheduled")
    assert rows.delivery(post)["staged"]["parts"] == TWO["parts"]
    await node.work(rows, post, "published")
    assert rows.delivery(post)["staged"]["parts"] == TWO["parts"]


async def test_the_lease_lasts_from_part_to_part(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    lease = Terms("n").send_lease
    node.publisher.takes = 6.0
    node.publisher.parts[post].extend([ONE] * 20)
    await node.take()
    await until(lambda: node.publisher.sent)
    began = node.clock.now()
    await pass_time(node.clock, lambda: rows.state(post) == "published", step=0.5, most=300)
    assert node.clock.now() - began > 2 * lease
    row = rows.delivery(post)
    assert row["late_ms"] < 1000, "lateness is that of the first part"
    assert row["settled_at"] > began + 2 * lease


async def test_another_that_took_it_over_is_not_written_over(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.gate.clear()
    node.publisher.parts[post].append(ONE)
    await node.take()
    await until(lambda: node.publisher.sent)
    rows.sql.execute("UPDATE deliveries SET fence = fence + 1 WHERE post_id = %s", [post])
    node.publisher.gate.set()
    await until(lambda: not node.publisher.parts[post])
    assert "parts" not in rows.delivery(post)["staged"]


async def test_what_a_look_finds_is_kept_and_the_rest_is_sent(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.outcomes[post].append(Unknown(OOPS, answered=True))
    node.publisher.sightings[post].append(Resume())
    await node.take()
    await until(lambda: rows.state(post) == "unknown")
    node.publisher.parts[post].append(ONE)
    await node.work(rows, post, "published")
    assert rows.delivery(post)["staged"]["parts"] == ONE["parts"]
    assert len(node.publisher.sent) == 2
    assert node.publisher.sent[1].at - node.publisher.sent[0].at < timedelta(seconds=10)


async def test_a_note_is_kept_with_the_receipt(node: Node, rows: Rows) -> None:
    post = rows.post(rows.account())
    node.publisher.outcomes[post].append(Unknown(OOPS, answered=True))
    node.publisher.sightings[post].append(Found(Receipt("r-9", note="The comment is missing.")))
    await node.work(rows, post, "published")
    row = rows.delivery(post)
    assert (row["remote_id"], row["note"]) == ("r-9", "The comment is missing.")


def test_what_is_public_outlives_a_new_moment_and_a_retry(rows: Rows) -> None:
    account = rows.account()
    post = rows.post(account)
    rows.sql.execute(
        "UPDATE deliveries SET state = 'failed', wake_at = NULL,"
        """ staged = '{"parts": [{"id": "1"}], "comment": "sending", "media": {}, "key": "k"}'"""
        " WHERE post_id = %s", [post],
    )  # fmt: skip
    now = rows.sql.execute("SELECT now() AS now").fetchone()
    assert now
    rows.sql.execute(
        "SELECT postclock_rearm((SELECT id FROM deliveries WHERE post_id = %s), %s, %s)",
        [post, now["now"], now["now"]],
    )
    kept = {"parts": [{"id": "1"}], "comment": "sending"}
    assert rows.delivery(post)["staged"] == kept
    rows.sql.execute(
        "SELECT postclock_arm(%s, %s, %s, %s, NULL)", [post, [account], now["now"], now["now"]]
    )
    assert rows.delivery(post)["staged"] == kept
