"""Connecting Instagram by both of its logins, against the twin's consent pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from postclock.services.platforms.base import (
    LoginRevoked,
    Refused,
    ScopesMissing,
)

from .instagram_stage import DRAFTS, WAYS, Stage, served, stage

__all__ = ["served", "stage"]

pytestmark = pytest.mark.asyncio


@pytest.fixture
def one(stage: Stage, request: pytest.FixtureRequest) -> Stage:
    if "self" not in request.node.name:
        pytest.skip("once is enough")
    return stage


@pytest.mark.parametrize("wraps", [False, True])
async def test_by_itself_one_account_is_connected(one: Stage, wraps: bool) -> None:
    one.twin.login.wraps = wraps
    [profile] = await one.connect("instagram", handle="grace")
    assert (profile.handle, profile.name, profile.problem) == ("grace", "Grace", "")
    lasting = one.client.lasting(profile.secrets)
    assert lasting.ends_at == one.clock.now() + timedelta(seconds=5_184_000)
    one.log_in(profile)
    with pytest.raises(Exception, match="24 hours old"):
        await one.client.refresh(one.login)
    one.clock.at += timedelta(days=50)
    fresh = await one.client.refresh(one.login)
    assert fresh["access_token"] != profile.secrets["access_token"]
    assert one.client.lasting(fresh).ends_at == one.clock.now() + timedelta(days=60)
    one.clock.at += timedelta(days=61)
    with pytest.raises(LoginRevoked):
        await one.client.refresh(replace(one.login, secrets=fresh))


async def test_through_pages_each_linked_account_can_be_picked(one: Stage) -> None:
    profiles = await one.connect("facebook")
    assert [(one.handle, bool(one.problem), one.kind) for one in profiles] == [
        ("ada", False, "of the Page Ada"),
        ("ada_club", True, "Page"),
        ("ada_paper", True, "Page"),
        ("ada_shop", False, "of the Page Ada’s shop"),
    ]
    one.log_in(profiles[3])
    assert one.client.lasting(one.login.secrets).ends_at is None
    one.clock.at += timedelta(days=30)
    fresh = await one.client.refresh(one.login)
    assert fresh["access_token"] != one.login.secrets["access_token"]
    one.login = replace(one.login, secrets=fresh)
    await one.publish(DRAFTS["reel"], await one.staged(DRAFTS["reel"]))
    assert one.entries()[0].handle == "ada_shop"
    one.clock.at += timedelta(days=31)
    with pytest.raises(LoginRevoked):
        await one.client.refresh(one.login)


@pytest.mark.parametrize("way", WAYS)
async def test_no_and_not_all_of_it(one: Stage, way: str) -> None:
    with pytest.raises(Refused) as raised:
        await one.connect(way, decision="deny")
    assert raised.value.problem.code == "consent_denied"
    with pytest.raises(ScopesMissing) as missing:
        await one.connect(way, scopes=" ".join(WAYS[way].scopes[:1]))
    assert missing.value.scopes == WAYS[way].scopes[1:]


@pytest.mark.parametrize("way", WAYS)
async def test_a_code_is_good_once(one: Stage, way: str) -> None:
    given = await one.consent(WAYS[way])
    await one.client.profiles(WAYS[way], one.visit(), given)
    with pytest.raises(Refused) as raised:
        await one.client.profiles(WAYS[way], one.visit(), given)
    assert raised.value.problem.code == "consent_failed"


async def test_a_personal_account_is_shown_and_not_offered(one: Stage) -> None:
    [profile] = await one.connect("instagram", handle="personal_ada")
    assert "professional" in profile.problem
