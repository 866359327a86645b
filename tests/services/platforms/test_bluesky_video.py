"""Videos on Bluesky against a scripted video service: sent, asked after, embedded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from postclock.http import Http
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    NotPublished,
    NotReady,
    PlatformError,
    RateLimited,
    Refused,
)
from postclock.services.platforms.bluesky import Bluesky
from postclock.services.platforms.drafting import Draft, Media
from tests.fixtures.files import HeldFiles

from .pictures import Crashed, Saves, paths, picture
from .scripted import NOW, OwnedClock, ScriptedServer

DID = "did:plc:ada"
PERMIT = "GET /xrpc/com.atproto.server.getServiceAuth"
SEND = "POST /video/xrpc/app.bsky.video.uploadVideo"
ASK = "GET /video/xrpc/app.bsky.video.getJobStatus"
BYTES = bytes(range(256)) * 10_000
VIDEO = Media(UUID(int=5), "video/mp4", len(BYTES), 1080, 1920, "a film", duration=12.0)
DRAFT = Draft("", (VIDEO,))
BLOB = {"$type": "blob", "ref": {"$link": "bafkone"}, "mimeType": "video/mp4", "size": 9}
STARTED = {"jobId": "job-1", "did": DID, "state": "JOB_STATE_CREATED"}
DONE = {"jobStatus": {**STARTED, "state": "JOB_STATE_COMPLETED", "blob": BLOB}}
EXISTS = {"jobStatus": {**STARTED, "state": "JOB_STATE_FAILED", "error": "already_exists",
                        "blob": BLOB}}  # fmt: skip


@pytest.fixture
def bluesky(http: Http, clock: OwnedClock) -> Bluesky:
    return Bluesky(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    secrets = {"access_jwt": "a", "pds": "https://morel.host.bsky.network"}
    return Login(server.url, DID, "ada.test", secrets, {"video": f"{server.url}/video"})


@pytest.fixture
def held() -> HeldFiles:
    return HeldFiles({VIDEO.id: BYTES})


def entry(saves: Saves) -> Any:
    return saves.last["media"][str(VIDEO.id)]


async def test_a_video_is_sent_in_pieces_processed_and_embedded(
    bluesky: Bluesky, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    waiting = {"jobStatus": {**STARTED, "state": "JOB_STATE_SOMETHING_NEW"}}
    for body in ({"token": "let-in"}, STARTED, waiting, DONE):
        server.answers(200, body)
    saves = Saves()
    staged = await bluesky.stage(login, DRAFT, {}, saves, held)
    assert paths(server.seen) == [PERMIT, SEND, ASK, ASK]
    permit, send, ask, _ = server.seen
    assert permit.query == {
        "aud": "did:web:morel.host.bsky.network", "lxm": "com.atproto.repo.uploadBlob",
        "exp": str(int(NOW.timestamp()) + 1800),
    }  # fmt: skip
    assert permit.headers["Authorization"] == "Bearer a"
    assert (send.body, send.headers["Content-Length"]) == (BYTES, str(len(BYTES)))
    assert send.headers["Authorization"] == "Bearer let-in"
    assert send.headers["Content-Type"] == "video/mp4"
    assert send.query == {"did": DID, "name": VIDEO.name}
    assert (ask.query, "Authorization" in ask.headers) == ({"jobId": "job-1"}, False)
    assert max(end - start for start, end in held.ranges) <= 1 << 20
    assert [one["media"][str(VIDEO.id)].get("job") for one in saves.seen] == ["job-1", None]
    planned = bluesky.plan(login, DRAFT, staged, "key", NOW)
    assert planned["record"]["embed"] == {
        "$type": "app.bsky.embed.video", "video": BLOB, "alt": "a film",
        "aspectRatio": {"width": 1080, "height": 1920},
    }  # fmt: skip
    assert await bluesky.stage(login, DRAFT, staged, saves, held) == staged


@pytest.mark.parametrize(
    ("status", "sent", "asked"),
    [
        (200, {"jobStatus": STARTED}, DONE),
        (200, STARTED, EXISTS),
        (409, {**STARTED, "error": "already_exists", "state": "JOB_STATE_COMPLETED"}, DONE),
        (409, {**STARTED, "error": "already_exists", "blob": BLOB}, None),
        (200, {"jobStatus": {**STARTED, "blob": BLOB}}, None),
    ],
)
async def test_a_blob_is_a_blob_however_it_comes(
    status: int, sent: Any, asked: Any,
    bluesky: Bluesky, login: Login, server: ScriptedServer, held: HeldFiles,
) -> None:  # fmt: skip
    server.answers(200, {"token": "t"})
    server.answers(status, sent)
    if asked:
        server.answers(400 if asked is EXISTS else 200, asked)
    saves = Saves()
    await bluesky.stage(login, DRAFT, {}, saves, held)
    assert entry(saves)["blob"] == BLOB


async def test_staging_goes_on_with_the_job_after_a_crash(
    bluesky: Bluesky, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    server.answers(200, {"token": "t"})
    server.answers(200, STARTED)
    saves = Saves(crash_after=1)
    with pytest.raises(Crashed):
        await bluesky.stage(login, DRAFT, {}, saves, held)
    server.answers(200, DONE)
    await bluesky.stage(login, DRAFT, saves.last, Saves(), held)
    assert paths(server.seen) == [PERMIT, SEND, ASK]


@pytest.mark.parametrize(
    ("code", "error", "kept"),
    [
        ("validation_failure", Refused, {}),
        ("encoding_failure", Refused, {}),
        ("pds_upload_unsupported_blob_size", Refused, {}),
        ("pds_upload_failure", NotPublished, {}),
        ("generic_failure", NotPublished, {}),
        ("something_new", NotPublished, {}),
    ],
)
async def test_a_video_that_fails(
    code: str, error: type[PlatformError], kept: Any,
    bluesky: Bluesky, login: Login, server: ScriptedServer, held: HeldFiles,
) -> None:  # fmt: skip
    failed = {**STARTED, "state": "JOB_STATE_FAILED", "failureCode": code, "message": "Too odd"}
    for body in ({"token": "t"}, STARTED, {"jobStatus": failed}):
        server.answers(200, body)
    saves = Saves()
    with pytest.raises(error, match="Too odd") as raised:
        await bluesky.stage(login, DRAFT, {}, saves, held)
    assert type(raised.value) is error
    assert entry(saves) == kept


async def test_a_video_that_takes_long_is_asked_after_later(
    bluesky: Bluesky, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    server.answers(200, {"token": "t"})
    server.answers(200, STARTED)
    for _ in range(20):
        server.answers(200, {"jobStatus": STARTED})
    saves = Saves()
    with pytest.raises(NotReady):
        await bluesky.stage(login, DRAFT, {}, saves, held)
    assert entry(saves)["job"] == "job-1"


@pytest.mark.parametrize(
    ("answers", "error", "code"),
    [
        ([(401, {"error": "InvalidToken"})], LoginExpired, "login_expired"),
        ([(400, {"error": "BadExpiration"})], Refused, "media_refused"),
        ([(200, {})], NotPublished, "upload_failed"),
        ([(429, {"error": "RateLimitExceeded"})], RateLimited, "rate_limited"),
        ([(200, {"token": "t"}), (413, "")], Refused, "media_refused"),
        ([(200, {"token": "t"}), (502, "<html>")], NotPublished, "upload_failed"),
        ([(200, {"token": "t"}), (200, {})], NotPublished, "upload_failed"),
        (
            [(200, {"token": "t"}), (200, STARTED), (500, "<html>")],
            NotPublished,
            "media_processing",
        ),
    ],
)  # fmt: skip
async def test_each_answer_is_one_error(
    answers: list[tuple[int, Any]], error: type[PlatformError], code: str,
    bluesky: Bluesky, login: Login, server: ScriptedServer, held: HeldFiles,
) -> None:  # fmt: skip
    for status, body in answers:
        server.answers(status, body)
    with pytest.raises(PlatformError) as raised:
        await bluesky.stage(login, DRAFT, {}, Saves(), held)
    assert (type(raised.value), raised.value.problem.code) == (error, code)


async def test_where_settings_say_so_the_server_takes_it(
    http: Http, clock: OwnedClock, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    server.answers(200, {"blob": BLOB})
    saves = Saves()
    await Bluesky(http, clock, {"video_upload": "server"}).stage(login, DRAFT, {}, saves, held)
    assert paths(server.seen) == ["POST /xrpc/com.atproto.repo.uploadBlob"]
    assert server.seen[0].body == BYTES


@pytest.mark.parametrize(
    ("media", "found"),
    [
        ((VIDEO,), []),
        ((VIDEO, picture(1)), [("media_mixed", "media")]),
        ((Media(UUID(int=6), "video/webm", 9),), [("media_type_refused", "media.0")]),
        ((Media(UUID(int=6), "video/mp4", 300_000_001),), [("media_too_large", "media.0")]),
        ((Media(UUID(int=6), "video/mp4", 9, duration=181.0),), [("video_too_long", "media.0")]),
    ],
)
def test_what_is_refused(
    media: tuple[Media, ...], found: list[tuple[str, str]], bluesky: Bluesky
) -> None:
    assert [(one.code, one.field) for one in bluesky.check(Draft("", media))] == found
    longer = Bluesky(bluesky._http, bluesky._clock, {"video_seconds": "600"})
    assert all(one.code != "video_too_long" for one in longer.check(Draft("", media)))
