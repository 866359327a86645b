"""Media on Mastodon's twin over real HTTP."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import aiohttp
import pytest

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.pictures import MP4, film, picture
from tests.sandbox.rig import Answer, Api, Running

pytestmark = pytest.mark.asyncio

TOKEN = sandbox_account("mastodon", "acme")[2]["access_token"]
OTHER = sandbox_account("mastodon", "other")[2]["access_token"]
MEDIA = "/mastodon/api/v1/media"
STATUSES = "/mastodon/api/v1/statuses"
NOT_READY = "Cannot attach files that have not finished processing. Try again in a moment!"


async def upload(api: Api, data: bytes, *, token: str = TOKEN, **fields: str) -> Answer:
    form = aiohttp.FormData(fields)
    form.add_field("file", BytesIO(data), filename="a.png", content_type="image/png")
    return await api("POST", "/mastodon/api/v2/media", token=token, data=form)


async def post(api: Api, ids: Any, text: str = "", *, key: str = "k") -> Answer:
    body = {"status": text, "media_ids": ids}
    headers = {"Idempotency-Key": key}
    return await api("POST", STATUSES, token=TOKEN, json=body, headers=headers)


async def test_a_picture_is_ready_at_once_and_shown_by_a_status(api_anywhere: Api) -> None:
    api = api_anywhere
    answer = await upload(api, picture(), description="Blue ünicode")
    assert answer.status == 200
    attachment = answer.json
    assert (attachment["type"], attachment["description"]) == ("image", "Blue ünicode")
    assert attachment["meta"]["original"] == {"width": 40, "height": 30}
    seen = await api("GET", attachment["url"].removeprefix(api.url))
    assert (seen.status, seen.body) == (200, picture())
    path = f"{MEDIA}/{attachment['id']}"
    assert (await api("GET", path, token=TOKEN)).json == attachment

    created = await post(api, [attachment["id"]])
    assert created.status == 200
    assert created.json["media_attachments"] == [attachment]
    assert (await api("GET", f"{STATUSES}/{created.json['id']}")).json == created.json
    assert (await post(api, [attachment["id"]])).json == created.json
    assert (await api("GET", path, token=TOKEN)).status == 404
    assert (await post(api, [attachment["id"]], key="other")).status == 404
    (entry,) = (await api("GET", "/ledger")).json
    assert [(m["id"], m["alt"]) for m in entry["media"]] == [(attachment["id"], "Blue ünicode")]


@pytest.mark.parametrize("data", [film(), MP4])
async def test_what_moves_is_processed(api: Api, running: Running, data: bytes) -> None:
    answer = await upload(api, data)
    assert (answer.status, answer.json["url"]) == (202, None)
    media_id = answer.json["id"]
    assert (await api("GET", f"{MEDIA}/{media_id}", token=TOKEN)).status == 206
    early = await post(api, [media_id])
    assert (early.status, early.json) == (422, {"error": NOT_READY})
    running.clock.advance(seconds=2)
    ready = await api("GET", f"{MEDIA}/{media_id}", token=TOKEN)
    assert ready.status == 200
    assert (await api("GET", ready.json["url"].removeprefix(api.url))).body == data
    assert (await post(api, [media_id])).status == 200


async def test_a_description_can_be_given_later(api: Api) -> None:
    media_id = (await upload(api, picture())).json["id"]
    path = f"{MEDIA}/{media_id}"
    for form in ("json", "data"):
        options: dict[str, Any] = {form: {"description": f"by {form}"}}
        answer = await api("PUT", path, token=TOKEN, **options)
        assert (answer.status, answer.json["description"]) == (200, f"by {form}")
    long = await api("PUT", path, token=TOKEN, json={"description": "x" * 1501})
    assert long.status == 422
    assert "too long" in long.json["error"]
    assert (await api("PUT", path, token=OTHER, json={"description": "x"})).status == 404
    nul = await api("PUT", path, token=TOKEN, json={"description": "\0"})
    assert nul.status == 400


async def test_a_status_takes_four_of_ones_own_pictures_or_one_video(
    api: Api, running: Running
) -> None:
    ids = [(await upload(api, picture())).json["id"] for _ in range(5)]
    foreign = (await upload(api, picture(), token=OTHER)).json["id"]
    video = (await upload(api, MP4)).json["id"]
    running.clock.advance(seconds=2)
    for wanted, status, words in (
        (ids, 422, "Cannot attach more than 4 files"),
        ([ids[0], video], 422, "Cannot attach a video"),
        ([ids[0], foreign], 404, "Record not found"),
        (["12"], 404, "Record not found"),
        ("12", 400, "not a list"),
        ([{}], 400, "not a list"),
        ({"a": 1}, 400, "not a list"),
    ):
        answer = await post(api, wanted)
        assert answer.status == status
        assert words in answer.json["error"]
    form = [("status", "form"), *(("media_ids[]", one) for one in ids[:4])]
    created = await api("POST", STATUSES, token=TOKEN, data=aiohttp.FormData(form))
    assert [item["id"] for item in created.json["media_attachments"]] == ids[:4]
    assert len((await api("GET", "/ledger")).json) == 1


async def test_media_no_status_shows_expire(api: Api, running: Running) -> None:
    media_id = (await upload(api, picture())).json["id"]
    running.clock.advance(hours=24)
    assert (await api("GET", f"{MEDIA}/{media_id}", token=TOKEN)).status == 404
    assert (await post(api, [media_id])).status == 404


async def test_files_mastodon_does_not_take_are_refused(api: Api) -> None:
    async def send(data: Any, **headers: str) -> Answer:
        return await api("POST", "/mastodon/api/v2/media", token=TOKEN, data=data, headers=headers)

    boundary = {"Content-Type": "multipart/form-data; boundary=b"}
    torn = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nxy'
    for answer, status, words in (
        (await upload(api, b"<svg/>"), 422, "could not be verified"),
        (await upload(api, picture()[:30]), 422, "could not be verified"),
        (await upload(api, b""), 422, "can't be blank"),
        (await upload(api, picture(), description="x" * 1501), 422, "too long"),
        (await upload(api, picture(size=(8000, 8000))), 422, "are not supported"),
        (await send({"file": "x"}), 422, "can't be blank"),
        (await send(b"{}", **boundary), 400, "form"),
        (await send(torn, **boundary), 400, "boundary"),
        (await send(b"x", **{"Content-Type": "multipart/form-data"}), 400, "form"),
    ):
        assert answer.status == status, answer.body
        assert words in answer.json["error"]


async def test_uploads_have_their_own_quota(api: Api) -> None:
    answer = await upload(api, picture())
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == (
        "30",
        "29",
    )
    assert (await api("GET", "/mastodon/api/v2/instance")).json["configuration"][
        "media_attachments"
    ]["supported_mime_types"] == [
        "image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4",
    ]  # fmt: skip
