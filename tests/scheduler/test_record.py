"""Intending and recording: under the fence alone, and a receipt is proof whenever it comes."""

from __future__ import annotations

import psycopg
import pytest

from postclock.db.engine import Pool
from postclock.scheduler import held_queries
from postclock.scheduler.model import Receipt
from postclock.scheduler.record import Ending
from postclock.scheduler.states import State
from tests.scheduler.rows import Rows, second
from tests.scheduler.steps import (
    LIMITS,
    SEND_LEASE,
    claim,
    claim_one,
    failed,
    intend,
    looked,
    published,
    record,
    retry,
    send,
    unknown,
)


async def test_an_intent_is_an_attempt_numbered_by_its_fence(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    claimed = await send(pool)
    row, (attempt,) = rows.delivery(post), rows.attempts(post)
    assert (row["state"], row["wake_at"], row["settled_at"]) == ("sending", second(40), second(40))
    assert row["staged"] == {"key": str(claimed.fence)}
    assert (attempt["number"], attempt["node"], attempt["ended_at"]) == (claimed.fence, "n1", None)
    assert rows.status(post) == "publishing"
    assert await intend(pool, claimed) == set()


async def test_of_two_claims_of_one_delivery_only_the_later_goes(pool: Pool, rows: Rows) -> None:
    rows.post(rows.account())
    older, later = await claim_one(pool), await claim_one(pool, second(15))
    async with pool.connection() as connection:
        going, shut = await held_queries.intend(
            connection, [(older, {}), (later, {})], now=second(15), lease=SEND_LEASE, limits=LIMITS
        )  # fmt: skip
    assert (going, shut) == ({later.hold}, set())


async def test_what_was_canceled_meanwhile_does_not_leave(pool: Pool, rows: Rows) -> None:
    posts = [rows.post(rows.account()) for _ in range(2)]
    claims = await claim(pool)
    rows.disarm(posts[0])
    going = await intend(pool, *claims)
    assert going == {c.delivery_id for c in claims if c.post_id == posts[1]}
    assert rows.state(posts[0]) == "canceled"


async def test_a_publication_is_written_down_whole(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    claimed = await send(pool)
    moved, told = await record(pool, published(claimed, at=second(0.25)), now=second(0.3))
    row, (attempt,) = rows.delivery(post), rows.attempts(post)
    assert [one["state"] for one in moved] == ["published"]
    assert [(one["was"], one["status"], one["removed"]) for one in told] == [
        ("publishing", "published", False)
    ]
    assert (row["state"], row["wake_at"], row["node"]) == ("published", None, None)
    assert (row["remote_id"], row["late_ms"], row["sent_at"]) == ("r1", 1.0, second(0.25))
    assert (attempt["outcome"], attempt["remote_id"]) == ("published", "r1")
    assert attempt["permalink"] == row["permalink"] == "https://x.example/r1"


async def test_a_failure_is_told_on_the_post(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    before = rows.told(post)
    await record(pool, failed(await send(pool, second(2)), second(3)), now=second(3))
    told = rows.told(post)
    assert (told["status"], told["publish_retry_count"]) == ("failed", 1)
    assert told["publish_error"] == "twitter: Refused."
    log = told["content"]["_publishLog"]
    assert (log["retry_count"], log["errors"]) == (1, {"twitter": "Refused."})
    assert log["last_attempt_at"].startswith("2026-11-22T09:00:02")
    assert told["content"]["twitter"] == before["content"]["twitter"]
    assert told["version"] == before["version"]


async def test_the_retry_count_is_the_highest_and_grows_with_the_unknown(
    pool: Pool, rows: Rows
) -> None:
    post = rows.post(rows.account(), rows.account("bluesky"))
    other, first = sorted(await claim(pool), key=lambda claimed: claimed.target.platform)
    await intend(pool, first, other)
    await record(pool, retry(first, second(30)), unknown(other, second(1)))
    assert rows.told(post)["publish_retry_count"] == 1
    again = await claim(pool, second(29))
    await record(pool, looked(again[0], State.UNKNOWN, wake_at=second(40)), now=second(29))
    await intend(pool, again[1], now=second(29))
    await record(pool, retry(again[1], second(90)), now=second(30))
    told = rows.told(post)
    assert (told["publish_retry_count"], told["status"]) == (2, "publishing")
    assert told["publish_error"] == "bluesky: Answer lost.; twitter: Busy."


async def test_success_clears_the_error(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    await record(pool, retry(await send(pool), second(30)))
    assert rows.told(post)["publish_error"] == "twitter: Busy."
    await record(pool, published(await send(pool, second(30))))
    told, row = rows.told(post), rows.delivery(post)
    assert (told["status"], told["publish_error"]) == ("published", None)
    assert (row["error_code"], row["error_message"]) == (None, None)


async def test_removal_after_publishing_hides_only_what_is_wholly_published(
    pool: Pool, rows: Rows
) -> None:
    team = rows.new_workspace("remove")
    accounts = [rows.account(p, team) for p in ("twitter", "bluesky")]
    post = rows.post(*accounts, workspace=team)
    one, two = await claim(pool)
    await intend(pool, one, two)
    await record(pool, published(one, "a"), retry(two, second(30)))
    assert rows.told(post)["deleted_at"] is None
    again = await send(pool, second(30))
    _, told = await record(pool, published(again, "b"), now=second(31))
    assert told[0]["removed"]
    assert rows.told(post)["deleted_at"] == second(31)


async def test_a_late_ending_moves_nothing(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    late = await send(pool)
    look = await claim_one(pool, second(41))
    before = rows.delivery(post)
    for ending in (failed(late), retry(late, second(50)), unknown(late, second(50))):
        moved, _ = await record(pool, ending, now=second(42))
        assert moved == []
    assert rows.delivery(post) == before
    await record(pool, looked(look, State.UNCONFIRMED), now=second(43))
    assert (rows.state(post), rows.status(post)) == ("unconfirmed", "unconfirmed")


@pytest.mark.parametrize("meanwhile", ["unknown", "unconfirmed", "scheduled", "claimed"])
async def test_a_late_receipt_makes_it_published(pool: Pool, rows: Rows, meanwhile: str) -> None:
    post = rows.post(rows.account())
    late = await send(pool)
    look = await claim_one(pool, second(41), node="n2")
    if meanwhile != "unknown":
        state = State.UNCONFIRMED if meanwhile == "unconfirmed" else State.SCHEDULED
        wake_at = None if meanwhile == "unconfirmed" else second(43)
        await record(pool, looked(look, state, wake_at=wake_at), now=second(42))
    theirs = await claim(pool, second(43), node="n2") if meanwhile == "claimed" else []
    moved, _ = await record(pool, published(late), now=second(44))
    assert [one["state"] for one in moved] == ["published"]
    assert (rows.state(post), rows.status(post)) == ("published", "published")
    assert await intend(pool, *theirs, now=second(44)) == set()
    moved, _ = await record(pool, looked(look, State.SCHEDULED, wake_at=second(50)))
    assert (moved, rows.state(post)) == ([], "published")


@pytest.mark.parametrize("how", ["canceled", "edited"])
async def test_a_late_receipt_wins_over_what_a_person_did(pool: Pool, rows: Rows, how: str) -> None:
    account = rows.account()
    post = rows.post(account)
    late = await send(pool)
    await record(pool, looked(await claim_one(pool, second(41)), State.UNCONFIRMED))
    if how == "canceled":
        rows.disarm(post)
    else:
        rows.arm(post, [account], second(900), second(50))
    await record(pool, published(late), now=second(60))
    assert (rows.state(post), rows.status(post)) == ("published", "published")


async def _newer_attempt(pool: Pool, rows: Rows) -> tuple[Ending, Ending]:
    """A delivery that is sent again while the first attempt's receipt is still to come."""
    late = await send(pool)
    look = await claim_one(pool, second(41))
    await record(pool, looked(look, State.SCHEDULED, wake_at=second(42), resend=True))
    newer = await send(pool, second(42))
    return published(late, "first"), published(newer, "second", second(43))


async def test_a_late_receipt_waits_for_the_newer_attempt_and_then_wins(
    pool: Pool, rows: Rows
) -> None:
    post = rows.post(rows.account())
    late, newer = await _newer_attempt(pool, rows)
    moved, _ = await record(pool, late, now=second(43))
    assert (moved, rows.state(post)) == ([], "sending")
    assert [a["remote_id"] for a in rows.attempts(post)] == ["first", None]
    moved, _ = await record(pool, retry(newer.claim, second(90)), now=second(44))
    assert [one["state"] for one in moved] == ["published"]
    assert (rows.delivery(post)["remote_id"], rows.delivery(post)["wake_at"]) == ("first", None)
    assert rows.told(post)["publish_error"] is None


async def test_a_late_receipt_wins_when_the_newer_attempt_is_lost(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    late, _ = await _newer_attempt(pool, rows)
    await record(pool, late, now=second(43))
    look = await claim_one(pool, second(90))
    assert look.state is State.UNKNOWN
    await record(pool, looked(look, State.UNKNOWN, wake_at=second(99)), now=second(91))
    assert (rows.state(post), rows.delivery(post)["remote_id"]) == ("published", "first")


@pytest.mark.parametrize("order", ["late first", "newer first", "together"])
async def test_two_different_receipts_alarm(pool: Pool, rows: Rows, order: str) -> None:
    post = rows.post(rows.account())
    late, newer = await _newer_attempt(pool, rows)
    batches = {
        "late first": [[late], [newer]], "newer first": [[newer], [late]],
        "together": [[late, newer]],
    }  # fmt: skip
    moved = [row for batch in batches[order] for row in (await record(pool, *batch))[0]]
    assert "twice" in {row["state"] for row in moved}
    assert rows.state(post) == "published"
    assert {a["remote_id"] for a in rows.attempts(post)} == {"first", "second"}


async def test_the_same_receipt_twice_is_no_alarm(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    late, newer = await _newer_attempt(pool, rows)
    await record(pool, published(newer.claim, "first"))
    moved, _ = await record(pool, late, late)
    assert (moved, rows.state(post)) == ([], "published")


async def test_recording_the_same_ending_again_changes_nothing(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    ending = retry(await send(pool), second(30))
    await record(pool, ending)
    before = rows.delivery(post)
    assert (await record(pool, ending))[0] == []
    assert rows.delivery(post) == before


async def test_a_look_that_found_it_publishes_it(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    await record(pool, unknown(await send(pool), second(1)))
    look = await claim_one(pool, second(1))
    found = looked(look, State.PUBLISHED, receipt=Receipt("seen", None, second(0.4)))
    moved, _ = await record(pool, found, now=second(2))
    row = rows.delivery(post)
    assert ([one["state"] for one in moved], row["remote_id"]) == (["published"], "seen")
    assert (row["accepted_at"], row["sent_at"]) == (second(0.4), second(0))


async def test_a_guarded_resend_is_remembered(pool: Pool, rows: Rows) -> None:
    rows.post(rows.account())
    await record(pool, unknown(await send(pool), second(1)))
    look = await claim_one(pool, second(1))
    assert not look.resent
    await record(pool, looked(look, State.SCHEDULED, wake_at=second(5), resend=True))
    await record(pool, unknown(await send(pool, second(5)), second(9)))
    assert (await claim_one(pool, second(9))).resent


async def test_two_deliveries_cannot_hold_one_receipt(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    for _ in range(2):
        rows.post(account)
    one, two = await claim(pool)
    await intend(pool, one, two)
    await record(pool, published(one, "same"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        await record(pool, published(two, "same"))
    assert rows.state(two.post_id) == "sending"


async def test_a_post_that_somebody_holds_is_not_waited_for_long(pool: Pool, rows: Rows) -> None:
    post = rows.post(rows.account())
    claimed = await claim_one(pool)
    async with pool.connection() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM posts WHERE id = %s FOR UPDATE", [post])
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await intend(pool, claimed)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await record(pool, failed(claimed))
    assert rows.state(post) == "claimed"
