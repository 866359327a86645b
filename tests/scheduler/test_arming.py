"""Arming and disarming: the one way a delivery gets its moment, and loses it."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import psycopg
import pytest

from postclock.db.engine import Pool
from postclock.scheduler.queries import WAKE_CHANNEL
from tests.scheduler.rows import NOW, Rows, second
from tests.scheduler.steps import claim_one, failed, intend, published, record, send, unknown


def refused(rows: Rows, post: UUID, account: UUID) -> set[str | None]:
    """The SQLSTATEs with which arming and disarming ``post`` are refused."""
    codes: set[str | None] = set()
    for act in (partial(rows.arm, post, [account]), partial(rows.disarm, post)):
        with pytest.raises(psycopg.Error) as raised:
            act()
        codes.add(raised.value.sqlstate)
    return codes


def test_arming_makes_a_delivery_for_each_account(rows: Rows) -> None:
    accounts = [rows.account("twitter"), rows.account("bluesky")]
    post = rows.post(*accounts, due=second(90))
    made = rows.deliveries(post)
    assert {d["account_id"]: d["platform"] for d in made} == {
        accounts[0]: "twitter", accounts[1]: "bluesky",
    }  # fmt: skip
    assert {(d["state"], d["due_at"], d["wake_at"]) for d in made} == {
        ("scheduled", second(90), second(90))
    }
    assert {d["workspace_id"] for d in made} == {rows.workspace}
    assert rows.status(post) == "scheduled"


def test_a_moment_past_wakes_now_and_keeps_its_name(rows: Rows) -> None:
    row = rows.delivery(rows.post(rows.account(), due=second(-30)))
    assert (row["due_at"], row["wake_at"]) == (second(-30), NOW)


def test_a_dropped_account_is_canceled_and_comes_back_with_its_fence(rows: Rows) -> None:
    one, two = rows.account("twitter"), rows.account("bluesky")
    post = rows.post(one, two)
    rows.arm(post, [one])
    states = {d["account_id"]: d["state"] for d in rows.deliveries(post)}
    assert states == {one: "scheduled", two: "canceled"}
    before = {d["id"]: d["fence"] for d in rows.deliveries(post)}
    rows.arm(post, [one, two], second(30))
    after = {d["id"]: d["fence"] for d in rows.deliveries(post)}
    assert {d["state"] for d in rows.deliveries(post)} == {"scheduled"}
    assert all(after[key] > before[key] for key in before)


async def test_arming_anew_forgets_what_went_wrong(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    post = rows.post(account)
    await record(pool, failed(await send(pool)))
    rows.arm(post, [account], second(60), second(50))
    row, told = rows.delivery(post), rows.told(post)
    assert (row["state"], row["failures"], row["error_message"], row["sent_at"]) == (
        "scheduled", 0, None, None,
    )  # fmt: skip
    assert (row["staged"], row["intended_at"], row["wake_at"]) == ({}, None, second(60))
    assert (told["status"], told["publish_retry_count"], told["publish_error"]) == (
        "scheduled", 0, None,
    )  # fmt: skip
    assert len(rows.attempts(post)) == 1


async def test_what_is_published_never_arms_again(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    post = rows.post(account)
    await record(pool, published(await send(pool)))
    before = rows.delivery(post)
    rows.arm(post, [account], second(60))
    rows.disarm(post)
    rows.arm(post, [])
    assert rows.delivery(post) == before
    assert rows.status(post) == "published"


async def test_what_is_being_sent_or_doubted_refuses(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    post = rows.post(account)
    sent = await send(pool)
    assert refused(rows, post, account) == {"PC001"}
    await record(pool, unknown(sent, second(1)))
    assert refused(rows, post, account) == {"PC001"}
    assert rows.state(post) == "unknown"


async def test_a_claimed_delivery_is_taken_out_of_its_nodes_hands(pool: Pool, rows: Rows) -> None:
    account = rows.account()
    post = rows.post(account)
    for act in (partial(rows.arm, post, [account], second(5)), partial(rows.disarm, post)):
        claimed = await claim_one(pool, second(5))
        act()
        assert await intend(pool, claimed, now=second(5)) == set()
    assert (rows.state(post), rows.status(post)) == ("canceled", "ready_to_publish")


def test_an_account_of_another_workspace_is_not_armed(rows: Rows) -> None:
    stranger = rows.account(workspace=rows.new_workspace())
    post = rows.post(stranger)
    assert (rows.deliveries(post), rows.status(post)) == ([], "ready_to_publish")


@pytest.mark.parametrize(("seconds", "heard"), [(-9, True), (1199, True), (1200, False)])
def test_only_a_near_moment_is_announced(rows: Rows, dsn: str, seconds: float, heard: bool) -> None:
    with psycopg.connect(dsn, autocommit=True) as listening:
        listening.execute(f"LISTEN {WAKE_CHANNEL}")
        rows.post(rows.account(), due=second(seconds))
        rows.sql.execute("SELECT pg_notify(%s, 'end')", [WAKE_CHANNEL])
        payloads = []
        for notice in listening.notifies(timeout=10):
            if notice.payload == "end":
                break
            payloads.append(int(notice.payload))
    wake_at = max(second(seconds), NOW)
    assert payloads == ([round(wake_at.timestamp() * 1e6)] if heard else [])


async def test_arming_and_recording_lock_the_post_before_its_deliveries(
    pool: Pool, rows: Rows
) -> None:
    account = rows.account()
    post = rows.post(account)
    rows.sql.execute("SET lock_timeout = '200ms'")
    async with pool.connection() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM posts WHERE id = %s FOR UPDATE", [post])
        for act in (partial(rows.arm, post, [account]), partial(rows.disarm, post)):
            with pytest.raises(psycopg.errors.LockNotAvailable):
                act()
            free = "SELECT id FROM deliveries FOR UPDATE NOWAIT"
            assert len(await (await holder.execute(free)).fetchall()) == 1
