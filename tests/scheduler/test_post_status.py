"""``posts.status`` is what the deliveries say, for every combination of their states."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import pytest

from postclock.scheduler.states import State
from tests.scheduler.rows import NOW, Rows

S = State
WAITING = {S.SCHEDULED, S.STAGING, S.STAGED, S.CLAIMED}
ENDED = {S.PUBLISHED, S.FAILED, S.MISSED, S.UNCONFIRMED}


def told(states: Sequence[State]) -> str:
    """The rule of the README's section “What a post says”, read from top to bottom."""
    live = [state for state in states if state is not S.CANCELED]
    some = set(live)
    if not live:
        return "ready_to_publish"
    if some & {S.SENDING, S.UNKNOWN} or (some & WAITING and some & ENDED):
        return "publishing"
    if some & WAITING:
        return "scheduled"
    if some == {S.PUBLISHED}:
        return "published"
    if S.PUBLISHED in some:
        return "partially_published"
    for worst in (S.UNCONFIRMED, S.FAILED, S.MISSED):
        if worst in some:
            return worst.value
    return "scheduled"


def derive(rows: Rows) -> None:
    rows.sql.execute(
        "SELECT count(*) FROM postclock_derive_posts((SELECT array_agg(id) FROM posts), %s)", [NOW]
    )


def test_every_combination_of_three_states(rows: Rows) -> None:
    accounts = [rows.account(p) for p in ("twitter", "bluesky", "mastodon")]
    combinations = list(combinations_with_replacement(State, 3))
    assert len(combinations) == 364
    posts = []
    with rows.sql.transaction():
        for states in combinations:
            posts.append(rows.post(*accounts))
            for account, state in zip(accounts, states, strict=True):
                rows.put(posts[-1], state, account)
        derive(rows)
    said = {row["id"]: row["status"] for row in rows.all("SELECT id, status FROM posts")}
    wrong = {
        states: said[post]
        for states, post in zip(combinations, posts, strict=True)
        if said[post] != told(states)
    }
    assert wrong == {}


@pytest.mark.parametrize("status", ["draft", "ready_to_publish"])
def test_a_post_without_deliveries_stays_what_its_author_made_it(rows: Rows, status: str) -> None:
    post = rows.draft()
    rows.sql.execute("UPDATE posts SET status = %s", [status])
    derive(rows)
    assert rows.status(post) == status


def test_the_error_names_every_delivery_that_is_in_trouble(rows: Rows) -> None:
    accounts = {p: rows.account(p) for p in ("twitter", "bluesky", "mastodon")}
    post = rows.post(*accounts.values())
    rows.put(post, "failed", accounts["twitter"], "Too long.")
    rows.put(post, "published", accounts["bluesky"], "an old error")
    rows.put(post, "held", accounts["mastodon"], "Sign in.")
    derive(rows)
    post_row = rows.told(post)
    assert post_row["publish_error"] == "mastodon: Sign in.; twitter: Too long."
    assert post_row["content"]["_publishLog"]["errors"] == {
        "twitter": "Too long.", "mastodon": "Sign in.",
    }  # fmt: skip
