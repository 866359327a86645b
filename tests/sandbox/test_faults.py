"""Faults: what each does to a create call, over a real socket."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.rig import DEADLINE, MORNING, Answer, Api, Running

pytestmark = pytest.mark.asyncio

Create = Callable[[str], Awaitable[Answer]]
PLATFORMS = ["twitter", "bluesky", "mastodon"]


async def creator(api: Api, platform: str) -> Create:
    """A function that creates a post on ``platform``."""
    remote_id, _, secrets = sandbox_account(platform, "acme")
    if platform == "twitter":
        token = secrets["access_token"]
        return lambda text: api("POST", "/twitter/2/tweets", token=token, json={"text": text})
    if platform == "mastodon":
        token = secrets["access_token"]
        path = "/mastodon/api/v1/statuses"
        return lambda text: api("POST", path, token=token, json={"status": text})
    path = "/bluesky/xrpc/com.atproto.server.createSession"
    session = (await api("POST", path, json=secrets)).json
    record = {"$type": "app.bsky.feed.post", "createdAt": "2026-11-22T09:00:00.000Z"}
    body = {"repo": remote_id, "collection": "app.bsky.feed.post"}
    path = "/bluesky/xrpc/com.atproto.repo.createRecord"
    return lambda text: api(
        "POST", path, token=session["accessJwt"], json={**body, "record": {**record, "text": text}}
    )


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest_asyncio.fixture
async def create(api: Api, platform: str) -> Create:
    return await creator(api, platform)


async def texts(api: Api) -> list[str]:
    return [entry["text"] for entry in (await api("GET", "/ledger")).json]


async def queue(api: Api, platform: str, fault: str, **more: Any) -> Answer:
    return await api("PUT", "/faults", json={"platform": platform, "fault": fault, **more})


@pytest.mark.parametrize(
    ("fault", "kept"), [("commit_then_drop", ["lost"]), ("drop_before_commit", [])]
)
async def test_the_connection_really_closes_without_an_answer(
    api_anywhere: Api,
    platform: str,
    fault: str,
    kept: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    create = await creator(api_anywhere, platform)
    await queue(api_anywhere, platform, fault)
    with caplog.at_level(logging.INFO), pytest.raises(aiohttp.ServerDisconnectedError):
        await create("lost")
    assert await texts(api_anywhere) == kept
    assert (await create("after")).status in (200, 201)
    assert await texts(api_anywhere) == [*kept, "after"]
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_post_may_be_public_and_its_answer_an_error(
    api: Api, platform: str, create: Create
) -> None:
    await queue(api, platform, "commit_then_error")
    assert (await create("public")).status in (500, 503)
    assert await texts(api) == ["public"]


async def test_not_a_byte_of_an_answer_is_sent(anywhere: Running, api_anywhere: Api) -> None:
    await queue(api_anywhere, "twitter", "commit_then_drop")
    host, _, rest = anywhere.url.removeprefix("http://").partition(":")
    port, _, prefix = rest.partition("/")
    token = sandbox_account("twitter", "acme")[2]["access_token"]
    body = b'{"text":"lost"}'
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST {'/' if prefix else ''}{prefix}/twitter/2/tweets HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    async with asyncio.timeout(DEADLINE):
        assert await reader.read() == b""
    writer.close()
    assert await texts(api_anywhere) == ["lost"]


async def test_a_rate_limit_has_the_platforms_own_shape(
    api: Api, platform: str, create: Create
) -> None:
    await queue(api, platform, "rate_limit", seconds=7)
    answer = await create("x")
    assert answer.status == 429
    reset = math.ceil(MORNING.timestamp() + 7)
    if platform == "twitter":
        words = "Too Many Requests"
        assert answer.json == {
            "title": words, "detail": words, "type": "about:blank", "status": 429,
        }  # fmt: skip
        assert answer.headers["x-rate-limit-remaining"] == "0"
        assert answer.headers["x-rate-limit-reset"] == str(reset)
    elif platform == "bluesky":
        assert answer.json["error"] == "RateLimitExceeded"
        assert answer.headers["RateLimit-Reset"] == str(reset)
        assert answer.headers["Retry-After"] == "7"
    else:
        assert answer.json == {"error": "Too many requests"}
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        assert answer.headers["X-RateLimit-Reset"] == "2026-11-22T09:00:07.004321Z"
    assert await texts(api) == []
    assert (await create("x")).status in (200, 201)


async def test_a_server_error_publishes_nothing(api: Api, platform: str, create: Create) -> None:
    await queue(api, platform, "server_error", count=2)
    for _ in range(2):
        answer = await create("x")
        assert answer.status == (500 if platform == "bluesky" else 503)
        assert isinstance(answer.json, dict)
    assert await texts(api) == []
    assert (await create("x")).status in (200, 201)


async def test_a_slow_answer_comes_after_its_post(
    api: Api, running: Running, platform: str, create: Create
) -> None:
    await queue(api, platform, "slow", seconds=5)
    waiting = asyncio.ensure_future(create("slow"))
    assert await asyncio.to_thread(running.clock.fell_asleep.wait, DEADLINE)
    (entry,) = (await api("GET", "/ledger")).json
    assert entry["accepted_at"] == "2026-11-22T09:00:00.004321Z"
    assert not waiting.done()
    running.clock.advance(seconds=5)
    assert (await waiting).status in (200, 201)


async def test_faults_are_used_in_order_and_by_their_platform_only(api: Api) -> None:
    post = await creator(api, "twitter")
    await queue(api, "twitter", "server_error", count=2)
    await queue(api, "twitter", "rate_limit")
    shown = await queue(api, "mastodon", "slow")
    assert shown.json == {
        "items": [
            {"platform": "twitter", "fault": "server_error", "count": 2},
            {"platform": "twitter", "fault": "rate_limit", "count": 1, "seconds": 3.0},
            {"platform": "mastodon", "fault": "slow", "count": 1, "seconds": 5.0},
        ]
    }
    assert [(await post(str(n))).status for n in range(4)] == [503, 503, 429, 201]
    left = (await api("GET", "/faults")).json["items"]
    assert [item["platform"] for item in left] == ["mastodon"]
    assert (await api("DELETE", "/faults")).status == 204
    assert (await api("GET", "/faults")).json == {"items": []}


async def test_a_stranger_uses_up_no_fault(api: Api) -> None:
    await queue(api, "twitter", "server_error")
    assert (await api("POST", "/twitter/2/tweets", json={"text": "x"})).status == 401
    assert len((await api("GET", "/faults")).json["items"]) == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"platform": "myspace", "fault": "boom", "count": 0}, ["platform", "fault", "count"]),
        ({}, ["platform", "fault"]),
        ({"platform": [], "fault": {}, "count": True}, ["platform", "fault", "count"]),
        ({"platform": "twitter", "fault": "slow", "seconds": -1}, ["seconds"]),
        ({"platform": "twitter", "fault": "slow", "seconds": "x"}, ["seconds"]),
        ({"platform": "twitter", "fault": "server_error", "seconds": 1}, ["seconds"]),
        ({"platform": "twitter", "fault": "upload_fails", "seconds": 1}, ["seconds"]),
        ({"platform": "bluesky", "fault": "upload_slow", "count": 0}, ["count"]),
        ({"platform": "twitter", "fault": "slow", "speed": 1, "why": 2}, ["speed", "why"]),
        ([], [None]),
        ("slow", [None]),
    ],
)
async def test_a_wrong_fault_is_refused_with_every_problem(
    api: Api, body: Any, fields: list[str | None]
) -> None:
    answer = await api("PUT", "/faults", json=body)
    assert answer.status == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (answer.json["status"], answer.json["code"]) == (422, "fault_invalid")
    assert [problem["field"] for problem in answer.json["problems"]] == fields
    assert all(problem["message"].endswith(".") or problem["field"] is None
               for problem in answer.json["problems"])  # fmt: skip
    assert (await api("GET", "/faults")).json == {"items": []}
