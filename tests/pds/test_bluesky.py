"""Our Bluesky client against the production server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from postclock.clock import HostClock
from postclock.http import Http
from postclock.ids import new_id
from postclock.scheduler.model import Absent, Found, Receipt, Sighting, Staged
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    OutcomeUnknown,
    RateLimited,
    Refused,
)
from postclock.services.platforms.bluesky import Bluesky
from postclock.services.platforms.drafting import Draft
from tests.fixtures.pds import POSTS, CuttingProxy, Pds, PdsAccount

pytestmark = pytest.mark.pds

CLOCK = HostClock()
FAMILY = "👨‍👩‍👧‍👦"
SIGN_INS = 30
"""How many the server allows one name in five minutes."""


@pytest.fixture
async def bluesky() -> AsyncIterator[Bluesky]:
    async with Http(timeout=20) as http:
        yield Bluesky(http, CLOCK)


def login_of(account: PdsAccount, url: str) -> Login:
    secrets = {"identifier": account.handle, "password": account.password}
    return Login(url, account.did, account.handle, secrets)


async def signed_in(bluesky: Bluesky, account: PdsAccount, url: str) -> Login:
    login = login_of(account, url)
    return replace(login, secrets=await bluesky.refresh(login))


def planned(bluesky: Bluesky, login: Login, text: str) -> tuple[Draft, Staged]:
    draft = Draft(text)
    return draft, bluesky.plan(login, draft, {}, str(new_id()), CLOCK.now())


async def look(bluesky: Bluesky, login: Login, draft: Draft, staged: Staged) -> Sighting:
    since = CLOCK.now() - timedelta(minutes=1)
    return await bluesky.find(login, draft, staged, since, frozenset())


async def times_published(pds: Pds, account: PdsAccount, text: str) -> int:
    return [post["value"]["text"] for post in await pds.posts(account.did)].count(text)


async def test_what_was_written_is_what_the_server_holds(bluesky: Bluesky, pds: Pds) -> None:
    alice = await signed_in(bluesky, pds.alice, pds.url)
    draft, staged = planned(bluesky, alice, "Héllo 🌍 see https://ex.org/a #tést")
    receipt = await bluesky.publish(alice, draft, staged)
    assert receipt == Receipt(
        f"at://{pds.alice.did}/{POSTS}/{staged['rkey']}",
        f"https://bsky.app/profile/alice.test/post/{staged['rkey']}",
    )
    read = await pds.record(pds.alice.did, staged["rkey"])
    assert read.body["value"] == {
        "$type": POSTS,
        "text": draft.text,
        "createdAt": staged["record"]["createdAt"],
        "facets": [
            {
                "index": {"byteStart": 16, "byteEnd": 32},
                "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://ex.org/a"}],
            },
            {
                "index": {"byteStart": 33, "byteEnd": 39},
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "tést"}],
            },
        ],
    }


async def test_the_same_create_again_makes_no_second_post(bluesky: Bluesky, pds: Pds) -> None:
    alice = await signed_in(bluesky, pds.alice, pds.url)
    draft, staged = planned(bluesky, alice, "once and only once")
    receipt = await bluesky.publish(alice, draft, staged)
    with pytest.raises(OutcomeUnknown) as caught:
        await bluesky.publish(alice, draft, staged)
    assert caught.value.answered
    assert await look(bluesky, alice, draft, staged) == Found(receipt)
    assert await times_published(pds, pds.alice, draft.text) == 1


async def test_a_lost_answer_is_found_by_its_key(
    bluesky: Bluesky, pds: Pds, cutting_proxy: CuttingProxy
) -> None:
    alice = await signed_in(bluesky, pds.alice, cutting_proxy.url)
    draft, staged = planned(bluesky, alice, "the answer to this one is lost")
    cutting_proxy.cut()
    with pytest.raises(OutcomeUnknown) as caught:
        await bluesky.publish(alice, draft, staged)
    assert not caught.value.answered
    sighting = await look(bluesky, alice, draft, staged)
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == f"at://{pds.alice.did}/{POSTS}/{staged['rkey']}"
    assert cutting_proxy.creates == 1
    assert await times_published(pds, pds.alice, draft.text) == 1


async def test_what_was_never_sent_is_absent(bluesky: Bluesky, pds: Pds) -> None:
    alice = login_of(pds.alice, pds.url)
    draft, staged = planned(bluesky, alice, "never sent")
    assert await look(bluesky, alice, draft, staged) == Absent()


async def test_a_wrong_password_needs_a_person(bluesky: Bluesky, pds: Pds) -> None:
    wrong = replace(pds.alice, password="aaaa-bbbb-cccc-dddd")
    with pytest.raises(LoginRevoked) as caught:
        await bluesky.refresh(login_of(wrong, pds.url))
    assert caught.value.problem.code == "login_revoked"


async def test_another_accounts_password_is_not_taken(bluesky: Bluesky, pds: Pds) -> None:
    mixed_up = replace(login_of(pds.bob, pds.url), remote_id=pds.alice.did)
    with pytest.raises(LoginRevoked) as caught:
        await bluesky.refresh(mixed_up)
    assert caught.value.problem.code == "login_of_another"


@pytest.mark.parametrize("token", ["garbage", "garbled", "expired"])
async def test_a_stale_session_is_renewed(bluesky: Bluesky, pds: Pds, token: str) -> None:
    bob = await signed_in(bluesky, pds.bob, pds.url)
    access = bob.secrets["access_jwt"]
    bad = {"garbage": "x", "garbled": access[:-4] + "AAAA", "expired": expired(access, pds)}[token]
    stale = replace(bob, secrets={**bob.secrets, "access_jwt": bad})
    draft, staged = planned(bluesky, stale, f"sent after a renewal ({token})")
    with pytest.raises(LoginExpired):
        await bluesky.publish(stale, draft, staged)
    assert await times_published(pds, pds.bob, draft.text) == 0
    renewed = replace(stale, secrets=await bluesky.refresh(stale))
    await bluesky.publish(renewed, draft, staged)
    assert await times_published(pds, pds.bob, draft.text) == 1


def expired(token: str, pds: Pds) -> str:
    """``token`` as the server signs it, two hours too old."""
    head, claims, _ = token.split(".")
    body = json.loads(base64.urlsafe_b64decode(claims + "=="))
    old = {**body, "iat": body["iat"] - 14400, "exp": body["exp"] - 14400}
    signed = f"{head}.{urlsafe(json.dumps(old).encode())}"
    mark = hmac.digest(pds.jwt_secret.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{urlsafe(mark)}"


def urlsafe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def test_a_renewal_can_be_repeated_when_its_answer_was_lost(
    bluesky: Bluesky, pds: Pds
) -> None:
    bob = await signed_in(bluesky, pds.bob, pds.url)
    without_password = {**bob.secrets, "password": ""}
    lost = await bluesky.refresh(replace(bob, secrets=without_password))
    again = await bluesky.refresh(replace(bob, secrets=without_password))
    for secrets in (lost, again):
        renewed = replace(bob, secrets=secrets)
        await bluesky.publish(renewed, *planned(bluesky, renewed, "after a renewal"))


async def test_a_spent_refresh_token_falls_back_to_the_password(bluesky: Bluesky, pds: Pds) -> None:
    bob = await signed_in(bluesky, pds.bob, pds.url)
    spent = replace(bob, secrets={**bob.secrets, "refresh_jwt": bob.secrets["access_jwt"]})
    renewed = replace(bob, secrets=await bluesky.refresh(spent))
    draft, staged = planned(bluesky, renewed, "by the password again")
    await bluesky.publish(renewed, draft, staged)
    assert await times_published(pds, pds.bob, draft.text) == 1


async def test_too_many_sign_ins_tell_when_to_come_back(bluesky: Bluesky, pds: Pds) -> None:
    nobody = PdsAccount(pds.bob.did, "nobody.test", "aaaa-bbbb-cccc-dddd")
    body = {"identifier": nobody.handle, "password": nobody.password}
    calls = [pds.call("com.atproto.server.createSession", body) for _ in range(SIGN_INS)]
    assert {answer.status for answer in await asyncio.gather(*calls)} == {401}
    before = CLOCK.now()
    with pytest.raises(RateLimited) as caught:
        await bluesky.refresh(login_of(nobody, pds.url))
    assert caught.value.until is not None
    assert before < caught.value.until <= before + timedelta(minutes=5, seconds=1)


@pytest.mark.parametrize(
    "text",
    ["e" * 300, "é" * 300, "👍🏽" * 300, FAMILY * 120],
    ids=["plain", "accents", "emoji", "bytes"],
)
async def test_the_longest_text_is_taken(bluesky: Bluesky, pds: Pds, text: str) -> None:
    alice = await signed_in(bluesky, pds.alice, pds.url)
    draft, staged = planned(bluesky, alice, text)
    assert bluesky.check(draft) == []
    await bluesky.publish(alice, draft, staged)
    assert (await pds.record(pds.alice.did, staged["rkey"])).body["value"]["text"] == text


@pytest.mark.parametrize("text", ["e" * 301, FAMILY * 121], ids=["graphemes", "bytes"])
async def test_a_longer_text_is_refused_as_check_says(
    bluesky: Bluesky, pds: Pds, text: str
) -> None:
    alice = await signed_in(bluesky, pds.alice, pds.url)
    draft, staged = planned(bluesky, alice, text)
    assert [problem.code for problem in bluesky.check(draft)] == ["text_too_long"]
    with pytest.raises(Refused) as caught:
        await bluesky.publish(alice, draft, staged)
    assert "too big" in caught.value.problem.message
    assert await look(bluesky, alice, draft, staged) == Absent()
