"""Which accounts a post goes to, and what is wrong with the ones that were named."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest_asyncio

from postclock.db.session import Database
from postclock.services.accounts.model import Account, NewAccount
from postclock.services.accounts.service import connect
from tests.api.asking import POSTS, Admin, ahead, fields, made, put, refused, stored, wish
from tests.fixtures.workspaces import RING, Team


@pytest_asyncio.fixture
async def second(database: Database, team: Team) -> Account:
    """A second X account of the team."""
    new = NewAccount("twitter", "777", "second", {"access_token": "s3cret"}, sandbox=True)
    async with database.as_system() as tx:
        (account,) = await connect(tx, RING, team.who.workspace_id, [new])
    return account


def test_an_unknown_platform_is_refused(client: httpx.Client, admin: Admin) -> None:
    problem = refused(client.post(POSTS, json={"platforms": ["myspace"]}), 422, "platform_unknown")
    assert fields(problem) == ["platforms.0"]
    assert "twitter" in problem["detail"]
    content = {"content": {"myspace": {"text": "x"}}}
    problem = refused(client.post(POSTS, json=content), 422, "platform_unknown")
    assert fields(problem) == ["content.myspace"]
    assert stored(admin, "posts") == 0


def test_a_platform_with_several_accounts_must_be_named_by_account(
    client: httpx.Client, team: Team, second: Account
) -> None:
    problem = refused(client.post(POSTS, json=wish()), 422, "account_ambiguous")
    assert "@second" in problem["detail"]
    named = wish(scheduled_at=ahead()) | {"accounts": [str(second.id)]}
    assert made(client, named)["accounts"] == [str(second.id)]
    both = {"accounts": [str(second.id), str(team.account("twitter"))]}
    post = made(client, wish(scheduled_at=ahead()) | both)
    assert len(post["deliveries"]) == 2


def test_a_platform_without_an_account_is_refused(
    client: httpx.Client, admin: Admin, team: Team
) -> None:
    admin.execute("DELETE FROM accounts WHERE platform = 'bluesky'")
    problem = refused(client.post(POSTS, json=wish("bluesky")), 422, "account_missing")
    assert fields(problem) == ["platforms.0"]
    admin.execute("UPDATE accounts SET status = 'disconnected' WHERE platform = 'mastodon'")
    refused(client.post(POSTS, json=wish("mastodon")), 422, "account_missing")


def test_an_account_of_nobody_or_of_others_is_unknown(client: httpx.Client, other: Team) -> None:
    for account in (uuid4(), other.account("twitter")):
        asked = {"accounts": [str(account)]}
        problem = refused(client.post(POSTS, json=asked), 422, "account_unknown")
        assert fields(problem) == ["accounts.0"]
        words = {"content": {"accounts": {str(account): {"text": "x"}}}}
        problem = refused(client.post(POSTS, json=words), 422, "account_unknown")
        assert fields(problem) == [f"content.accounts.{account}"]


def test_an_edit_to_a_wrong_target_changes_nothing(client: httpx.Client) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    refused(put(client, post, {"platforms": ["twitter", "myspace"]}), 422, "platform_unknown")
    assert client.get(f"{POSTS}/{post['id']}").json() == post | {"quotas": []}
