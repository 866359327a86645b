"""Credentials that say whose they are."""

import re

import pytest

from postclock.sandbox.credentials import SandboxAccount, account_of, sandbox_account


@pytest.mark.parametrize("slug", ["acme", "my-team", "Ünïcode Team", "", "a" * 200, "--", "\ud800"])
@pytest.mark.parametrize("platform", ["twitter", "bluesky", "mastodon"])
def test_a_workspace_account_is_recognised_by_its_own_secret(platform: str, slug: str) -> None:
    remote_id, handle, secrets = sandbox_account(platform, slug)
    secret = secrets.get("access_token") or secrets["password"]
    assert account_of(platform, secret) == SandboxAccount(platform, remote_id, handle)
    assert sandbox_account(platform, slug) == (remote_id, handle, secrets)


def test_ids_look_like_the_platforms_own() -> None:
    assert re.fullmatch(r"[0-9]{18}", sandbox_account("twitter", "acme")[0])
    assert re.fullmatch(r"[0-9]{18}", sandbox_account("mastodon", "acme")[0])
    assert re.fullmatch(r"did:plc:[a-z2-7]{24}", sandbox_account("bluesky", "acme")[0])
    assert sandbox_account("bluesky", "acme")[1] == "acme.sandbox.test"
    assert sandbox_account("twitter", "acme")[1] == "acme"


def test_workspaces_and_platforms_do_not_share_accounts() -> None:
    ids = {
        sandbox_account(platform, slug)[0]
        for platform in ("twitter", "mastodon", "bluesky")
        for slug in ("acme", "other")
    }
    assert len(ids) == 6


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "secret",
        "sandbox-twitter-x!-acme",
        "sandbox-mastodon-12-acme",
        "sandbox-twitter-12-",
        "sandbox-twitter-12-acme\n",
        "sandbox-twitter-١٢-acme",
    ],
)
def test_anything_else_belongs_to_nobody(secret: str) -> None:
    assert account_of("twitter", secret) is None
