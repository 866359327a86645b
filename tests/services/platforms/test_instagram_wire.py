"""What Instagram's client sends, byte for byte as the contract sheet has it (1.b, 1.e)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import Found, Pending
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    RateLimited,
)
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.instagram import Instagram
from postclock.services.platforms.uploads import KEY

from .graph_cases import body
from .pictures import FILES, Saves, paths, picture
from .scripted import NOW, OwnedClock, ScriptedServer

pytestmark = pytest.mark.asyncio
ONE = picture(1, mime_type="image/jpeg", width=1080, height=1080, alt="a cat")
VIDEO = picture(2, mime_type="video/mp4", width=1080, height=1920, duration=9.0)
DRAFT = Draft("Hi", (ONE,))
FINISHED = {"status_code": "FINISHED", "status": "Finished", "id": "90"}
LEFT = {"data": [{"quota_usage": 4, "config": {"quota_total": 50, "quota_duration": 86400}}]}
NONE: frozenset[str] = frozenset()


@pytest.fixture
def instagram(http: Http, clock: OwnedClock) -> Instagram:
    return Instagram(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, "17841", "ada", {"access_token": "to-ken"}, {"graph": server.url})


@pytest.fixture
def by_page(login: Login, server: ScriptedServer) -> Login:
    secrets = {"access_token": "page", "way": "facebook", "user_token": "person", "page_id": "5"}
    hosts = {"graph": server.url, "upload": server.url}
    return Login("https://unused.test", "17841", "ada", secrets, hosts)


async def test_a_picture_is_asked_for_waited_for_and_published(
    instagram: Instagram, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"id": "90"})
    server.answers(200, {"status_code": "IN_PROGRESS"})
    server.answers(200, FINISHED)
    server.answers(200, LEFT)
    saves = Saves()
    staged = await instagram.stage(login, DRAFT, {}, saves, FILES)
    assert paths(server.seen) == [
        "POST /v26.0/17841/media", "GET /v26.0/90", "GET /v26.0/90",
        "GET /v26.0/17841/content_publishing_limit",
    ]  # fmt: skip
    link = await FILES.link(ONE)
    assert server.seen[0].json == {"caption": "Hi", "alt_text": "a cat", "image_url": link}
    assert all(one.headers["Authorization"] == "Bearer to-ken" for one in server.seen)
    assert server.seen[1].query == {"fields": "status_code,status"}
    assert [one[KEY]["container"]["ready"] for one in saves.seen] == [False, True]
    assert staged[KEY]["container"]["expires_at"] == (
        NOW + timedelta(hours=23, minutes=50)
    ).isoformat()  # fmt: skip

    server.answers(200, {"id": "500"})
    link = "https://www.instagram.com/p/DAbc/"
    server.answers(200, {"id": "500", "permalink": link, "timestamp": "2026-11-22T09:00:01+0000"})
    receipt = await instagram.publish(login, DRAFT, staged)
    assert (receipt.remote_id, receipt.permalink) == ("500", link)
    assert receipt.accepted_at == NOW + timedelta(seconds=1)
    assert paths(server.seen[4:]) == ["POST /v26.0/17841/media_publish", "GET /v26.0/500"]
    assert server.seen[4].json == {"creation_id": "90"}


async def test_a_video_goes_by_bytes_through_a_page(
    instagram: Instagram, by_page: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"id": "91", "uri": f"{server.url}/ig-api-upload/v26.0/91"})
    server.answers(200, {"success": True, "message": "Upload successful."})
    server.answers(400, body(100, 33))
    server.answers(200, FINISHED)
    server.answers(200, LEFT)
    await instagram.stage(by_page, Draft("", (VIDEO,)), {}, Saves(), FILES)
    create, sent, first, again, _ = server.seen
    assert create.json == {
        "media_type": "REELS", "share_to_feed": True, "upload_type": "resumable",
    }  # fmt: skip
    assert (sent.path, sent.body) == ("/ig-api-upload/v26.0/91", FILES.others)
    assert sent.headers["Authorization"] == "OAuth page"
    size = str(len(FILES.others))
    names = ("offset", "file_size", "Content-Length")
    assert [sent.headers[name] for name in names] == ["0", size, size]
    assert [one.headers["Authorization"] for one in (first, again)] == [
        "Bearer page", "Bearer person",
    ]  # fmt: skip


async def test_an_upload_that_broke_off_begins_again_in_a_new_container(
    instagram: Instagram, by_page: Login, server: ScriptedServer
) -> None:
    saves = Saves()
    for fails in ("drop", "refuse"):
        server.answers(200, {"id": "91", "uri": f"{server.url}/ig-api-upload/v26.0/91"})
        if fails == "drop":
            server.drops()
        else:
            told = {"retriable": True, "type": "PartialRequestError", "message": "half"}
            server.answers(400, {"debug_info": told})
        with pytest.raises(NotPublished) as raised:
            await instagram.stage(by_page, Draft("", (VIDEO,)), {}, saves, FILES)
        assert raised.value.problem.code == "upload_failed"
    assert saves.seen == []


async def test_what_cannot_be_told_of_the_quota_keeps_nothing_up(
    instagram: Instagram, login: Login, server: ScriptedServer
) -> None:
    answers: tuple[Any, ...] = (None, {"data": []}, {"data": [{"quota_usage": "x"}]}, body(10))
    for told in answers:
        server.answers(200, {"id": "90"})
        server.answers(200, FINISHED)
        if told is None:
            server.drops()
        else:
            server.answers(200 if "data" in told else 400, told)
        staged = await instagram.stage(login, DRAFT, {}, Saves(), FILES)
        assert staged[KEY]["container"]["ready"]


async def test_a_used_up_quota_keeps_what_was_made(
    instagram: Instagram, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"id": "90"})
    server.answers(200, FINISHED)
    server.answers(200, {"data": [{"quota_usage": 50, "config": {"quota_total": 50}}]})
    saves = Saves()
    with pytest.raises(RateLimited) as raised:
        await instagram.stage(login, DRAFT, {}, saves, FILES)
    assert raised.value.until == NOW + timedelta(minutes=5)
    server.answers(200, LEFT)
    await instagram.stage(login, DRAFT, saves.last, saves, FILES)
    assert paths(server.seen[3:]) == ["GET /v26.0/17841/content_publishing_limit"]


async def test_a_lost_answer_is_looked_for_by_caption_and_time(
    instagram: Instagram, login: Login, server: ScriptedServer
) -> None:
    staged = {KEY: {"container": {"id": "90"}}}
    at = "2026-11-22T09:00:01+0000"
    others = [
        {"id": "1", "caption": "Hi", "timestamp": "2026-11-22T08:58:59+0000"},
        {"id": "2", "caption": "Ho", "timestamp": at},
        {
            "id": "3",
            "caption": "Hi",
            "timestamp": at,
            "media_type": "VIDEO",
        },
        {"id": "4", "caption": "Hi"},
        {"caption": "Hi", "timestamp": at},
    ]
    mine = {"id": "5", "caption": "Hi", "timestamp": "2026-11-22T09:00:02+0000", "permalink": "L"}
    server.answers(200, {"status_code": "PUBLISHED"})
    server.answers(200, {"data": others, "paging": {"next": f"{server.url}/page2?after=x"}})
    server.answers(200, {"data": [mine], "paging": {"next": "https://elsewhere.test/page3"}})
    seen = await instagram.find(login, DRAFT, staged, NOW, NONE)
    assert isinstance(seen, Found)
    assert (seen.receipt.remote_id, seen.receipt.permalink) == ("5", "L")
    query = {"fields": "id,caption,timestamp,permalink,media_type,media_product_type"}
    since = str(int(NOW.timestamp()) - 60)
    assert server.seen[1].query == {**query, "limit": "25", "since": since}
    assert paths(server.seen[1:]) == ["GET /v26.0/17841/media", "GET /page2"]


@pytest.mark.parametrize("status", [400, 500])
async def test_a_look_that_is_throttled_goes_on_later(
    instagram: Instagram, login: Login, server: ScriptedServer, status: int
) -> None:
    for _ in range(2):
        server.answers(status, body(80002))
    seen = await instagram.find(login, DRAFT, {KEY: {"container": {"id": "90"}}}, NOW, NONE)
    assert isinstance(seen, Pending)


async def test_a_look_that_nobody_answers_says_nothing(
    instagram: Instagram, login: Login, server: ScriptedServer
) -> None:
    server.drops()
    with pytest.raises(OutcomeUnknown):
        await instagram.find(login, DRAFT, {KEY: {"container": {"id": "90"}}}, NOW, NONE)


@pytest.mark.parametrize("used", [79, 80])
async def test_what_need_not_be_asked_is_not_when_calls_run_short(
    instagram: Instagram, login: Login, server: ScriptedServer, used: int
) -> None:
    server.answers(200, {"id": "90"})
    server.answers(200, FINISHED)
    server.answers(200, LEFT)
    staged = await instagram.stage(login, DRAFT, {}, Saves(), FILES)
    server.answers(200, {"id": "500"}, {"X-App-Usage": f'{{"call_count": {used}}}'})
    server.answers(200, {"id": "500", "permalink": "https://www.instagram.com/p/D/"})
    receipt = await instagram.publish(login, DRAFT, staged)
    short = "https://www.instagram.com/ada" if used == 80 else "https://www.instagram.com/p/D/"
    assert receipt.permalink == short


async def test_a_renewal_by_itself(
    instagram: Instagram, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"access_token": "new", "token_type": "bearer", "expires_in": 5183944})
    fresh = await instagram.refresh(login)
    assert paths(server.seen) == ["GET /refresh_access_token"]
    asked = {"grant_type": "ig_refresh_token", "access_token": "to-ken"}
    assert server.seen[0].query == asked
    assert fresh["access_token"] == "new"
    server.answers(400, body(190, 463))
    with pytest.raises(LoginRevoked):
        await instagram.refresh(login)
    for status, said in ((400, body(100)), (500, body(2)), (503, ""), (200, {})):
        server.answers(status, said)
        with pytest.raises(NotPublished):
            await instagram.refresh(login)


async def test_secrets_stay_out_of_what_is_kept_of_an_answer(
    instagram: Instagram, login: Login, server: ScriptedServer
) -> None:
    server.answers(400, body(100, message="bad to-ken"))
    with pytest.raises(Exception, match="bad") as raised:
        await instagram.stage(login, DRAFT, {}, Saves(), FILES)
    told = f"{raised.value} {getattr(raised.value, 'answer', '')}"
    assert "to-ken" not in told
