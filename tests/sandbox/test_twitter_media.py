"""Media on X's twin over real HTTP."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.pictures import MP4, film, noise, picture
from tests.sandbox.rig import Answer, Api, Running

pytestmark = pytest.mark.asyncio

ME, HANDLE, SECRETS = sandbox_account("twitter", "acme")
TOKEN = SECRETS["access_token"]
OTHER = sandbox_account("twitter", "other")[2]["access_token"]
MEDIA = "/twitter/2/media/upload"
TWEETS = "/twitter/2/tweets"
INVALID = "Your media IDs are invalid."


async def upload(
    api: Api, data: bytes, category: str = "tweet_image", *, token: str = TOKEN, **fields: str
) -> Answer:
    form = aiohttp.FormData({"media_category": category, **fields})
    form.add_field("media", BytesIO(data), filename="a.bin", content_type="image/any")
    return await api("POST", MEDIA, token=token, data=form)


async def post(api: Api, ids: list[str], *, token: str = TOKEN, **body: Any) -> Answer:
    return await api("POST", TWEETS, token=token, json={"media": {"media_ids": ids}, **body})


async def status(api: Api, media_id: str, *, token: str = TOKEN) -> Answer:
    query = {"command": "STATUS", "media_id": media_id}
    return await api("GET", MEDIA, token=token, params=query)


def complaint(answer: Answer) -> str:
    assert answer.status == 400, answer.body
    assert answer.json["type"].endswith("/invalid-request")
    message: str = answer.json["errors"][0]["message"]
    return message


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_a_picture_is_ready_at_once_and_shown_by_a_post(api: Api, kind: str) -> None:
    data = picture(kind)
    answer = await upload(api, data)
    media_id = answer.json["data"]["id"]
    assert answer.json["data"] == {
        "id": media_id,
        "media_key": f"3_{media_id}",
        "size": len(data),
        "expires_after_secs": 86_400,
        "image": {"image_type": f"image/{kind.lower()}", "w": 40, "h": 30},
    }
    created = await post(api, [media_id])
    assert created.status == 201
    (entry,) = (await api("GET", "/ledger")).json
    (item,) = entry["media"]
    digest = sha256(data).hexdigest()
    assert item == {
        "id": media_id, "mime_type": f"image/{kind.lower()}", "bytes": len(data),
        "width": 40, "height": 30, "alt": "", "sha256": digest, "url": f"media/twitter/{digest}",
    }  # fmt: skip
    shown = await api("GET", f"/{item['url']}")
    assert shown.body == data
    assert shown.headers["content-type"] == f"image/{kind.lower()}"
    assert "sandbox" in shown.headers["content-security-policy"]


async def test_json_brings_base64(api: Api) -> None:
    data = picture()
    body = {"media": b64encode(data).decode(), "media_category": "tweet_image"}
    answer = await api("POST", MEDIA, token=TOKEN, json=body)
    assert answer.json["data"]["size"] == len(data)


async def test_the_timeline_tells_of_media(api_anywhere: Api) -> None:
    ids = [
        (await upload(api_anywhere, picture(colour=c))).json["data"]["id"] for c in ("red", "blue")
    ]
    about = {"id": ids[0], "metadata": {"alt_text": {"text": "All red"}}}
    told = await api_anywhere("POST", "/twitter/2/media/metadata", token=TOKEN, json=about)
    assert told.json["data"] == {
        "id": ids[0], "associated_metadata": {"alt_text": {"text": "All red"}},
    }  # fmt: skip
    await post(api_anywhere, ids)

    async def ask(**query: str) -> Any:
        path = f"/twitter/2/users/{ME}/tweets"
        return (await api_anywhere("GET", path, token=TOKEN, params=query)).json

    plain = await ask()
    assert "attachments" not in plain["data"][0]
    assert "includes" not in plain
    whole = await ask(
        **{
            "tweet.fields": "attachments",
            "expansions": "attachments.media_keys",
            "media.fields": "url,alt_text,width",
        }
    )
    (tweet,) = whole["data"]
    keys = [f"3_{media_id}" for media_id in ids]
    assert tweet["attachments"] == {"media_keys": keys}
    assert [item["media_key"] for item in whole["includes"]["media"]] == keys
    first = whole["includes"]["media"][0]
    assert (first["type"], first["alt_text"], first["width"]) == ("photo", "All red", 40)
    seen = await api_anywhere("GET", first["url"].removeprefix(api_anywhere.url))
    assert seen.body == picture(colour="red")


async def test_a_post_with_media_ends_in_a_link_to_them(api: Api) -> None:
    ids = [(await upload(api, picture(colour=c))).json["data"]["id"] for c in ("red", "blue")]
    created = (await post(api, ids, text="two & more")).json["data"]
    path = f"/twitter/2/users/{ME}/tweets?tweet.fields=entities"
    (tweet,) = (await api("GET", path, token=TOKEN)).json["data"]
    assert tweet["text"] == created["text"]
    assert tweet["text"].startswith("two &amp; more https://t.co/")
    urls = tweet["entities"]["urls"]
    assert [url["media_key"] for url in urls] == [f"3_{media_id}" for media_id in ids]
    for url in urls:
        assert tweet["text"][url["start"] : url["end"]] == url["url"]
        assert url["expanded_url"] == f"https://x.com/{HANDLE}/status/{created['id']}/photo/1"


async def test_ids_that_are_not_ones_own_ready_media_are_refused(
    api: Api, running: Running
) -> None:
    mine = (await upload(api, picture())).json["data"]["id"]
    foreign = (await upload(api, picture(), token=OTHER)).json["data"]["id"]
    busy = (await upload(api, MP4, "tweet_video")).json["data"]["id"]
    for ids in ([foreign], ["12"], [mine, foreign], [busy], [mine, mine]):
        assert complaint(await post(api, ids)) == INVALID
    running.clock.advance(seconds=2)
    assert complaint(await post(api, [busy, mine])).startswith("A post takes up to 4 photos")
    five = [(await upload(api, picture())).json["data"]["id"] for _ in range(5)]
    assert "at most 4" in complaint(await post(api, five))
    poll = {"options": ["a", "b"], "duration_minutes": 5}
    assert "only one of" in complaint(await post(api, [mine], text="x", poll=poll))
    assert (await post(api, [busy])).status == 201
    assert (await post(api, five[:4])).status == 201
    assert len((await api("GET", "/ledger")).json) == 2


async def test_media_expire_after_a_day(api: Api, running: Running) -> None:
    media_id = (await upload(api, picture())).json["data"]["id"]
    running.clock.advance(hours=23, minutes=59)
    assert (await status(api, media_id)).json["data"]["expires_after_secs"] == 60
    running.clock.advance(minutes=1)
    assert (await status(api, media_id)).status == 404
    assert complaint(await post(api, [media_id])) == INVALID


async def test_two_posts_may_show_only_media_but_not_the_same_text(api: Api) -> None:
    media_id = (await upload(api, picture())).json["data"]["id"]
    assert (await post(api, [media_id])).status == 201
    assert (await post(api, [media_id])).status == 201
    assert (await post(api, [media_id], text="same")).status == 201
    another = (await upload(api, picture(colour="red"))).json["data"]["id"]
    again = await post(api, [another], text="same")
    assert (again.status, again.json["title"]) == (403, "Forbidden")


async def test_a_video_comes_in_pieces_and_is_processed(api: Api, running: Running) -> None:
    asked = {"media_category": "tweet_video", "media_type": "video/mp4", "total_bytes": len(MP4)}
    begun = await api("POST", f"{MEDIA}/initialize", token=TOKEN, json=asked)
    media_id = begun.json["data"]["id"]
    assert begun.json["data"]["media_key"] == f"7_{media_id}"

    async def append(index: int, segment: bytes) -> Answer:
        form = aiohttp.FormData({"segment_index": str(index)})
        form.add_field("media", segment, filename="blob")
        return await api("POST", f"{MEDIA}/{media_id}/append", token=TOKEN, data=form)

    async def finalize() -> Answer:
        return await api("POST", f"{MEDIA}/{media_id}/finalize", token=TOKEN)

    assert (await append(1, MP4[400:])).json["data"]["expires_at"] > running.clock.now().timestamp()
    assert "do not add up" in complaint(await finalize())
    await append(0, b"torn")
    encoded = {"media": b64encode(MP4[:400]).decode(), "segment_index": 0}
    assert (
        await api("POST", f"{MEDIA}/{media_id}/append", token=TOKEN, json=encoded)
    ).status == 200
    done = await finalize()
    assert done.json["data"]["video"] == {"video_type": "video/mp4"}
    states = [done.json["data"]["processing_info"]]
    for _ in range(2):
        running.clock.advance(seconds=1)
        states.append((await status(api, media_id)).json["data"]["processing_info"])
    assert states == [
        {"state": "pending", "check_after_secs": 2, "progress_percent": 0},
        {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50},
        {"state": "succeeded", "progress_percent": 100},
    ]
    assert (await append(2, b"late")).status == 404
    assert (await post(api, [media_id])).status == 201


async def test_an_animated_gif_is_processed(api: Api, running: Running) -> None:
    data = (await upload(api, film(), "tweet_gif")).json["data"]
    assert data["processing_info"]["state"] == "pending"
    assert data["media_key"].startswith("16_")
    assert complaint(await post(api, [data["id"]])) == INVALID
    running.clock.advance(seconds=2)
    assert (await post(api, [data["id"]])).status == 201


async def test_files_x_does_not_take_are_refused(api: Api) -> None:
    large = noise(1400)
    assert len(large) > 5 << 20
    assert complaint(await upload(api, large)) == f"The file is over {5 << 20} bytes."
    for data, category in (
        (b"<svg/>", "tweet_image"),
        (MP4, "tweet_image"),
        (picture(), "tweet_video"),
        (picture()[:20], "tweet_image"),
    ):
        assert complaint(await upload(api, data, category)) == "media type unrecognized."
    asked = {"media_category": "tweet_image", "total_bytes": 6 << 20}
    begun = await api("POST", f"{MEDIA}/initialize", token=TOKEN, json=asked)
    assert "over" in complaint(begun)


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("", {"media_category": "tweet_image"}, "media"),
        ("", {"media": "!", "media_category": "tweet_image"}, "media"),
        ("", {"media": "", "media_category": "tweet_image"}, "media"),
        ("", {"media": "aGk=", "media_category": "dm_image"}, "media_category"),
        ("", {"media": "aGk=", "media_category": "tweet_image", "x": 1}, "x"),
        ("/initialize", {"total_bytes": -1}, "total_bytes"),
        ("/initialize", {"media_type": "text/html"}, "media_type"),
        ("/initialize", [], "body"),
    ],
)
async def test_a_bad_upload_is_refused(api: Api, path: str, body: Any, place: str) -> None:
    answer = await api("POST", MEDIA + path, token=TOKEN, json=body)
    complaint(answer)
    assert [list(error["parameters"]) for error in answer.json["errors"]] == [[place]]


async def test_media_of_others_are_missing(api: Api) -> None:
    media_id = (await upload(api, picture())).json["data"]["id"]
    about = {"id": media_id, "metadata": {"alt_text": {"text": "x"}}}
    path = "/twitter/2/media/metadata"
    for answer in (
        await status(api, media_id, token=OTHER),
        await api("POST", path, token=OTHER, json=about),
        await api("POST", f"{MEDIA}/{media_id}/finalize", token=OTHER),
    ):
        assert (answer.status, answer.json["resource_id"]) == (404, media_id)
    long = {"id": media_id, "metadata": {"alt_text": {"text": "x" * 1001}}}
    assert "1000" in complaint(await api("POST", path, token=TOKEN, json=long))


async def test_each_endpoint_has_its_own_quota(api: Api) -> None:
    first = await upload(api, picture())
    media_id = first.json["data"]["id"]
    about = {"id": media_id, "metadata": {"alt_text": {"text": "x"}}}
    begun = await api("POST", f"{MEDIA}/initialize", token=TOKEN, json={})
    told = await api("POST", "/twitter/2/media/metadata", token=TOKEN, json=about)
    asked = await status(api, media_id)
    names = ("x-rate-limit-limit", "x-rate-limit-remaining", "x-app-limit-24hour-remaining")
    assert [[answer.headers[name] for name in names] for answer in (first, begun, told, asked)] == [
        ["500", "499", "49999"],
        ["1875", "1874", "179999"],
        ["500", "499", "49999"],
        ["1000", "999", "99999"],
    ]
