"""Instagram's twin over real HTTP, as its contract sheet says (1.a–1.h)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from postclock.sandbox.credentials import sandbox_account
from postclock.sandbox.instagram import Instagram
from tests.fixtures.pictures import picture
from tests.fixtures.videos import video
from tests.sandbox.rig import Answer, Api, Running

pytestmark = pytest.mark.asyncio
ME, HANDLE, SECRETS = sandbox_account("instagram", "acme")
TOKEN = SECRETS["access_token"]
OTHER_ID, _, OTHER = sandbox_account("instagram", "other")
HOSTS = ("/instagram/v26.0", "/instagram/graph/v26.0")
AT = HOSTS[0]
FILES: dict[str, bytes] = {
    "a.jpg": picture("JPEG", (1080, 1080)), "b.jpg": picture("JPEG", (1080, 600)),
    "a.png": picture("PNG", (1080, 1080)), "wide.jpg": picture("JPEG", (2000, 100)),
    "page.html": b"<html>", "a.mp4": video(size=(64, 96), seconds=1),
    "large.jpg": picture("JPEG", (1080, 1080)) + bytes(9 << 20),
}  # fmt: skip
STATUS = {"fields": "status_code,status"}


@pytest.fixture
def files(serve: Callable[[ASGIApp], str]) -> str:
    """Where the files are; who asks must say who it is."""

    async def give(request: Request) -> Response:
        assert request.headers["user-agent"] == "facebookexternalhit/1.1"
        name = request.path_params["name"]
        if name == "moved.jpg":
            return RedirectResponse("/a.jpg")
        return Response(FILES[name]) if name in FILES else Response(status_code=404)

    return serve(Starlette(routes=[Route("/{name}", give)]))


@pytest.fixture
def twin(running: Running) -> Instagram:
    return cast("Instagram", running.app.twins["instagram"])


async def created(api: Api, at: str = AT, token: str = TOKEN, **asked: Any) -> Answer:
    return await api("POST", f"{at}/{ME}/media", token=token, json=asked)


async def status(api: Api, number: str) -> str:
    answer = await api("GET", f"{AT}/{number}", token=TOKEN, params=STATUS)
    return str(answer.json["status_code"])


async def published(api: Api, number: str, at: str = AT, token: str = TOKEN) -> Answer:
    path = f"{at}/{ME}/media_publish"
    return await api("POST", path, token=token, json={"creation_id": number})


def code(answer: Answer) -> tuple[int, int | None]:
    assert answer.status == 400
    return answer.json["error"]["code"], answer.json["error"].get("error_subcode")


async def ready(api: Api, running: Running, files: str, **more: Any) -> str:
    answer = await created(api, image_url=f"{files}/a.jpg", **more)
    running.clock.advance(seconds=5)
    return str(answer.json["id"])


@pytest.mark.parametrize("at", HOSTS)
async def test_a_picture_from_its_container_to_its_address(
    api: Api, running: Running, files: str, at: str
) -> None:
    answer = await created(api, at, image_url=f"{files}/a.jpg", caption="Hi #1", alt_text="cat")
    number = answer.json["id"]
    assert answer.json == {"id": number}
    assert "X-Business-Use-Case-Usage" in answer.headers
    assert await status(api, number) == "IN_PROGRESS"
    assert code(await published(api, number, at)) == (9007, 2207027)
    running.clock.advance(seconds=5)
    assert await status(api, number) == "FINISHED"
    media = (await published(api, number, at)).json["id"]
    assert await status(api, number) == "PUBLISHED"
    fields = "id,permalink,shortcode,media_type,media_product_type,timestamp,caption"
    told = (await api("GET", f"{at}/{media}", token=TOKEN, params={"fields": fields})).json
    assert told == {
        "id": media, "caption": "Hi #1", "media_type": "IMAGE", "media_product_type": "FEED",
        "timestamp": "2026-11-22T09:00:05+0000", "shortcode": told["shortcode"],
        "permalink": f"https://www.instagram.com/p/{told['shortcode']}/",
    }  # fmt: skip
    [entry] = running.app.ledger.entries("instagram")
    assert (entry.text, entry.media[0]["alt"]) == ("Hi #1", "cat")


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"image_url": "{files}/none.jpg"}, (9004, 2207052)),
        ({"image_url": "{files}/moved.jpg"}, (9004, 2207052)),
        ({"image_url": "http://127.0.0.1:1/a.jpg"}, (9004, 2207052)),
        ({"image_url": "ftp://127.0.0.1/a.jpg"}, (9004, 2207052)),
        ({"image_url": "{files}/a.png"}, (36001, 2207005)),
        ({"image_url": "{files}/page.html"}, (36001, 2207005)),
        ({"image_url": "{files}/large.jpg"}, (36000, 2207004)),
        ({"image_url": "{files}/wide.jpg"}, (36003, 2207009)),
        ({"image_url": "{files}/a.jpg", "caption": "a" * 2201}, (36004, 2207010)),
        ({"image_url": "{files}/a.jpg", "caption": "#a " * 31}, (36004, 2207010)),
        ({"image_url": "{files}/a.jpg", "caption": "\0"}, (100, None)),
        ({"video_url": "{files}/a.mp4", "media_type": "VIDEO"}, (100, 2207023)),
        ({"media_type": "CAROUSEL", "children": "1"}, (100, 2207028)),
        ({"media_type": "CAROUSEL", "children": "1,2"}, (24, 2207006)),
        ({"media_type": "REELS"}, (100, None)),
        ({"media_type": "REELS", "upload_type": "resumable"}, (100, None)),
        ({}, (100, 2207023)),
        (
            {"image_url": "{files}/a.jpg", "is_carousel_item": True, "collaborators": ["a"]},
            (100, None),
        ),
    ],
)
async def test_what_no_container_is_made_of(
    api: Api, files: str, asked: dict[str, Any], error: tuple[int, int | None]
) -> None:
    said = {k: v.format(files=files) if isinstance(v, str) else v for k, v in asked.items()}
    assert code(await created(api, **said)) == error


async def test_a_carousel_needs_its_parts_ready(api: Api, running: Running, files: str) -> None:
    parts = [
        (await created(api, image_url=f"{files}/{name}.jpg", is_carousel_item=True)).json["id"]
        for name in "ab"
    ]
    both = ",".join(parts)
    early = (await created(api, media_type="CAROUSEL", children=both)).json["id"]
    running.clock.advance(seconds=5)
    assert await status(api, early) == "ERROR"
    assert code(await published(api, parts[0])) == (24, 2207006)
    whole = (await created(api, media_type="CAROUSEL", children=both, caption="x")).json["id"]
    running.clock.advance(seconds=5)
    await published(api, whole)
    [entry] = running.app.ledger.entries("instagram")
    assert (len(entry.media), entry.record["media_type"]) == (2, "CAROUSEL_ALBUM")


async def test_a_video_is_fetched_and_what_is_none_fails_later(
    api: Api, running: Running, files: str
) -> None:
    good = (await created(api, media_type="REELS", video_url=f"{files}/a.mp4")).json["id"]
    bad = (await created(api, media_type="REELS", video_url=f"{files}/page.html")).json["id"]
    gone = (await created(api, media_type="STORIES", video_url=f"{files}/none.mp4")).json["id"]
    running.clock.advance(seconds=5)
    assert await status(api, good) == "FINISHED"
    for number, subcode in ((bad, "2207026"), (gone, "2207052")):
        told = (await api("GET", f"{AT}/{number}", token=TOKEN, params=STATUS)).json
        assert (told["status_code"], subcode in told["status"]) == ("ERROR", True)


async def test_bytes_are_taken_through_a_page(api: Api, running: Running) -> None:
    data = FILES["a.mp4"]
    asked = {"media_type": "REELS", "upload_type": "resumable"}
    made = (await created(api, HOSTS[1], **asked)).json
    path = made["uri"].removeprefix(api.url)
    assert path == f"/instagram/upload/ig-api-upload/v26.0/{made['id']}"

    async def send(token: str = TOKEN, offset: str = "0", size: int = len(data)) -> Answer:
        headers = {
            "Authorization": f"OAuth {token}", "offset": offset, "file_size": str(size)
        }  # fmt: skip
        return await api("POST", path, headers=headers, data=data)

    for answer, kind, again in (
        (await send("wrong"), "NotAuthorizedError", False),
        (await send(offset="7"), "OffsetInvalidError", False),
        (await send(size=1), "PartialRequestError", True),
    ):
        told = answer.json["debug_info"]
        assert (answer.status, told["type"], told["retriable"]) == (400, kind, again)
    assert await status(api, made["id"]) == "IN_PROGRESS"
    assert (await send()).json == {"success": True, "message": "Upload successful."}
    running.clock.advance(seconds=5)
    assert await status(api, made["id"]) == "FINISHED"


async def test_a_container_ends_after_a_day(api: Api, running: Running, files: str) -> None:
    number = await ready(api, running, files)
    running.clock.advance(hours=24)
    assert await status(api, number) == "EXPIRED"
    assert code(await published(api, number)) == (24, 2207008)


async def test_published_twice_is_one_post(
    api: Api, running: Running, files: str, twin: Instagram
) -> None:
    number = await ready(api, running, files)
    first = (await published(api, number)).json
    assert code(await published(api, number)) == (100, None)
    twin.knobs.repeat_gives_id = True
    assert (await published(api, number)).json == first
    assert len(running.app.ledger.entries("instagram")) == 1


async def test_what_is_anothers_is_not_found(api: Api, running: Running, files: str) -> None:
    number = await ready(api, running, files)
    theirs = OTHER["access_token"]
    path = f"{AT}/{OTHER_ID}/media_publish"
    answer = await api("POST", path, token=theirs, json={"creation_id": number})
    assert code(answer) == (24, 2207006)
    assert code(await api("GET", f"{AT}/{number}", token=theirs)) == (100, 33)
    assert code(await published(api, number, token=theirs)) == (100, 33)


async def test_the_quota_is_told_and_kept_where_it_is_to_be(
    api: Api, running: Running, files: str, twin: Instagram
) -> None:
    twin._keeps_quota, twin.knobs.quota_total = True, 2
    for _ in range(2):
        await published(api, await ready(api, running, files))
    number = await ready(api, running, files)
    assert code(await published(api, number)) == (9, 2207042)
    path = f"{AT}/{ME}/content_publishing_limit"
    told = (await api("GET", path, token=TOKEN, params={"fields": "quota_usage,config"})).json
    config = {"quota_total": 2, "quota_duration": 86_400}
    assert told == {"data": [{"quota_usage": 2, "config": config}]}
    running.clock.advance(hours=23, minutes=59, seconds=52)
    assert (await published(api, number)).status == 200


@pytest.mark.parametrize("at", HOSTS)
async def test_tokens(api: Api, running: Running, at: str) -> None:
    async def me(token: str | None) -> tuple[int, int | None]:
        return code(await api("GET", f"{at}/{ME}/media", token=token))

    assert await me(None) == (190, None)
    assert await me("wrong") == (190, None)
    running.app.grants["instagram"].revoke(ME)
    assert await me(TOKEN) == (190, 458)


async def test_lists_are_read_page_by_page(
    api: Api, running: Running, files: str, twin: Instagram
) -> None:
    numbers = []
    for n in range(5):
        number = await ready(api, running, files, caption=f"no. {n}")
        numbers.append((await published(api, number)).json["id"])
    story = await created(api, image_url=f"{files}/wide.jpg", media_type="STORIES")
    running.clock.advance(seconds=5)
    told = (await published(api, story.json["id"])).json["id"]
    query = {"fields": "id,caption", "limit": "2"}
    page = (await api("GET", f"{AT}/{ME}/media", token=TOKEN, params=query)).json
    seen = [one["id"] for one in page["data"]]
    while following := page.get("paging", {}).get("next"):
        page = (await api("GET", following.removeprefix(api.url), token=TOKEN)).json
        seen += [one["id"] for one in page["data"]]
    assert seen == numbers[::-1]
    stories = f"{AT}/{ME}/stories"
    assert (await api("GET", stories, token=TOKEN)).json == {"data": [{"id": told}]}
    running.clock.advance(hours=25)
    assert (await api("GET", stories, token=TOKEN)).json == {"data": []}
    late = {"since": str(round(running.clock.now().timestamp()) - 60)}
    assert (await api("GET", f"{AT}/{ME}/media", token=TOKEN, params=late)).json == {"data": []}


async def test_comments_numbers_and_taking_back(api: Api, running: Running, files: str) -> None:
    media = (await published(api, await ready(api, running, files))).json["id"]
    path = f"{AT}/{media}/comments"
    number = (await api("POST", path, token=TOKEN, json={"message": "Hi"})).json["id"]
    [told] = (await api("GET", path, token=TOKEN)).json["data"]
    assert (told["id"], told["text"], told["username"]) == (number, "Hi", HANDLE)
    insights = f"{AT}/{media}/insights"
    asked = {"metric": "views,reach"}
    names = (await api("GET", insights, token=TOKEN, params=asked)).json["data"]
    assert [one["name"] for one in names] == ["views", "reach"]
    gone = {"metric": "views,impressions"}
    assert code(await api("GET", insights, token=TOKEN, params=gone)) == (100, None)
    assert code(await api("DELETE", f"{HOSTS[0]}/{media}", token=TOKEN)) == (100, 33)
    answer = await api("DELETE", f"{HOSTS[1]}/{media}", token=TOKEN)
    assert answer.json == {"success": True}
    assert code(await api("DELETE", f"{HOSTS[1]}/{media}", token=TOKEN)) == (100, 33)


async def test_a_limit_says_how_long_it_lasts(api: Api, running: Running, files: str) -> None:
    number = await ready(api, running, files)
    running.app.faults.add({"platform": "instagram", "fault": "rate_limit", "seconds": 90})
    answer = await published(api, number)
    assert code(answer) == (80002, None)
    assert '"estimated_time_to_regain_access": 2' in answer.headers["X-Business-Use-Case-Usage"]
    running.app.faults.add({"platform": "instagram", "fault": "server_error"})
    broken = await published(api, number)
    assert (broken.status, broken.json["error"]["code"]) == (500, 2)
