"""Facebook's twin over real HTTP: posts, photos, stories, comments, lists."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData

from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.pictures import film, noise, picture
from tests.sandbox.rig import Answer, Api, Running

pytestmark = pytest.mark.asyncio

PAGE, HANDLE, SECRETS = sandbox_account("facebook", "acme")
TOKEN = SECRETS["access_token"]
OTHER, _, OTHERS = sandbox_account("facebook", "other")
HERE = f"/facebook/v26.0/{PAGE}"


async def feed(api: Api, **said: Any) -> Answer:
    return await api("POST", f"{HERE}/feed", token=TOKEN, json=said)


async def photo(api: Api, content: bytes | None = None, **more: str) -> Answer:
    form = FormData()
    form.add_field(
        "source", BytesIO(content or picture()), filename="a.png", content_type="image/png"
    )
    for name, value in {"published": "false", **more}.items():
        form.add_field(name, value)
    return await api("POST", f"{HERE}/photos", token=TOKEN, data=form)


def error(answer: Answer) -> tuple[int, int, int | None]:
    said = answer.json["error"]
    return answer.status, said["code"], said.get("error_subcode")


async def posts(api: Api, fields: str = "id,message", **more: Any) -> Any:
    query = {"fields": fields, **more}
    answer = await api("GET", f"{HERE}/published_posts", token=TOKEN, params=query)
    assert answer.status == 200, answer.body
    return answer.json


async def ledger(api: Api) -> list[Any]:
    return list((await api("GET", "/ledger?platform=facebook")).json)


@pytest.mark.parametrize("form", ["json", "data"])
async def test_a_post_is_accepted_and_listed_after_a_while(
    api_anywhere: Api, anywhere: Running, form: str
) -> None:
    said = {"message": "Hello & <you>", "link": "https://example.com/"}
    path = f"{HERE}/feed?fields=id,permalink_url,created_time"
    created = await api_anywhere("POST", path, token=TOKEN, **{form: said})
    assert created.status == 200
    remote_id = created.json["id"]
    assert remote_id.startswith(f"{PAGE}_")
    assert created.json["permalink_url"] == f"https://www.facebook.com/{remote_id}"
    assert created.json["created_time"] == "2026-11-22T09:00:00+0000"
    assert (await posts(api_anywhere))["data"] == []
    anywhere.clock.advance(seconds=5)
    assert (await posts(api_anywhere))["data"] == [{"id": remote_id, "message": "Hello & <you>"}]
    assert [one["text"] for one in await ledger(api_anywhere)] == ["Hello & <you>"]
    shown = await api_anywhere("GET", f"/facebook/v26.0/{remote_id}?fields=message", token=TOKEN)
    assert shown.json == {"id": remote_id, "message": "Hello & <you>"}


@pytest.mark.parametrize(
    ("said", "code", "subcode"),
    [
        ({}, 197, None),
        ({"message": " \n"}, 197, None),
        ({"message": "a" * 63_207}, 100, None),
        ({"message": ["x"]}, 100, None),
        ({"message": "nul \0"}, 100, None),
        ({"link": "https://www.facebook.com/x"}, 1609008, None),
        ({"link": "x"}, 100, 1500),
        ({"message": "x", "attached_media": "{"}, 100, None),
        ({"message": "x", "attached_media": [7]}, 197, None),
        ({"message": "x", "attached_media": [{"media_fbid": "1"}]}, 100, 33),
        ({"message": "x", "scheduled_publish_time": "1"}, 100, None),
        ({"message": "x", "published": False}, 100, None),
    ],
)
async def test_what_a_post_may_not_be(
    api: Api, said: dict[str, Any], code: int, subcode: int | None
) -> None:
    answer = await feed(api, **said)
    if said.get("attached_media") == [7]:
        assert answer.status == 200  # what is no object is left out
        return
    assert error(answer) == (400, code, subcode)
    assert await ledger(api) == []


async def test_the_same_words_as_the_post_before_are_a_duplicate(api: Api) -> None:
    assert (await feed(api, message="once")).status == 200
    assert error(await feed(api, message="once")) == (400, 506, None)
    assert (await feed(api, message="once", link="https://example.com")).status == 200
    assert (await feed(api, message="once")).status == 200
    assert len(await ledger(api)) == 3


async def test_unpublished_photos_are_shown_by_one_post_only(api: Api, running: Running) -> None:
    first = (await photo(api, alt_text_custom="a cät")).json
    second = (await photo(api, picture("JPEG"))).json
    assert set(first) == {"id"}
    assert await ledger(api) == []
    attached = [{"media_fbid": one["id"]} for one in (first, second)]
    created = await feed(api, message="two", attached_media=attached)
    (entry,) = await ledger(api)
    assert [one["alt"] for one in entry["media"]] == ["a cät", ""]
    again = await feed(api, message="again", attached_media=json.dumps(attached))
    assert error(again) == (400, 1366051, None)
    running.clock.advance(seconds=6)
    fields = "id,attachments{media_type,target{id},subattachments{target{id}}}"
    [shown] = (await posts(api, fields))["data"]
    assert shown["id"] == created.json["id"]
    [album] = shown["attachments"]["data"]
    inner = [one["target"]["id"] for one in album["subattachments"]["data"]]
    assert (album["media_type"], inner) == ("album", [first["id"], second["id"]])


async def test_a_photo_may_be_a_post_of_its_own(api: Api) -> None:
    answer = await photo(api, published="true", caption="Look")
    assert set(answer.json) == {"id", "post_id"}
    [entry] = await ledger(api)
    assert (entry["id"], entry["text"]) == (answer.json["post_id"], "Look")


async def test_a_photo_is_fetched_from_its_address(api: Api, running: Running) -> None:
    stored = (await photo(api)).json["id"]
    await feed(api, message="x", attached_media=[{"media_fbid": stored}])
    [entry] = await ledger(api)
    url = f"{running.url}/{entry['media'][0]['url']}"
    said = {"url": url, "published": False}
    fetched = await api("POST", f"{HERE}/photos", token=TOKEN, json=said)
    assert fetched.json["id"] != stored
    for bad in (f"{running.url}/nothing", "ftp://x", "x"):
        answer = await api("POST", f"{HERE}/photos", token=TOKEN, json={**said, "url": bad})
        assert error(answer) == (400, 100, 1349125)


async def test_a_photo_that_is_none_or_too_large_is_refused(api: Api) -> None:
    for content in (b"no picture", noise(1300)):
        assert error(await photo(api, content)) == (400, 1366046, None)
    assert (await photo(api, film())).status == 200
    empty = await api("POST", f"{HERE}/photos", token=TOKEN, json={"published": False})
    assert error(empty) == (400, 100, 1349125)


async def test_photos_in_no_post_are_forgotten(api: Api, running: Running) -> None:
    stored = (await photo(api)).json["id"]
    running.clock.advance(hours=24)
    answer = await feed(api, message="x", attached_media=[{"media_fbid": stored}])
    assert error(answer) == (400, 100, 33)


async def test_a_story_of_a_photo(api: Api, running: Running) -> None:
    stored = (await photo(api)).json["id"]
    path = f"{HERE}/photo_stories"
    created = await api("POST", path, token=TOKEN, json={"photo_id": stored})
    assert created.json["success"] is True
    assert error(await api("POST", path, token=TOKEN, json={"photo_id": stored}))[1] == 1366051
    listing = f"{HERE}/stories?status=PUBLISHED"
    assert (await api("GET", listing, token=TOKEN)).json["data"] == []
    running.clock.advance(seconds=5)
    [story] = (await api("GET", listing, token=TOKEN)).json["data"]
    assert (story["post_id"], story["media_id"]) == (created.json["post_id"], stored)
    assert story["media_type"] == "photo"
    since = int(running.clock.now().timestamp())
    assert (await api("GET", f"{listing}&since={since}", token=TOKEN)).json["data"] == []
    assert (await posts(api))["data"] == []
    running.clock.advance(hours=24)
    assert (await api("GET", listing, token=TOKEN)).json["data"] == []


async def test_lists_come_newest_first_in_pages(api: Api, running: Running) -> None:
    for number in range(5):
        await feed(api, message=f"n{number}")
        running.clock.advance(seconds=10)
    first = await posts(api, "message", limit="2")
    assert [one["message"] for one in first["data"]] == ["n4", "n3"]
    following = first["paging"]["next"].removeprefix(running.url)
    second = (await api("GET", following, token=TOKEN)).json
    assert [one["message"] for one in second["data"]] == ["n2", "n1"]
    last = await posts(api, "message", limit="2", after=second["paging"]["cursors"]["after"])
    assert ([one["message"] for one in last["data"]], "next" in last["paging"]) == (["n0"], False)


async def test_comments_and_taking_back(api: Api, running: Running) -> None:
    post_id = (await feed(api, message="Hello")).json["id"]
    below = f"/facebook/v26.0/{post_id}/comments"
    comment = await api("POST", below, token=TOKEN, json={"message": "First!"})
    assert comment.json["id"].startswith(f"{post_id}_")
    assert error(await api("POST", below, token=TOKEN, json={"message": " "}))[1] == 100
    [listed] = (await api("GET", below, token=TOKEN)).json["data"]
    assert (listed["message"], listed["from"]["id"]) == ("First!", PAGE)
    one = f"/facebook/v26.0/{post_id}"
    assert error(await api("DELETE", one, token=OTHERS["access_token"])) == (400, 100, 33)
    assert (await api("DELETE", one, token=TOKEN)).json == {"success": True}
    assert error(await api("DELETE", one, token=TOKEN)) == (400, 100, 33)
    running.clock.advance(seconds=6)
    assert (await posts(api))["data"] == []


@pytest.mark.parametrize(
    ("token", "subcode"),
    [(None, None), ("wrong", None), ("sandbox-facebook-1-role_lost", 492)],
)
async def test_a_token_that_is_no_good(api: Api, token: str | None, subcode: int | None) -> None:
    answer = await api("POST", f"{HERE}/feed", token=token, json={"message": "x"})
    assert error(answer) == (400, 190, subcode)
    assert json.loads(answer.headers["X-App-Usage"])["call_count"] >= 0


async def test_another_page_is_not_there(api: Api) -> None:
    path = f"/facebook/v26.0/{OTHER}"
    answers = [
        await api("POST", f"{path}/feed", token=TOKEN, json={"message": "x"}),
        await api("GET", f"{path}/published_posts", token=TOKEN),
        await api("GET", path, token=TOKEN),
    ]
    assert [error(answer) for answer in answers] == [(400, 100, 33)] * 3


async def test_faults_in_facebooks_own_words(api: Api) -> None:
    queue = {"platform": "facebook", "fault": "rate_limit", "seconds": 90}
    await api("PUT", "/faults", json=queue)
    limited = await feed(api, message="x")
    assert error(limited) == (400, 80001, None)
    usage = json.loads(limited.headers["X-Business-Use-Case-Usage"])
    [[told]] = usage.values()
    assert (told["type"], told["estimated_time_to_regain_access"]) == ("pages", 2)
    for fault, public in (("server_error", 0), ("commit_then_error", 1)):
        await api("PUT", "/faults", json={"platform": "facebook", "fault": fault})
        assert error(await feed(api, message=fault)) == (500, 2, None)
        assert len(await ledger(api)) == public
