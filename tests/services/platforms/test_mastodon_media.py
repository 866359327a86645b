"""Pictures on Mastodon against a scripted server: uploaded, waited for, attached, found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import Absent, Found, NotSeen
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    PlatformError,
    RateLimited,
    Refused,
    UploadGone,
    UploadUsed,
)
from postclock.services.platforms.mastodon import Mastodon

from .pictures import BYTES, FILES, Crashed, Saves, draft, form, paths
from .scripted import NOW, OwnedClock, ScriptedServer

UPLOAD = "POST /api/v2/media"
NONE: frozenset[str] = frozenset()
PLANNED = {"idempotency_key": "key", "planned_at": NOW.isoformat()}


@pytest.fixture
def mastodon(http: Http, clock: OwnedClock) -> Mastodon:
    return Mastodon(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, "7", "grace", {"access_token": "secret-token"})


def attachment(remote_id: str, url: str | None = "https://files/1.png") -> dict[str, Any]:
    return {"id": remote_id, "type": "image", "url": url, "description": None}


async def test_pictures_are_uploaded_with_their_words_and_attached(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, attachment("11"))
    server.answers(200, attachment("12"))
    staged = await mastodon.stage(login, draft("a cät", ""), PLANNED, Saves(), FILES)
    assert paths(server.seen) == [UPLOAD, UPLOAD]
    first, second = [form(seen.body, seen.headers["Content-Type"]) for seen in server.seen]
    assert first["file"] == (BYTES, "image/png")
    assert first["description"][0].decode() == "a cät"
    assert set(second) == {"file"}
    server.answers(200, {"id": "99", "url": "https://m/99", "created_at": NOW.isoformat()})
    await mastodon.publish(login, draft("a cät", ""), staged)
    assert server.seen[-1].json == {"status": "Look", "media_ids": ["11", "12"]}
    assert server.seen[-1].headers["Idempotency-Key"] == "key"


async def test_what_is_processed_is_waited_for(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(202, attachment("11", None))
    server.answers(206, attachment("11", None))
    server.answers(206, attachment("11", None))
    server.answers(200, attachment("11"))
    saves = Saves()
    staged = await mastodon.stage(login, draft(""), {}, saves, FILES)
    assert paths(server.seen) == [UPLOAD, *["GET /api/v1/media/11"] * 3]
    assert [entry["ready"] for one in saves.seen for entry in one["media"].values()] == [
        False, True,
    ]  # fmt: skip
    assert staged == saves.last


async def test_a_crash_while_it_is_processed_uploads_nothing_twice(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(202, attachment("11", None))
    saves = Saves(crash_after=1)
    with pytest.raises(Crashed):
        await mastodon.stage(login, draft("", ""), {}, saves, FILES)
    server.answers(200, attachment("11"))
    server.answers(200, attachment("12"))
    await mastodon.stage(login, draft("", ""), saves.last, Saves(), FILES)
    assert paths(server.seen) == [UPLOAD, "GET /api/v1/media/11", UPLOAD]


async def test_patience_ends(mastodon: Mastodon, login: Login, server: ScriptedServer) -> None:
    server.answers(202, attachment("11", None))
    for _ in range(20):
        server.answers(206, attachment("11", None))
    with pytest.raises(NotPublished) as raised:
        await mastodon.stage(login, draft(""), {}, Saves(), FILES)
    assert raised.value.problem.code == "media_processing"
    assert len(server.seen) == 12


async def test_what_is_lost_while_it_is_processed_is_uploaded_again(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(202, attachment("11", None))
    server.answers(404, {"error": "Record not found"})
    saves = Saves()
    with pytest.raises(NotPublished):
        await mastodon.stage(login, draft(""), {}, saves, FILES)
    server.answers(200, attachment("12"))
    staged = await mastodon.stage(login, draft(""), saves.last, saves, FILES)
    assert [entry["id"] for entry in staged["media"].values()] == ["12"]


async def test_what_cannot_be_processed_is_the_authors(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(202, attachment("11", None))
    server.answers(422, {"error": "Could not process"})
    with pytest.raises(Refused, match="Could not process"):
        await mastodon.stage(login, draft(""), {}, Saves(), FILES)


async def test_uploads_age_and_words_change(
    mastodon: Mastodon, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    server.answers(200, attachment("11"))
    staged = await mastodon.stage(login, draft("a cat"), PLANNED, Saves(), FILES)
    server.answers(200, attachment("11"))
    staged = await mastodon.stage(login, draft("a dog"), staged, Saves(), FILES)
    assert paths(server.seen)[-1] == "PUT /api/v1/media/11"
    assert server.seen[-1].json == {"description": "a dog"}
    clock.at += timedelta(hours=20)
    with pytest.raises(UploadGone):
        await mastodon.publish(login, draft("a dog"), staged)
    server.answers(200, attachment("12"))
    staged = await mastodon.stage(login, draft("a dog"), staged, Saves(), FILES)
    assert [entry["id"] for entry in staged["media"].values()] == ["12"]


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (500, "", NotPublished, "upload_failed"),
        (200, {}, NotPublished, "upload_failed"),
        (401, {"error": "The access token is invalid"}, LoginRevoked, "login_revoked"),
        (403, {"error": "This action is outside the authorized scopes"}, LoginRevoked,
         "permission_missing"),
        (403, {"error": "Your login is currently disabled"}, LoginRevoked, "login_revoked"),
        (429, {"error": "Too many requests"}, RateLimited, "rate_limited"),
        (422, {"error": "Validation failed: File is too large"}, Refused, "media_refused"),
    ],
)  # fmt: skip
async def test_each_answer_to_an_upload(
    status: int, body: Any, error: type[PlatformError], code: str,
    mastodon: Mastodon, login: Login, server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(status, body)
    with pytest.raises(PlatformError) as raised:
        await mastodon.stage(login, draft(""), {}, Saves(), FILES)
    assert (type(raised.value), raised.value.problem.code) == (error, code)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "Record not found"),
        (422, "Validation failed: Media 11 not found or already attached to another post"),
    ],
)
async def test_pictures_the_server_does_not_have(
    status: int, words: str, mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, attachment("11"))
    staged = await mastodon.stage(login, draft(""), PLANNED, Saves(), FILES)
    server.answers(status, {"error": words})
    with pytest.raises(UploadUsed) as raised:
        await mastodon.publish(login, draft(""), staged)
    assert raised.value.problem.code == "media_missing"


def status(remote_id: str, content: str, pictures: int) -> dict[str, Any]:
    files = [attachment(str(n)) for n in range(pictures)]
    return {"id": remote_id, "content": content, "created_at": NOW.isoformat(),
            "url": f"https://m/{remote_id}", "media_attachments": files}  # fmt: skip


async def test_it_is_found_by_its_words_and_as_many_pictures(
    mastodon: Mastodon, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    others = [status("1", "<p>Look</p>", 1), status("2", "<p>Look</p>", 0), status("3", "", 2)]
    server.answers(200, others)
    server.answers(200, [])
    look = draft("", "")
    assert await mastodon.find(login, look, PLANNED, NOW, NONE) == Absent()
    clock.at += timedelta(hours=1)
    server.answers(200, others)
    server.answers(200, [])
    assert await mastodon.find(login, look, PLANNED, NOW, NONE) == NotSeen()
    server.answers(200, [*others, status("4", "<p>Look</p>", 2)])
    server.answers(200, [])
    sighting = await mastodon.find(login, look, PLANNED, NOW, NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == "4"
    server.answers(200, others)
    server.answers(200, [])
    wordless = await mastodon.find(login, draft("", "", text=""), PLANNED, NOW, NONE)
    assert isinstance(wordless, Found)
    assert wordless.receipt.remote_id == "3"
