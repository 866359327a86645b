"""Bluesky threads, cards and videos against the real server: one write, whole or not at all."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest

from postclock.clock import HostClock
from postclock.http import Http
from postclock.scheduler.model import Absent, Found
from postclock.services.platforms.base import LoginExpired, OutcomeUnknown, Refused
from postclock.services.platforms.bluesky import Bluesky
from postclock.services.platforms.dag_cbor import cid
from postclock.services.platforms.drafting import Draft, Media, Segment
from tests.fixtures.files import HeldFiles
from tests.fixtures.pds import CuttingProxy, Pds, cutting_proxy, pds
from tests.fixtures.pictures import picture

from .pictures import Saves
from .test_bluesky_server import NONE, TEXT, alice, shown

__all__ = ["cutting_proxy", "pds"]

pytestmark = [pytest.mark.pds, pytest.mark.timeout(120)]

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
