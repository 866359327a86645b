"""Content: whose words go where, which accounts are meant, what survives an edit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from postclock.clock import HostClock
from postclock.http import Http
from postclock.services.accounts.model import Account
from postclock.services.platforms.base import Platform
from postclock.services.platforms.registry import CAPABILITIES, build_platforms
from postclock.services.posts.content import (
    content_problems,
    count_texts,
    merge,
    resolve_targets,
    text_for,
)
from postclock.services.posts.drafts import check_drafts

NAMES = st.sampled_from(["twitter", "bluesky", "mastodon", "myspace"])
STATUSES = st.sampled_from(["connected", "needs_login", "disconnected"])


def account(platform: str, status: str = "connected") -> Account:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Account(
        id=uuid4(), workspace_id=UUID(int=1), platform=platform, remote_id="1", handle="ada",
        server=None, sandbox=True, status=status, created_at=now, updated_at=now,
    )  # fmt: skip


@pytest_asyncio.fixture
async def platforms() -> AsyncIterator[dict[str, Platform]]:
    async with Http(5) as http:
        yield build_platforms(http, HostClock())


def test_an_accounts_own_words_come_before_its_platforms() -> None:
    one, other = uuid4(), uuid4()
    content = {"twitter": {"text": "all"}, "accounts": {str(one): {"text": "one"}}}
    assert text_for(content, "twitter", one) == "one"
    assert text_for(content, "twitter", other) == "all"
    assert text_for(content, "bluesky", other) == ""
    assert (
        text_for({"accounts": {str(one): {}}, "twitter": {"text": "all"}}, "twitter", one) == "all"
    )


@given(st.dictionaries(st.text(max_size=5), st.integers()), st.booleans())
def test_what_the_system_wrote_survives_and_cannot_be_forged(
    given_content: dict[str, int], logged: bool
) -> None:
    stored = {"twitter": {"text": "old"}} | ({"_publishLog": {"n": 1}} if logged else {})
    merged = merge(stored, given_content | {"_publishLog": "forged"})
    assert merged.pop("_publishLog", None) == ({"n": 1} if logged else None)
    assert merged == {k: v for k, v in given_content.items() if k != "_publishLog"}


@given(st.lists(st.tuples(NAMES, STATUSES), max_size=6), st.lists(NAMES, max_size=4))
def test_every_platform_becomes_one_account_or_one_problem(
    there: list[tuple[str, str]], named: list[str]
) -> None:
    accounts = [account(platform, status) for platform, status in there]
    targets, problems = resolve_targets(accounts, named, [], CAPABILITIES)
    assert len(targets) + len(problems) == len(set(named))
    usable = [a for a in accounts if a.status != "disconnected" and a.platform in CAPABILITIES]
    for target in targets:
        assert [a for a in usable if a.platform == target.platform] == [target]
    assert {p.code for p in problems} <= {
        "platform_unknown", "account_missing", "account_ambiguous",
    }  # fmt: skip


def test_a_named_account_answers_for_its_platform() -> None:
    first, second, other = account("twitter"), account("twitter"), account("bluesky")
    accounts = [first, second, other]
    assert resolve_targets(accounts, ["twitter"], [second.id], CAPABILITIES) == ([second], [])
    targets, problems = resolve_targets(accounts, ["bluesky"], [first.id, second.id], CAPABILITIES)
    assert (targets, problems) == ([first, second, other], [])
    twice = resolve_targets(accounts, [], [first.id, first.id], CAPABILITIES)
    assert twice == ([first], [])
    targets, (problem,) = resolve_targets(accounts, [], [uuid4(), other.id], CAPABILITIES)
    assert (targets, problem.code, problem.field) == ([other], "account_unknown", "accounts.0")


def test_words_for_nobody_are_named() -> None:
    mine = account("twitter")
    content: dict[str, Any] = {"twitter": {}, "myspace": {}, "_publishLog": {},
               "accounts": {str(mine.id): {}, "x": {}}}  # fmt: skip
    problems = content_problems(content, CAPABILITIES, [mine])
    assert [(p.code, p.field) for p in problems] == [
        ("platform_unknown", "content.myspace"), ("account_unknown", "content.accounts.x"),
    ]  # fmt: skip


async def test_problems_name_the_text_they_are_about(platforms: dict[str, Platform]) -> None:
    first, second, other = account("twitter"), account("twitter"), account("bluesky")
    content = {"twitter": {"text": "x" * 281}, "accounts": {str(second.id): {"text": ""}}}
    problems = check_drafts(content, [first, second, other], platforms, {})
    assert [(p.code, p.field) for p in problems] == [
        ("text_too_long", "content.twitter.text"),
        ("text_missing", f"content.accounts.{second.id}.text"),
        ("text_missing", "content.bluesky.text"),
    ]
    counts = count_texts(content, [first, second], platforms)
    assert [(c.account_id, c.count, c.maximum) for c in counts] == [
        (first.id, 281, 280), (second.id, 0, 280),
    ]  # fmt: skip
    shared = check_drafts({"twitter": {"text": ""}}, [first, second], platforms, {})
    assert [p.field for p in shared] == ["content.twitter.text"]
