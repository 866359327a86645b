"""Pictures on X against a scripted server: uploaded, processed, described, named, found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import Found, NotSeen
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    PlatformError,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.twitter import Twitter
from tests.fixtures.files import HeldFiles

from .pictures import BYTES, FILES, Crashed, Saves, draft, form, paths, picture
from .scripted import NOW, OwnedClock, ScriptedServer

UPLOAD, DESCRIBE = "POST /2/media/upload", "POST /2/media/metadata"
NONE: frozenset[str] = frozenset()
GIF = Draft("", (picture(1, mime_type="image/gif", animated=True, size=5 << 20),))


@pytest.fixture
def x(http: Http, clock: OwnedClock) -> Twitter:
    return Twitter(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, "42", "ada", {"access_token": "secret-token"})


def upload(remote_id: str, **more: Any) -> dict[str, Any]:
    key = {"id": remote_id, "media_key": f"3_{remote_id}", "expires_after_secs": 86400}
    return {"data": key | more}


def processing(state: str, **more: Any) -> dict[str, Any]:
    return {"processing_info": {"state": state, **more}}


async def test_pictures_are_uploaded_described_and_named(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, upload("11"))
    server.answers(200, {"data": {"id": "11"}})
    server.answers(200, upload("12"))
    saves = Saves()
    staged = await x.stage(login, draft("a cat", ""), {"kept": 1}, saves, FILES)
    assert paths(server.seen) == [UPLOAD, DESCRIBE, UPLOAD]
    parts = form(server.seen[0].body, server.seen[0].headers["Content-Type"])
    assert parts["media"] == (BYTES, "image/png")
    assert parts["media_category"][0] == b"tweet_image"
    assert set(parts) == {"media", "media_category"}
    assert server.seen[1].json == {"id": "11", "metadata": {"alt_text": {"text": "a cat"}}}
    assert all(seen.headers["Authorization"] == "Bearer secret-token" for seen in server.seen)
    assert (staged, staged["kept"]) == (saves.last, 1)
    server.answers(201, {"data": {"id": "99", "text": "Look"}})
    await x.publish(login, draft("a cat", ""), staged)
    assert server.seen[-1].json == {"text": "Look", "media": {"media_ids": ["11", "12"]}}


async def test_a_post_without_words_says_none(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, upload("11"))
    staged = await x.stage(login, draft("", text=""), {}, Saves(), FILES)
    server.answers(201, {"data": {"id": "99", "text": ""}})
    await x.publish(login, draft("", text=""), staged)
    assert server.seen[-1].json == {"media": {"media_ids": ["11"]}}


@pytest.mark.parametrize("saved", [1, 2, 3])
async def test_after_a_crash_what_was_saved_is_not_done_again(
    saved: int, x: Twitter, login: Login, server: ScriptedServer
) -> None:
    answers = [upload("11"), {"data": {"id": "11"}}, upload("12")]
    for answer in answers:
        server.answers(200, answer)
    saves = Saves(crash_after=saved)
    with pytest.raises(Crashed):
        await x.stage(login, draft("a cat", ""), {}, saves, FILES)
    staged = await x.stage(login, draft("a cat", ""), saves.last, Saves(), FILES)
    assert paths(server.seen) == [UPLOAD, DESCRIBE, UPLOAD]
    assert await x.stage(login, draft("a cat", ""), staged, Saves(), FILES) == staged
    assert len(server.seen) == 3


async def test_what_is_about_to_expire_is_uploaded_again(
    x: Twitter, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    server.answers(200, upload("11", expires_after_secs=3600))
    staged = await x.stage(login, draft(""), {}, Saves(), FILES)
    clock.at += timedelta(minutes=49)
    assert await x.stage(login, draft(""), staged, Saves(), FILES) == staged
    clock.at += timedelta(minutes=2)
    server.answers(200, upload("12"))
    again = await x.stage(login, draft(""), staged, Saves(), FILES)
    assert [entry["id"] for entry in again["media"].values()] == ["12"]
    clock.at += timedelta(minutes=10)
    with pytest.raises(UploadGone):
        await x.publish(login, draft(""), staged)
    with pytest.raises(UploadGone):
        await x.publish(login, draft(""), {})
    assert len(server.seen) == 2


async def test_other_words_for_the_same_picture_are_told_again(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, upload("11"))
    server.answers(200, {"data": {"id": "11"}})
    staged = await x.stage(login, draft("a cat"), {}, Saves(), FILES)
    server.answers(200, {"data": {"id": "11"}})
    await x.stage(login, draft("a dog"), staged, Saves(), FILES)
    assert paths(server.seen) == [UPLOAD, DESCRIBE, DESCRIBE]


async def test_a_moving_picture_goes_in_pieces_and_is_waited_for(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    large = HeldFiles(others=bytes(5 << 20))
    server.answers(200, upload("11"))
    server.answers(200, {"data": {"expires_at": 1}})
    server.answers(200, {"data": {"expires_at": 1}})
    server.answers(200, upload("11", **processing("pending", check_after_secs=2)))
    server.answers(200, upload("11", **processing("in_progress", check_after_secs=3)))
    server.answers(200, upload("11", **processing("succeeded")))
    staged = await x.stage(login, GIF, {}, Saves(), large)
    assert paths(server.seen) == [
        "POST /2/media/upload/initialize",
        "POST /2/media/upload/11/append",
        "POST /2/media/upload/11/append",
        "POST /2/media/upload/11/finalize",
        "GET /2/media/upload",
        "GET /2/media/upload",
    ]
    assert server.seen[0].json == {
        "media_type": "image/gif", "total_bytes": 5 << 20, "media_category": "tweet_gif",
    }  # fmt: skip
    pieces = [form(seen.body, seen.headers["Content-Type"]) for seen in server.seen[1:3]]
    assert [piece["segment_index"][0] for piece in pieces] == [b"0", b"1"]
    assert b"".join(piece["media"][0] for piece in pieces) == large.others
    assert server.seen[4].query == {"command": "STATUS", "media_id": "11"}
    [entry] = staged["media"].values()
    assert entry["ready"]


async def test_patience_ends_and_goes_on_from_there(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, upload("11", **processing("pending")))
    for _ in range(3):
        server.answers(200, upload("11", **processing("in_progress", check_after_secs=20)))
    saves = Saves()
    with pytest.raises(NotPublished) as raised:
        await x.stage(login, draft(""), {}, saves, FILES)
    assert raised.value.problem.code == "media_processing"
    server.answers(200, upload("11", **processing("succeeded")))
    staged = await x.stage(login, draft(""), saves.last, saves, FILES)
    assert paths(server.seen).count(UPLOAD) == 1
    [entry] = staged["media"].values()
    assert entry["ready"]


async def test_what_cannot_be_processed_is_the_authors(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    failed = processing("failed", error={"message": "too many frames"})
    server.answers(200, upload("11", **failed))
    with pytest.raises(Refused, match="too many frames"):
        await x.stage(login, draft(""), {}, Saves(), FILES)


async def test_an_upload_that_x_lost_is_made_again(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    saves = Saves()
    for answers in ([(200, upload("11"))], [(200, upload("12", **processing("pending")))]):
        for status, body in [*answers, (404, {"title": "Not Found Error"})]:
            server.answers(status, body)
        with pytest.raises(NotPublished) as raised:
            await x.stage(login, draft("a cat"), saves.last, saves, FILES)
        assert raised.value.problem.code == "media_missing"
    server.answers(200, upload("13"))
    server.answers(200, {"data": {"id": "13"}})
    staged = await x.stage(login, draft("a cat"), saves.last, saves, FILES)
    assert [entry["id"] for entry in staged["media"].values()] == ["13"]


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (500, "", NotPublished, "upload_failed"),
        (503, "<html>", NotPublished, "upload_failed"),
        (302, "", NotPublished, "upload_failed"),
        (200, {"data": {}}, NotPublished, "upload_failed"),
        (200, "{", NotPublished, "upload_failed"),
        (401, "", LoginExpired, "login_expired"),
        (402, {"title": "CreditsDepleted"}, RateLimited, "operator_credits_depleted"),
        (403, {"detail": "media.write is missing"}, LoginRevoked, "permission_missing"),
        (403, {"type": "x/user-suspended"}, LoginRevoked, "account_suspended"),
        (429, "", RateLimited, "rate_limited"),
        (400, {"detail": "not an image"}, Refused, "media_refused"),
        (413, "", Refused, "media_refused"),
    ],
)
async def test_each_answer_to_an_upload(
    status: int, body: Any, error: type[PlatformError], code: str,
    x: Twitter, login: Login, server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(status, body)
    with pytest.raises(PlatformError) as raised:
        await x.stage(login, draft(""), {}, Saves(), FILES)
    assert (type(raised.value), raised.value.problem.code) == (error, code)


async def test_a_lost_upload_is_made_again(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.drops()
    saves = Saves()
    with pytest.raises(NotPublished) as raised:
        await x.stage(login, draft(""), {}, saves, FILES)
    assert (raised.value.problem.code, saves.seen) == ("upload_failed", [])


def listed(remote_id: str, text: str, pictures: int, **more: Any) -> dict[str, Any]:
    keys = {"attachments": {"media_keys": [f"3_{n}" for n in range(pictures)]}} if pictures else {}
    return {"id": remote_id, "text": text, "created_at": NOW.isoformat()} | keys | more


async def test_it_is_found_by_its_words_and_as_many_pictures(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    itself = {"url": "https://t.co/p", "expanded_url": "https://x.com/ada/status/3/photo/1"}
    entities = {"urls": [itself, {**itself, "media_key": "3_1"}]}
    shown = listed("3", "Look https://t.co/p", 2, entities=entities)
    server.answers(200, {"data": [listed("1", "Look", 1), listed("2", "Look", 0), shown]})
    sighting = await x.find(login, draft("", ""), {}, NOW, NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == "3"


async def test_without_words_another_picture_post_is_not_it(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    others = [listed("1", "", 2), listed("2", "", 0), listed("3", "words", 1)]
    server.answers(200, {"data": others})
    assert await x.find(login, draft("", text=""), {}, NOW, NONE) == NotSeen()
    server.answers(200, {"data": [*others, listed("4", "https://t.co/p", 1, entities={
        "urls": [{"url": "https://t.co/p", "media_key": "3_0"}]})]})  # fmt: skip
    assert isinstance(await x.find(login, draft("", text=""), {}, NOW, NONE), Found)
