"""The Bluesky client against the real server: sessions, records, keys, lost answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from postclock.clock import HostClock
from postclock.http import Http
from postclock.scheduler.model import Absent, Found
from postclock.services.platforms.base import (
    Draft,
    Login,
    LoginExpired,
    LoginRevoked,
    OutcomeUnknown,
    Refused,
)
from postclock.services.platforms.bluesky import Bluesky
from tests.fixtures.pds import CuttingProxy, Pds, cutting_proxy, pds

__all__ = ["cutting_proxy", "pds"]

pytestmark = [pytest.mark.pds, pytest.mark.timeout(120)]

NONE: frozenset[str] = frozenset()
TEXT = "Héllo 🌍 see https://example.com/a and example.org #tést @ada.test"


async def alice(bluesky: Bluesky, pds: Pds, url: str) -> Login:
    """Signed in as the pipeline does it: the first attempt says that a session is needed."""
    person = pds.alice
    secrets: Mapping[str, str] = {"identifier": person.handle, "password": person.password}
    login = Login(url, person.did, person.handle, secrets)
    with pytest.raises(LoginExpired):
        await bluesky.publish(login, Draft("x"), {"rkey": "x", "record": {}})
    fresh = replace(login, secrets=await bluesky.refresh(login))
    now = HostClock().now()
    assert bluesky.needs_refresh(login, now)
    assert not bluesky.needs_refresh(fresh, now)
    assert bluesky.needs_refresh(fresh, now + timedelta(hours=3))
    return fresh


@pytest.mark.asyncio
async def test_publish_and_read_back(http: Http, pds: Pds) -> None:
    clock = HostClock()
    bluesky, draft = Bluesky(http, clock), Draft(TEXT)
    login = await alice(bluesky, pds, pds.url)
    staged = bluesky.plan(login, draft, {}, "one", clock.now())
    assert await bluesky.find(login, draft, staged, clock.now(), NONE) == Absent()
    receipt = await bluesky.publish(login, draft, staged)
    kept = await pds.record(login.remote_id, staged["rkey"])
    assert (kept.body["uri"], kept.body["value"]) == (receipt.remote_id, staged["record"])
    sighting = await bluesky.find(login, draft, staged, clock.now(), NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt == receipt


@pytest.mark.asyncio
async def test_a_lost_answer_is_found_by_the_key(
    http: Http, pds: Pds, cutting_proxy: CuttingProxy
) -> None:
    clock = HostClock()
    bluesky, draft = Bluesky(http, clock), Draft("the answer is lost")
    login = await alice(bluesky, pds, cutting_proxy.url)
    staged = bluesky.plan(login, draft, {}, "two", clock.now())
    cutting_proxy.cut()
    with pytest.raises(OutcomeUnknown) as raised:
        await bluesky.publish(login, draft, staged)
    assert not raised.value.answered
    sighting = await bluesky.find(login, draft, staged, clock.now(), NONE)
    assert isinstance(sighting, Found)
    assert (await pds.record(login.remote_id, staged["rkey"])).status == 200


@pytest.mark.asyncio
async def test_the_same_create_twice_is_one_record(http: Http, pds: Pds) -> None:
    clock = HostClock()
    bluesky, draft = Bluesky(http, clock), Draft("once")
    login = await alice(bluesky, pds, pds.url)
    staged = bluesky.plan(login, draft, {}, "three", clock.now())
    first = await bluesky.publish(login, draft, staged)
    with pytest.raises(OutcomeUnknown) as raised:
        await bluesky.publish(login, draft, staged)
    assert raised.value.answered
    sighting = await bluesky.find(login, draft, staged, clock.now(), NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt == first
    texts = [record["value"]["text"] for record in await pds.posts(login.remote_id)]
    assert texts.count("once") == 1


@pytest.mark.asyncio
async def test_what_the_check_lets_pass_the_server_takes_and_no_more(http: Http, pds: Pds) -> None:
    clock = HostClock()
    bluesky = Bluesky(http, clock)
    login = await alice(bluesky, pds, pds.url)
    for number, text in enumerate(("🌍" * 300, "e\u0301" * 300, "a" * 300)):
        longest, over = Draft(text), Draft(text + "a")
        assert bluesky.check(longest) == []
        await bluesky.publish(
            login, longest, bluesky.plan(login, longest, {}, f"l{number}", clock.now())
        )
        assert [found.code for found in bluesky.check(over)] == ["text_too_long"]
        with pytest.raises(Refused):
            await bluesky.publish(
                login, over, bluesky.plan(login, over, {}, f"o{number}", clock.now())
            )


@pytest.mark.asyncio
async def test_sessions(http: Http, pds: Pds) -> None:
    bluesky, draft = Bluesky(http, HostClock()), Draft("x")
    login = await alice(bluesky, pds, pds.url)
    renewed = await bluesky.refresh(login)
    assert renewed["access_jwt"] != ""
    broken = {**renewed, "access_jwt": "no.such.token", "refresh_jwt": "no.such.token"}
    with pytest.raises(LoginExpired):
        await bluesky.publish(
            replace(login, secrets=broken),
            draft,
            bluesky.plan(login, draft, {}, "four", HostClock().now()),
        )
    again = await bluesky.refresh(replace(login, secrets=broken))
    assert again["refresh_jwt"] not in {"", "no.such.token"}
    wrong = {"identifier": pds.alice.handle, "password": "wrong"}
    with pytest.raises(LoginRevoked):
        await bluesky.refresh(replace(login, secrets=wrong))
