"""What keeps a delivery from going on: pauses, and moments too long past."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from postclock.db.engine import Pool
from postclock.errors import Problem
from postclock.ids import new_id
from postclock.scheduler.model import Rejected
from tests.scheduler.fed import Node
from tests.scheduler.rows import NOW, Rows, second
from tests.scheduler.steps import claim, intend

SCOPES = ["workspaces", "campaigns", "accounts"]
HOUR = timedelta(hours=1)


class Paused:
    """A post of an account and a campaign, and the row that is paused."""

    def __init__(self, rows: Rows, scope: str) -> None:
        self.rows, self.scope = rows, scope
        self.account, campaign = rows.account(), new_id()
        rows.sql.execute(
            "INSERT INTO campaigns (id, workspace_id, name, created_at, updated_at)"
            " VALUES (%s, %s, 'Spring', %s, %s)", [campaign, rows.workspace, NOW, NOW],
        )  # fmt: skip
        self.post = rows.post(self.account, due=second(60))
        rows.sql.execute("UPDATE posts SET campaign_id = %s", [campaign])
        self.key = {"workspaces": rows.workspace, "campaigns": campaign, "accounts": self.account}

    def set(self, at: object) -> None:
        self.rows.sql.execute(
            f"UPDATE {self.scope} SET paused_at = %s WHERE id = %s", [at, self.key[self.scope]]
        )

    def resume(self, at: float) -> int:
        self.set(None)
        told = self.rows.one(
            "SELECT postclock_resume(%s, %s) AS n", self.rows.workspace, second(at)
        )
        return int(told["n"])


@pytest.mark.parametrize("scope", SCOPES)
async def test_what_is_paused_is_held_at_its_moment_and_goes_on_when_resumed(
    node: Node, rows: Rows, scope: str
) -> None:
    paused = Paused(rows, scope)
    paused.set(NOW)
    node.clock.move(60)
    await node.work(rows, paused.post, "held")
    row = rows.delivery(paused.post)
    assert (row["wake_at"], row["error_code"]) == (None, "paused")
    assert rows.status(paused.post) == "scheduled"
    assert node.publisher.sent == []
    assert paused.resume(600) == 1
    assert rows.delivery(paused.post)["wake_at"] == second(600)
    assert rows.delivery(paused.post)["error_message"] is None
    node.clock.move(540)
    await node.work(rows, paused.post, "published")


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_pause_takes_back_what_a_node_only_holds(
    pool: Pool, rows: Rows, scope: str
) -> None:
    paused = Paused(rows, scope)
    (held,) = await claim(pool, second(59.5))
    paused.set(NOW)
    told = rows.one("SELECT postclock_hold(%s, %s) AS n", rows.workspace, second(59.6))
    assert told["n"] == 1
    assert await intend(pool, held, now=second(59.9)) == set()
    assert rows.state(paused.post) == "held"


async def test_resuming_lets_go_only_what_nothing_else_holds(node: Node, rows: Rows) -> None:
    paused = Paused(rows, "accounts")
    paused.set(NOW)
    rows.sql.execute("UPDATE workspaces SET paused_at = %s", [NOW])
    node.clock.move(60)
    await node.work(rows, paused.post, "held")
    assert paused.resume(100) == 0
    rows.sql.execute("UPDATE workspaces SET paused_at = NULL")
    rows.sql.execute("UPDATE accounts SET status = 'needs_login'")
    assert paused.resume(100) == 0
    rows.sql.execute("UPDATE accounts SET status = 'connected'")
    assert paused.resume(100) == 1


async def test_a_pause_of_one_account_holds_no_other(node: Node, rows: Rows) -> None:
    paused = Paused(rows, "accounts")
    paused.set(NOW)
    other = rows.post(rows.account(), due=second(60))
    node.clock.move(60)
    await node.work(rows, paused.post, "held")
    await node.work(rows, other, "published")


def late(rows: Rows, by: timedelta, policy: str, grace: int | None = None) -> UUID:
    post = rows.post(rows.account(), due=NOW - by, now=NOW - by)
    rows.sql.execute(
        "UPDATE posts SET late_policy = %s, late_grace_seconds = %s WHERE id = %s",
        [policy, grace, post],
    )
    return post


@pytest.mark.parametrize(
    ("policy", "grace", "allowed"),
    [
        ("publish", None, timedelta(hours=24)),
        ("ask", None, timedelta(minutes=10)),
        ("skip", None, timedelta(minutes=10)),
        ("publish", 3600, HOUR),
        ("ask", 7200, 2 * HOUR),
    ],
)
async def test_it_goes_out_within_its_grace_and_is_missed_after(
    node: Node, rows: Rows, policy: str, grace: int | None, allowed: timedelta
) -> None:
    within = late(rows, allowed, policy, grace)
    after = late(rows, allowed + timedelta(seconds=1), policy, grace)
    await node.work(rows, within, "published")
    await node.work(rows, after, "missed")
    assert rows.status(after) == "missed"
    assert [sending.post for sending in node.publisher.sent] == [within]
    row = rows.delivery(after)
    assert row["error_code"] == ("skipped" if policy == "skip" else "too_late")
    assert rows.attempts(after) == []


async def test_resumed_too_late_it_is_missed(node: Node, rows: Rows) -> None:
    paused = Paused(rows, "workspaces")
    paused.set(NOW)
    node.clock.move(60)
    await node.work(rows, paused.post, "held")
    node.clock.move(2 * 86400)
    paused.resume(2 * 86400 + 60)
    await node.work(rows, paused.post, "missed")


async def test_a_missed_one_goes_out_when_a_person_arms_it_again(node: Node, rows: Rows) -> None:
    post = late(rows, 2 * HOUR, "ask")
    await node.work(rows, post, "missed")
    account = rows.delivery(post)["account_id"]
    rows.arm(post, [account], due=node.clock.now(), now=node.clock.now())
    await node.work(rows, post, "published")


async def test_failed_posts_go_back_to_draft_where_a_workspace_wants_it_so(
    node: Node, rows: Rows
) -> None:
    rows.sql.execute("UPDATE workspaces SET after_failure = 'draft'")
    post = rows.post(rows.account())
    node.publisher.outcomes[post].append(Rejected(Problem("refused", "Too rude.")))
    await node.work(rows, post, "failed")
    told = rows.told(post)
    assert (told["status"], told["publish_error"]) == ("draft", "twitter: Too rude.")
