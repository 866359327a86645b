"""The Bluesky client against the real server: sessions, records, keys, lost answers."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
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
from postclock.services.platforms.dag_cbor import cid
from postclock.services.platforms.drafting import Draft, Media, Segment
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


COMMENT = {"first_comment": "The first comment, see https://example.com/c"}


def a_thread(number: int) -> tuple[Draft, HeldFiles]:
    """Four posts, one with a picture and words of all kinds, and a comment."""
    content = picture("PNG", (50 + number, 40))
    media = Media(UUID(int=7), "image/png", len(content), 50 + number, 40, "Ünïcode 🌍")
    parts = (Segment(TEXT, (media,)), Segment("the third 日本語"), Segment("the last"))
    draft = Draft(f"Thread {number} #tést", thread=parts, options={**COMMENT, "languages": ["en"]})
    return draft, HeldFiles({media.id: content})


@pytest.mark.asyncio
async def test_a_thread_is_one_write_with_the_servers_own_identifiers(http: Http, pds: Pds) -> None:
    bluesky = Bluesky(http, HostClock())
    login = await alice(bluesky, pds, pds.url)
    draft, held = a_thread(1)
    staged = await bluesky.stage(login, draft, {}, Saves(), held)
    planned = bluesky.plan(login, draft, staged, "thread", HostClock().now())
    receipt = await bluesky.publish(login, draft, planned)
    posts = [planned, *planned["following"]]
    kept = [(await pds.record(login.remote_id, post["rkey"])).body for post in posts]
    assert [one["value"] for one in kept] == [post["record"] for post in posts]
    assert [one["cid"] for one in kept] == [cid(post["record"]) for post in posts]
    refs = [{"uri": one["uri"], "cid": one["cid"]} for one in kept]
    assert refs[0]["uri"] == receipt.remote_id
    replies = [one["value"].get("reply") for one in kept]
    parents = [None, *refs[:-1]]
    assert replies == [parent and {"root": refs[0], "parent": parent} for parent in parents]
    assert [one["value"]["text"] for one in kept][-1] == COMMENT["first_comment"]
    assert await bluesky.find(login, draft, planned, HostClock().now(), NONE) == Found(receipt)


@pytest.mark.asyncio
async def test_a_thread_whose_answer_is_lost_is_there_once_and_whole(
    http: Http, pds: Pds, cutting_proxy: CuttingProxy
) -> None:
    bluesky, now = Bluesky(http, HostClock()), HostClock().now()
    login = await alice(bluesky, pds, cutting_proxy.url)
    draft, held = a_thread(2)
    staged = await bluesky.stage(login, draft, {}, Saves(), held)
    planned = bluesky.plan(login, draft, staged, "lost thread", now)
    assert await bluesky.find(login, draft, planned, now, NONE) == Absent()
    cutting_proxy.cut()
    with pytest.raises(OutcomeUnknown):
        await bluesky.publish(login, draft, planned)
    assert isinstance(await bluesky.find(login, draft, planned, now, NONE), Found)
    with pytest.raises(OutcomeUnknown):
        await bluesky.publish(login, draft, planned)
    texts = [record["value"]["text"] for record in await pds.posts(login.remote_id)]
    assert [texts.count(text) for text in ("Thread 2 #tést", COMMENT["first_comment"])] == [1, 2]


@pytest.mark.asyncio
async def test_of_a_thread_with_one_bad_post_nothing_is_written(http: Http, pds: Pds) -> None:
    bluesky, now = Bluesky(http, HostClock()), HostClock().now()
    login = await alice(bluesky, pds, pds.url)
    draft = Draft("Thread 3", thread=(Segment("a" * 301),))
    planned = bluesky.plan(login, draft, {}, "bad thread", now)
    with pytest.raises(Refused):
        await bluesky.publish(login, draft, planned)
    assert await bluesky.find(login, draft, planned, now, NONE) == Absent()


@pytest.mark.asyncio
async def test_an_expired_session_is_renewed_and_the_thread_sent(http: Http, pds: Pds) -> None:
    bluesky, now = Bluesky(http, HostClock()), HostClock().now()
    login = await alice(bluesky, pds, pds.url)
    expired = expired_session(pds, login.remote_id)
    draft = Draft("Thread 4", thread=(Segment("after the session ended"),))
    planned = bluesky.plan(login, draft, {}, "expired", now)
    late = replace(login, secrets={**login.secrets, "access_jwt": expired})
    assert bluesky.needs_refresh(late, now)
    with pytest.raises(LoginExpired):
        await bluesky.publish(late, draft, planned)
    fresh = replace(login, secrets=await bluesky.refresh(late))
    receipt = await bluesky.publish(fresh, draft, planned)
    assert await bluesky.find(fresh, draft, planned, now, NONE) == Found(receipt)


@pytest.mark.asyncio
async def test_a_card_with_its_picture_and_a_video(http: Http, pds: Pds) -> None:
    bluesky = Bluesky(http, HostClock(), {"video_upload": "server"})
    login = await alice(bluesky, pds, pds.url)
    card = {"uri": "https://example.com/a", "title": "A title", "description": "Words"}
    with_card, held = shown(picture("PNG", (64, 48)), text="Look")
    with_card = replace(with_card, options={"link_card": card})
    film = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(3_000_000)
    media = Media(UUID(int=3), "video/mp4", len(film), 1080, 1920, "a film", duration=3.0)
    for draft, files in ((with_card, held), (Draft("", (media,)), HeldFiles(others=film))):
        assert bluesky.check(draft) == []
        staged = await bluesky.stage(login, draft, {}, Saves(), files)
        planned = bluesky.plan(login, draft, staged, f"media {draft.text}", HostClock().now())
        await bluesky.publish(login, draft, planned)
        kept = await pds.record(login.remote_id, planned["rkey"])
        assert kept.body["value"] == planned["record"]
    assert kept.body["value"]["embed"]["video"]["size"] == len(film)


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


def expired_session(pds: Pds, did: str) -> str:
    """An access token that the server itself would have made, three hours ago."""
    issued = int(HostClock().now().timestamp()) - 3 * 3600
    claims = {
        "scope": "com.atproto.appPass", "sub": did, "aud": "did:web:localhost", "iat": issued,
        "exp": issued + 7200,
    }  # fmt: skip
    head, body = (packed(part) for part in ({"typ": "at+jwt", "alg": "HS256"}, claims))
    signature = hmac.digest(pds.jwt_secret.encode(), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64(signature)}"


def packed(value: Mapping[str, object]) -> str:
    return base64(json.dumps(value).encode())


def base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


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
