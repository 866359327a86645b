"""Pictures on Bluesky against a scripted server: blobs ahead, embedded in the planned record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import CannotTell, Found
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
from postclock.services.platforms.bluesky import Bluesky

from .pictures import BYTES, FILES, Crashed, Saves, draft, paths
from .scripted import NOW, OwnedClock, ScriptedServer

DID = "did:plc:ada"
UPLOAD = "POST /xrpc/com.atproto.repo.uploadBlob"
NONE: frozenset[str] = frozenset()


@pytest.fixture
def bluesky(http: Http, clock: OwnedClock) -> Bluesky:
    return Bluesky(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, DID, "ada.test", {"access_jwt": "old-a", "refresh_jwt": "old-r"})


def blob(name: str) -> dict[str, Any]:
    return {"$type": "blob", "ref": {"$link": name}, "mimeType": "image/png", "size": 30}


async def staged_with(bluesky: Bluesky, login: Login, server: ScriptedServer) -> Any:
    server.answers(200, {"blob": blob("bafkone")})
    server.answers(200, {"blob": blob("bafktwo")})
    return await bluesky.stage(login, draft("a cat", ""), {}, Saves(), FILES)


async def test_the_answered_blobs_go_into_the_record_unchanged(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    staged = await staged_with(bluesky, login, server)
    assert paths(server.seen) == [UPLOAD, UPLOAD]
    assert server.seen[0].body == BYTES
    assert server.seen[0].headers["Content-Type"] == "image/png"
    assert server.seen[0].headers["Authorization"] == "Bearer old-a"
    planned = bluesky.plan(login, draft("a cat", ""), staged, "key", NOW)
    shape = {"width": 80, "height": 60}
    assert planned["record"]["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [
            {"image": blob("bafkone"), "alt": "a cat", "aspectRatio": shape},
            {"image": blob("bafktwo"), "alt": "", "aspectRatio": shape},
        ],
    }
    assert planned["media"] == staged["media"]
    server.answers(200, {"uri": f"at://{DID}/app.bsky.feed.post/{planned['rkey']}", "cid": "b"})
    await bluesky.publish(login, draft("a cat", ""), planned)
    assert server.seen[-1].json["record"] == planned["record"]


async def test_no_record_is_planned_without_its_pictures(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    with pytest.raises(UploadGone):
        bluesky.plan(login, draft(""), {}, "key", NOW)
    staged = await staged_with(bluesky, login, server)
    with pytest.raises(UploadGone):
        bluesky.plan(login, draft("", ""), staged, "key", NOW + timedelta(hours=1))


async def test_blobs_gone_are_uploaded_again_for_the_same_record(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    staged = await staged_with(bluesky, login, server)
    planned = bluesky.plan(login, draft("a cat", ""), staged, "key", NOW)
    server.answers(400, {"error": "BlobNotFound", "message": "Could not find blob: bafkone"})
    with pytest.raises(UploadGone):
        await bluesky.publish(login, draft("a cat", ""), planned)
    forgotten = {key: value for key, value in planned.items() if key != "media"}
    server.answers(200, {"blob": blob("bafkone")})
    server.answers(200, {"blob": blob("bafktwo")})
    again = await bluesky.stage(login, draft("a cat", ""), forgotten, Saves(), FILES)
    later = NOW + timedelta(minutes=1)
    assert bluesky.plan(login, draft("a cat", ""), again, "key", later) == planned


async def test_after_a_crash_only_the_rest_is_uploaded(
    bluesky: Bluesky, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    server.answers(200, {"blob": blob("bafkone")})
    saves = Saves(crash_after=1)
    with pytest.raises(Crashed):
        await bluesky.stage(login, draft("", ""), {}, saves, FILES)
    server.answers(200, {"blob": blob("bafktwo")})
    staged = await bluesky.stage(login, draft("", ""), saves.last, Saves(), FILES)
    assert [entry["blob"]["ref"]["$link"] for entry in staged["media"].values()] == [
        "bafkone", "bafktwo",
    ]  # fmt: skip
    clock.at += timedelta(minutes=51)
    server.answers(200, {"blob": blob("bafkone")})
    server.answers(200, {"blob": blob("bafktwo")})
    await bluesky.stage(login, draft("", ""), staged, Saves(), FILES)
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (500, {"error": "InternalServerError"}, NotPublished, "upload_failed"),
        (502, "<html>", NotPublished, "upload_failed"),
        (200, {}, NotPublished, "upload_failed"),
        (200, {"blob": {"ref": {}}}, NotPublished, "upload_failed"),
        (401, {"error": "InvalidToken"}, LoginExpired, "login_expired"),
        (400, {"error": "ExpiredToken", "message": "x"}, LoginExpired, "login_expired"),
        (403, {"error": "X", "message": "Missing required scope"}, LoginRevoked,
         "permission_missing"),
        (429, {"error": "RateLimitExceeded"}, RateLimited, "rate_limited"),
        (413, {"error": "PayloadTooLarge"}, Refused, "media_refused"),
        (400, {"error": "InvalidMimeType"}, Refused, "media_refused"),
    ],
)  # fmt: skip
async def test_each_answer_to_an_upload(
    status: int, body: Any, error: type[PlatformError], code: str,
    bluesky: Bluesky, login: Login, server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(status, body)
    with pytest.raises(PlatformError) as raised:
        await bluesky.stage(login, draft(""), {}, Saves(), FILES)
    assert (type(raised.value), raised.value.problem.code) == (error, code)


async def test_a_lost_upload_is_made_again_and_a_session_is_needed(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    server.drops()
    with pytest.raises(NotPublished, match="could not be reached"):
        await bluesky.stage(login, draft(""), {}, Saves(), FILES)
    nobody = Login(server.url, DID, "ada.test", {"password": "p"})
    with pytest.raises(LoginExpired):
        await bluesky.stage(nobody, draft(""), {}, Saves(), FILES)


async def test_a_record_with_other_pictures_is_not_it(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    staged = await staged_with(bluesky, login, server)
    planned = bluesky.plan(login, draft("a cat", ""), staged, "key", NOW)
    uri = f"at://{DID}/app.bsky.feed.post/{planned['rkey']}"
    server.answers(200, {"uri": uri, "value": planned["record"]})
    assert isinstance(await bluesky.find(login, draft("a cat", ""), planned, NOW, NONE), Found)
    bare = {key: value for key, value in planned["record"].items() if key != "embed"}
    server.answers(200, {"uri": uri, "value": bare})
    found = await bluesky.find(login, draft("a cat", ""), planned, NOW, NONE)
    assert isinstance(found, CannotTell)
