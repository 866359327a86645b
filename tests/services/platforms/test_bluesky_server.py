"""The Bluesky client against the real server: sessions, records, keys, lost answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import puremagic
import pytest

from postclock.clock import HostClock
from postclock.http import Http
from postclock.scheduler.model import Absent, Found, Staged
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    OutcomeUnknown,
    Refused,
    UploadGone,
)
from postclock.services.platforms.bluesky import Bluesky
from postclock.services.platforms.bluesky_connecting import APP_PASSWORD
from postclock.services.platforms.connecting import Visit
from postclock.services.platforms.drafting import Draft, Media
from tests.fixtures.files import HeldFiles
from tests.fixtures.pds import CuttingProxy, Pds, cutting_proxy, pds
from tests.fixtures.pictures import noise, picture

from .pictures import Saves

__all__ = ["cutting_proxy", "pds"]

pytestmark = [pytest.mark.pds, pytest.mark.timeout(120)]

NONE: frozenset[str] = frozenset()
NO_SUCH_BLOB = "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"
"""Of the bytes ``hello``, which nobody uploaded."""
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


@pytest.mark.asyncio
async def test_pictures_are_uploaded_embedded_and_read_back(http: Http, pds: Pds) -> None:
    bluesky = Bluesky(http, HostClock())
    login = await alice(bluesky, pds, pds.url)
    draft, held = shown(picture("PNG"), picture("JPEG", (640, 480)), text="")
    saves = Saves()
    staged = await bluesky.stage(login, draft, {}, saves, held)
    assert await bluesky.stage(login, draft, staged, saves, held) == staged
    assert len(saves.seen) == 2
    planned = bluesky.plan(login, draft, staged, "five", HostClock().now())
    receipt = await bluesky.publish(login, draft, planned)
    kept = await pds.record(login.remote_id, planned["rkey"])
    assert (kept.body["uri"], kept.body["value"]) == (receipt.remote_id, planned["record"])
    assert [image["alt"] for image in kept.body["value"]["embed"]["images"]] == ["no. 1", "no. 2"]
    sighting = await bluesky.find(login, draft, planned, HostClock().now(), NONE)
    assert sighting == Found(receipt)


@pytest.mark.asyncio
async def test_a_blob_the_server_does_not_have(http: Http, pds: Pds) -> None:
    bluesky = Bluesky(http, HostClock())
    login = await alice(bluesky, pds, pds.url)
    draft, held = shown(picture("PNG", (33, 44)))
    staged = await bluesky.stage(login, draft, {}, Saves(), held)
    lost = json.loads(json.dumps(staged).replace(link_of(staged), NO_SUCH_BLOB))
    planned = bluesky.plan(login, draft, lost, "six", HostClock().now())
    with pytest.raises(UploadGone) as raised:
        await bluesky.publish(login, draft, planned)
    assert raised.value.problem.code == "media_missing"
    assert await bluesky.find(login, draft, planned, HostClock().now(), NONE) == Absent()


@pytest.mark.asyncio
async def test_the_largest_picture_the_check_lets_pass(http: Http, pds: Pds) -> None:
    bluesky = Bluesky(http, HostClock())
    login = await alice(bluesky, pds, pds.url)
    limits = bluesky.capabilities.images
    assert limits is not None
    for number, over in enumerate((0, 1)):
        draft, held = shown(noise(limits.max_bytes + over))
        staged = await bluesky.stage(login, draft, {}, Saves(), held)
        planned = bluesky.plan(login, draft, staged, f"large{number}", HostClock().now())
        assert bool(bluesky.check(draft)) == bool(over)
        if over:
            with pytest.raises(Refused):
                await bluesky.publish(login, draft, planned)
        else:
            await bluesky.publish(login, draft, planned)


@pytest.mark.asyncio
async def test_deleting_twice(http: Http, pds: Pds) -> None:
    bluesky, draft = Bluesky(http, HostClock()), Draft("to be deleted")
    login = await alice(bluesky, pds, pds.url)
    planned = bluesky.plan(login, draft, {}, "delete", HostClock().now())
    receipt = await bluesky.publish(login, draft, planned)
    for _ in range(2):
        await bluesky.delete(login, receipt.remote_id)
    assert (await pds.record(login.remote_id, planned["rkey"])).status == 400


@pytest.mark.asyncio
async def test_connecting_by_handle_through_the_directory(http: Http, pds: Pds) -> None:
    bluesky = Bluesky(http, HostClock())
    visit = Visit(pds.url, {"plc": pds.plc, "video": ""}, "")
    typed = {"identifier": f"@{pds.alice.handle}", "password": pds.alice.password}
    [profile] = await bluesky.profiles(APP_PASSWORD, visit, typed)
    assert (profile.remote_id, profile.handle) == (pds.alice.did, pds.alice.handle)
    login = Login(profile.server or pds.url, profile.remote_id, profile.handle, profile.secrets)
    draft = Draft("connected")
    planned = bluesky.plan(login, draft, {}, "connected", HostClock().now())
    await bluesky.publish(login, draft, planned)
    with pytest.raises(Refused, match="does not know"):
        await bluesky.profiles(APP_PASSWORD, visit, {**typed, "password": "wrong"})


def shown(*contents: bytes, text: str = "Look") -> tuple[Draft, HeldFiles]:
    """A draft with these pictures, and how a node reads them."""
    stored = {UUID(int=n): content for n, content in enumerate(contents, 1)}
    media = tuple(
        Media(key, puremagic.from_string(content, mime=True), len(content), 8, 6, f"no. {key.int}")
        for key, content in stored.items()
    )

    return Draft(text, media), HeldFiles(stored)


def link_of(staged: Staged) -> str:
    [entry] = staged["media"].values()
    link: str = entry["blob"]["ref"]["$link"]
    return link
