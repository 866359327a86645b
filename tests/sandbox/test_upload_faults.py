"""Faults of uploads: what each does, and that creates do not meet them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.bluesky_repo import open_repo, record
from tests.sandbox.pictures import picture
from tests.sandbox.rig import Answer, Api, Running

pytestmark = pytest.mark.asyncio

TWITTER = sandbox_account("twitter", "acme")[2]["access_token"]
MASTODON = sandbox_account("mastodon", "acme")[2]["access_token"]

Ask = Callable[[], Awaitable[Answer]]
Show = Callable[[Answer], Awaitable[Answer]]


async def client(api: Api, platform: str) -> tuple[Ask, Show]:
    """How to upload a picture to a platform, and how to post it."""
    if platform == "twitter":
        body = {"media": b64encode(picture()).decode(), "media_category": "tweet_image"}

        async def show(uploaded: Answer) -> Answer:
            media = {"media_ids": [uploaded.json["data"]["id"]]}
            return await api("POST", "/twitter/2/tweets", token=TWITTER, json={"media": media})

        return lambda: api("POST", "/twitter/2/media/upload", token=TWITTER, json=body), show
    if platform == "mastodon":

        async def upload() -> Answer:
            form = aiohttp.FormData()
            form.add_field("file", BytesIO(picture()), filename="a.png")
            return await api("POST", "/mastodon/api/v2/media", token=MASTODON, data=form)

        async def post(uploaded: Answer) -> Answer:
            body = {"media_ids": [uploaded.json["id"]]}
            return await api("POST", "/mastodon/api/v1/statuses", token=MASTODON, json=body)

        return upload, post
    repo = await open_repo(api)
    path, token = "/bluesky/xrpc/com.atproto.repo.uploadBlob", repo.session["accessJwt"]

    async def create(uploaded: Answer) -> Answer:
        images = [{"image": uploaded.json["blob"], "alt": ""}]
        embed = {"$type": "app.bsky.embed.images", "images": images}
        return await repo.write("createRecord", record=record(embed=embed))

    return lambda: api("POST", path, token=token, data=picture()), create


async def queue(api: Api, platform: str, fault: str, **more: Any) -> None:
    body = {"platform": platform, "fault": fault, **more}
    assert (await api("PUT", "/faults", json=body)).status == 200


@pytest.mark.parametrize("platform", ["twitter", "bluesky", "mastodon"])
async def test_the_upload_is_lost_and_the_next_one_is_not(api: Api, platform: str) -> None:
    upload, show = await client(api, platform)
    await queue(api, platform, "upload_server_error")
    await queue(api, platform, "upload_drop")
    assert (await upload()).status == (500 if platform == "bluesky" else 503)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await upload()
    assert (await show(await upload())).status in (200, 201)
    assert (await api("GET", "/faults")).json == {"items": []}


@pytest.mark.parametrize("platform", ["twitter", "bluesky", "mastodon"])
async def test_a_file_is_taken_and_its_answer_lost(api: Api, platform: str) -> None:
    upload, show = await client(api, platform)
    await queue(api, platform, "upload_commit_then_drop")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await upload()
    assert (await show(await upload())).status in (200, 201)
    assert (await api("GET", "/faults")).json == {"items": []}


@pytest.mark.parametrize(
    ("platform", "status", "words"),
    [
        ("twitter", 400, "Your media IDs are invalid."),
        ("bluesky", 400, "Could not find blob"),
        ("mastodon", 404, "Record not found"),
    ],
)
async def test_an_upload_expires_before_its_post(
    api: Api, platform: str, status: int, words: str
) -> None:
    upload, show = await client(api, platform)
    await queue(api, platform, "upload_expires")
    uploaded = await upload()
    assert uploaded.status == 200
    gone = await show(uploaded)
    assert gone.status == status
    assert words in gone.body.decode()
    assert (await show(await upload())).status in (200, 201)


async def test_x_processes_slowly_or_in_vain(api: Api, running: Running) -> None:
    upload, show = await client(api, "twitter")
    await queue(api, "twitter", "upload_slow", seconds=10)
    await queue(api, "twitter", "upload_fails")

    async def state(uploaded: Answer) -> Any:
        path = f"/twitter/2/media/upload?media_id={uploaded.json['data']['id']}"
        return (await api("GET", path, token=TWITTER)).json["data"]["processing_info"]

    slow, bad = await upload(), await upload()
    assert slow.json["data"]["processing_info"]["state"] == "pending"
    running.clock.advance(seconds=9)
    assert await state(slow) == {
        "state": "in_progress", "check_after_secs": 1, "progress_percent": 90,
    }  # fmt: skip
    assert (await state(bad))["state"] == "failed"
    assert (await show(slow)).status == (await show(bad)).status == 400
    running.clock.advance(seconds=1)
    assert await state(slow) == {"state": "succeeded", "progress_percent": 100}
    assert (await show(slow)).status == 201
    assert (await show(bad)).status == 400


async def test_mastodon_processes_slowly_or_in_vain(api: Api, running: Running) -> None:
    upload, show = await client(api, "mastodon")
    await queue(api, "mastodon", "upload_slow")
    await queue(api, "mastodon", "upload_fails")

    async def read(uploaded: Answer) -> Answer:
        path = f"/mastodon/api/v1/media/{uploaded.json['id']}"
        return await api("GET", path, token=MASTODON)

    slow, bad = await upload(), await upload()
    assert (slow.status, bad.status) == (202, 202)
    running.clock.advance(seconds=29)
    assert ((await read(slow)).status, (await read(bad)).status) == (206, 422)
    assert ((await show(slow)).status, (await show(bad)).status) == (422, 422)
    running.clock.advance(seconds=1)
    assert (await read(slow)).status == 200
    assert (await show(slow)).status == 200


async def test_creates_and_uploads_meet_their_own_faults_only(api: Api) -> None:
    upload, show = await client(api, "twitter")
    await queue(api, "twitter", "server_error")
    await queue(api, "twitter", "upload_server_error", count=2)
    assert (await upload()).status == 503
    left = [(item["fault"], item["count"]) for item in (await api("GET", "/faults")).json["items"]]
    assert left == [("server_error", 1), ("upload_server_error", 1)]
    assert (await upload()).status == 503
    uploaded = await upload()
    assert uploaded.status == 200
    assert (await show(uploaded)).status == 503
    assert (await show(uploaded)).status == 201
