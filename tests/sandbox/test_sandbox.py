"""The sandbox as a whole: restarts, quotas that refuse, the instant of arrival."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from starlette.types import ASGIApp, Message

from postclock.sandbox.app import create_sandbox
from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.rig import MORNING, Api, OwnedClock

pytestmark = pytest.mark.asyncio

TWITTER_ID, _, TWITTER = sandbox_account("twitter", "acme")
MASTODON_ID, _, MASTODON = sandbox_account("mastodon", "acme")
DID, HANDLE, BLUESKY = sandbox_account("bluesky", "acme")
POST = "app.bsky.feed.post"
RKEY = "3n2vatvvt2223"
RECORD = {"$type": POST, "text": "kept", "createdAt": "2026-11-22T09:00:00.000Z"}
WISH = {"repo": DID, "collection": POST, "rkey": RKEY, "record": RECORD}


async def test_nothing_is_forgotten_over_a_restart(
    tmp_path: Path, serve: Callable[[ASGIApp], str], session: aiohttp.ClientSession
) -> None:
    clock, journal = OwnedClock(MORNING), tmp_path / "sandbox.jsonl"
    tweet, status = {"text": "kept"}, {"status": "kept"}
    with closing(create_sandbox(clock=clock, journal=journal)) as first:
        api = Api(serve(first), session)
        login = await api("POST", "/bluesky/xrpc/com.atproto.server.createSession", json=BLUESKY)
        access = login.json["accessJwt"]
        repo = "/bluesky/xrpc/com.atproto.repo."
        token, key = MASTODON["access_token"], {"Idempotency-Key": "k"}
        statuses = "/mastodon/api/v1/statuses"
        await api("POST", "/twitter/2/tweets", token=TWITTER["access_token"], json=tweet)
        await api("POST", repo + "createRecord", token=access, json=WISH)
        kept = await api("POST", statuses, token=token, headers=key, json=status)
        before = (await api("GET", "/ledger")).json

    clock.advance(minutes=30)
    with closing(create_sandbox(clock=clock, journal=journal)) as second:
        api = Api(serve(second), session)
        assert (await api("GET", "/ledger")).json == before
        again = await api("POST", "/twitter/2/tweets", token=TWITTER["access_token"], json=tweet)
        assert again.status == 403
        taken = await api("POST", repo + "createRecord", token=access, json=WISH)
        assert taken.status == 500
        same = await api("POST", statuses, token=token, headers=key, json=status)
        assert same.json["id"] == kept.json["id"]
        query = {"repo": HANDLE, "collection": POST, "rkey": RKEY}
        assert (await api("GET", repo + "getRecord", params=query)).json["value"] == RECORD
        assert (await api("GET", "/ledger")).json == before


async def test_an_empty_quota_refuses_where_that_is_asked_for(
    serve: Callable[[ASGIApp], str], session: aiohttp.ClientSession
) -> None:
    clock = OwnedClock(MORNING)
    strict = Api(serve(create_sandbox(clock=clock, enforce_quotas=True)), session)
    lenient = Api(serve(create_sandbox(clock=clock)), session)

    async def statuses(api: Api) -> list[int]:
        token = TWITTER["access_token"]
        return [
            (await api("POST", "/twitter/2/tweets", token=token, json={"text": f"n{n}"})).status
            for n in range(102)
        ]

    assert await statuses(strict) == [201] * 100 + [429] * 2
    assert await statuses(lenient) == [201] * 102
    clock.advance(minutes=15)
    token, json = TWITTER["access_token"], {"text": "free again"}
    assert (await strict("POST", "/twitter/2/tweets", token=token, json=json)).status == 201


async def test_a_request_is_received_before_its_body_is_read() -> None:
    clock = OwnedClock(MORNING)
    app = create_sandbox(clock=clock)

    async def receive() -> Message:
        clock.advance(milliseconds=20)
        return {"type": "http.request", "body": b'{"text":"x"}', "more_body": False}

    async def send(_message: Message) -> None:
        return None

    token = TWITTER["access_token"]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/twitter/2/tweets",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
    }
    await app(scope, receive, send)
    (entry,) = app.ledger.entries()
    assert entry.received_at == MORNING
    assert (entry.accepted_at - MORNING).total_seconds() == 0.02


@pytest.mark.parametrize("platform", ["twitter", "bluesky", "mastodon"])
async def test_an_account_needs_no_opening(api: Api, platform: str) -> None:
    remote_id, handle, secrets = sandbox_account(platform, "brand-new")
    if platform == "bluesky":
        login = await api("POST", "/bluesky/xrpc/com.atproto.server.createSession", json=secrets)
        assert (login.json["did"], login.json["handle"]) == (remote_id, handle)
    elif platform == "twitter":
        me = await api("GET", "/twitter/2/users/me", token=secrets["access_token"])
        assert (me.json["data"]["id"], me.json["data"]["username"]) == (remote_id, handle)
    else:
        path = "/mastodon/api/v1/accounts/verify_credentials"
        known = await api("GET", path, token=secrets["access_token"])
        assert (known.json["id"], known.json["acct"]) == (remote_id, handle)
