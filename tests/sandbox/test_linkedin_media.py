"""Pictures and videos on LinkedIn's twin over real HTTP."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.pictures import MP4, film, picture
from tests.sandbox.rig import Answer, Api, Running
from tests.sandbox.test_linkedin_twin import BAKERY, ME, TOKEN, WORKSHOP, ask, post

pytestmark = pytest.mark.asyncio

PART = 4_194_304
CLIP = MP4[:1000].ljust(2 * PART + 10, b"\1")
OTHER = sandbox_account("linkedin", "other")[2]["access_token"]


async def begun(api: Api, kind: str, owner: str, **more: Any) -> Any:
    asked = {"initializeUploadRequest": {"owner": owner, **more}}
    return await ask(api, "POST", f"/rest/{kind}?action=initializeUpload", json=asked)


async def put(api: Api, url: str, data: bytes, token: str | None = None) -> Answer:
    return await api("PUT", url.removeprefix(api.url), data=BytesIO(data), token=token)


async def image(api: Api, owner: str, data: bytes) -> str:
    value = (await begun(api, "images", owner)).json["value"]
    assert (await put(api, value["uploadUrl"], data, TOKEN)).status == 201
    return str(value["image"])


async def video(api: Api, owner: str, data: bytes = CLIP) -> tuple[str, list[str], list[str]]:
    more = {"uploadCaptions": False, "uploadThumbnail": False}
    value = (await begun(api, "videos", owner, fileSizeBytes=len(data), **more)).json["value"]
    etags = []
    for piece in value["uploadInstructions"]:
        part = data[piece["firstByte"] : piece["lastByte"] + 1]
        answer = await put(api, piece["uploadUrl"], part)
        assert answer.status == 200
        etags.append(answer.headers["ETag"])
    return value["video"], etags, [piece["uploadUrl"] for piece in value["uploadInstructions"]]


async def finalized(api: Api, urn: str, etags: list[str]) -> Answer:
    asked = {"video": urn, "uploadToken": "", "uploadedPartIds": etags}
    body = {"finalizeUploadRequest": asked}
    return await ask(api, "POST", "/rest/videos?action=finalizeUpload", json=body)


async def status(api: Api, urn: str) -> Any:
    kind = "videos" if "video" in urn else "images"
    return await ask(api, "GET", f"/rest/{kind}/{quote(urn, safe='')}", encoded=True)


async def shown(api: Api, *urns: str, owner: str = BAKERY, alt: str = "") -> Answer:
    one = {"id": urns[0], "altText": alt}
    many = {"multiImage": {"images": [{"id": urn, "altText": alt} for urn in urns]}}
    content = many if len(urns) > 1 else {"media": one}
    return await post(api, author=owner, commentary=f"{len(urns)} {urns[0][-4:]}", content=content)


async def test_pictures_of_a_page(api_anywhere: Api) -> None:
    api = api_anywhere
    begin = (await begun(api, "images", BAKERY)).json["value"]
    assert (await status(api, begin["image"])).json["status"] == "WAITING_UPLOAD"
    waiting = await shown(api, begin["image"])
    assert waiting.json["errorDetails"]["inputErrors"][0]["code"] == "MEDIA_ASSET_WAITING_UPLOAD"
    assert (await put(api, begin["uploadUrl"], picture())).status == 401
    assert (await put(api, begin["uploadUrl"], picture(), OTHER)).status == 403
    assert (await put(api, begin["uploadUrl"], picture(), TOKEN)).status == 201
    assert (await status(api, begin["image"])).json["status"] == "AVAILABLE"
    second = await image(api, BAKERY, film())
    assert (await shown(api, begin["image"], second, alt="a cat")).status == 201
    [entry] = (await api("GET", "/ledger")).json
    assert [one["alt"] for one in entry["media"]] == ["a cat", "a cat"]
    file = await api("GET", "/" + entry["media"][0]["url"])
    assert file.body == picture()


async def test_media_are_their_owners_alone(api: Api) -> None:
    mine, theirs = await image(api, ME, picture()), await image(api, BAKERY, picture())
    assert (await shown(api, theirs, owner=ME)).status == 403
    assert (await shown(api, theirs, owner=WORKSHOP)).status == 403
    assert (await status(api, mine)).status == 403
    assert (await begun(api, "images", "urn:li:person:other")).status == 403
    assert (await shown(api, mine, owner=ME)).status == 201


@pytest.mark.parametrize("data", [b"no picture", picture("WEBP")])
async def test_what_is_no_picture_fails_to_process(data: bytes, api: Api) -> None:
    urn = await image(api, BAKERY, data)
    told = (await status(api, urn)).json
    assert told["status"] == "PROCESSING_FAILED"
    assert told["processingFailureReason"]
    refused = (await shown(api, urn)).json["errorDetails"]["inputErrors"][0]
    assert refused["code"] == "MEDIA_ASSET_PROCESSING_FAILED"


async def test_a_video_in_parts(running: Running, api: Api) -> None:
    urn, etags, _ = await video(api, BAKERY)
    assert len(etags) == 3
    for wrong in (etags[:2], etags[::-1], [*etags, "x"]):
        assert (await finalized(api, urn, wrong)).status == 400
    assert (await status(api, urn)).json["status"] == "WAITING_UPLOAD"
    assert (await finalized(api, urn, etags)).status == 200
    assert (await status(api, urn)).json["status"] == "PROCESSING"
    early = (await shown(api, urn)).json
    assert early["message"].endswith("is still processing")
    running.clock.advance(seconds=2)
    assert (await status(api, urn)).json["status"] == "AVAILABLE"
    assert (await finalized(api, urn, etags)).status == 404
    answer = await shown(api, urn)
    assert answer.headers["x-restli-id"].startswith("urn:li:ugcPost:")


async def test_parts_are_taken_as_they_were_asked_for(running: Running, api: Api) -> None:
    _, _, urls = await video(api, ME)
    assert (await put(api, urls[0], CLIP[:PART], TOKEN)).status == 400
    assert (await put(api, urls[0], CLIP[:9])).status == 400
    assert (await put(api, urls[0].rpartition("/")[0] + "/7", CLIP[:PART])).status == 404
    running.clock.advance(hours=12)
    assert (await put(api, urls[0], CLIP[:PART])).status == 403


@pytest.mark.parametrize("size", [74_999, 500_000_001, "1", None])
async def test_a_videos_size_has_bounds(size: Any, api: Api) -> None:
    answer = await begun(api, "videos", BAKERY, fileSizeBytes=size)
    assert answer.status == 400


async def test_an_unused_picture_is_forgotten(running: Running, api: Api) -> None:
    urn = await image(api, BAKERY, picture())
    running.clock.advance(hours=24)
    assert (await status(api, urn)).status == 404
    refused = (await shown(api, urn)).json["errorDetails"]["inputErrors"][0]
    assert refused["code"] == "EXPIRED_UPLOAD_URL"
