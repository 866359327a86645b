"""LinkedIn's media against a scripted server: owned, uploaded whole or in pieces, waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from postclock.http import Http
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    NotReady,
    PlatformError,
    RateLimited,
    Refused,
)
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.linkedin import LinkedIn
from tests.fixtures.files import HeldFiles

from .pictures import BYTES, FILES, Crashed, Saves, draft, paths, picture
from .scripted import NOW, OwnedClock, ScriptedServer

pytestmark = pytest.mark.asyncio

IMAGE, VIDEO = "urn:li:image:1", "urn:li:video:1"
PAGE = "urn:li:organization:12"
PIECE = 4 << 20
FILM = Media(
    UUID(int=9), "video/mp4", 2 * PIECE + 5, 1080, 1920, "a film", duration=12.0,
    frame_rate=30.0, video_codec="h264",
)  # fmt: skip
CONTENT = bytes(PIECE) + b"\1" * PIECE + b"\2" * 5


class SlowClock(OwnedClock):
    """Remembers how long anybody slept."""

    slept: tuple[float, ...] = ()

    async def sleep(self, seconds: float) -> None:
        self.slept = (*self.slept, seconds)
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> SlowClock:
    return SlowClock()


@pytest.fixture
def linkedin(http: Http, clock: SlowClock) -> LinkedIn:
    return LinkedIn(http, clock)


@pytest.fixture
def person(server: ScriptedServer) -> Login:
    return Login(server.url, "ada", "Ada", {"access_token": "secret-token"})


@pytest.fixture
def page(person: Login) -> Login:
    return replace(person, remote_id=PAGE)


def begins_image(server: ScriptedServer, urn: str = IMAGE) -> None:
    value = {"uploadUrlExpiresAt": 1, "uploadUrl": f"{server.url}/dms%2Fup/1", "image": urn}
    server.answers(200, {"value": value})


def begins_video(server: ScriptedServer, **more: Any) -> None:
    edges = [(0, PIECE), (PIECE, 2 * PIECE), (2 * PIECE, FILM.size)]
    pieces = [
        {"uploadUrl": f"{server.url}/up/{i}", "firstByte": first, "lastByte": end - 1}
        for i, (first, end) in enumerate(edges)
    ]
    hour = int((NOW + timedelta(hours=1)).timestamp() * 1000)
    value = {"video": VIDEO, "uploadToken": "tok", "uploadInstructions": pieces}
    server.answers(200, {"value": {**value, "uploadUrlsExpireAt": hour, **more}})


def status(server: ScriptedServer, *states: str) -> None:
    for state in states:
        server.answers(200, {"status": state, "processingFailureReason": "torn"})


async def test_a_persons_picture_is_waited_for_without_asking(
    linkedin: LinkedIn, person: Login, server: ScriptedServer, clock: SlowClock
) -> None:
    begins_image(server)
    server.answers(201)
    saves = Saves()
    done = await linkedin.stage(person, draft("a cat"), {}, saves, FILES)
    assert done == saves.last
    assert paths(server.seen) == ["POST /rest/images", "PUT /dms/up/1"]
    begun, sent = server.seen
    assert begun.query == {"action": "initializeUpload"}
    assert begun.json == {"initializeUploadRequest": {"owner": "urn:li:person:ada"}}
    assert (sent.body, sent.headers["Authorization"]) == (BYTES, "Bearer secret-token")
    assert clock.slept == (5.0,)
    server.answers(201, "", {"x-restli-id": "urn:li:share:1"})
    await linkedin.publish(person, draft("a cat"), done)
    assert server.seen[-1].json["content"] == {"media": {"id": IMAGE, "altText": "a cat"}}


async def test_a_pages_pictures_are_asked_for(
    linkedin: LinkedIn, page: Login, server: ScriptedServer, clock: SlowClock
) -> None:
    for n in (1, 2):
        begins_image(server, f"urn:li:image:{n}")
        server.answers(201)
        status(server, *(["WAITING_UPLOAD", "PROCESSING"] if n == 1 else []), "AVAILABLE")
    done = await linkedin.stage(page, draft("one", ""), {}, Saves(), FILES)
    assert clock.slept == (3.0, 6.0)
    assert server.seen[2].path == "/rest/images/urn:li:image:1"
    server.answers(201, "", {"x-restli-id": "urn:li:share:1"})
    await linkedin.publish(page, draft("one", ""), done)
    images = [{"id": "urn:li:image:1", "altText": "one"}, {"id": "urn:li:image:2"}]
    assert server.seen[-1].json["content"] == {"multiImage": {"images": images}}


async def test_a_picture_beside_a_card_is_the_cards(
    linkedin: LinkedIn, person: Login, server: ScriptedServer
) -> None:
    card = {"article": {"url": "https://ex.org/", "title": "t"}}
    asked = replace(draft(""), options=card)
    assert linkedin.check(asked) == []
    begins_image(server)
    server.answers(201)
    done = await linkedin.stage(person, asked, {}, Saves(), FILES)
    server.answers(201, "", {"x-restli-id": "urn:li:share:1"})
    await linkedin.publish(person, asked, done)
    article = {"source": "https://ex.org/", "title": "t", "thumbnail": IMAGE}
    assert server.seen[-1].json["content"] == {"article": article}


async def test_a_video_goes_in_pieces_and_goes_on_after_any_crash(
    linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    asked = Draft("Look", (FILM,), options={"title": "A film"})
    files = HeldFiles({FILM.id: CONTENT})
    begins_video(server)
    saves = Saves(crash_after=2)
    server.answers(200, "", {"ETag": "e0"})
    with pytest.raises(Crashed):
        await linkedin.stage(page, asked, {}, saves, files)
    for etag in ("e1", "e2"):
        server.answers(200, "", {"ETag": etag})
    server.answers(200)
    status(server, "PROCESSING", "AVAILABLE")
    done = await linkedin.stage(page, asked, saves.last, Saves(), files)
    assert paths(server.seen) == [
        "POST /rest/videos", "PUT /up/0", "PUT /up/1", "PUT /up/2", "POST /rest/videos",
        *[f"GET /rest/videos/{VIDEO}"] * 2,
    ]  # fmt: skip
    begun, *pieces, finish, _, _ = server.seen
    assert begun.json["initializeUploadRequest"] == {
        "owner": PAGE, "fileSizeBytes": FILM.size, "uploadCaptions": False,
        "uploadThumbnail": False,
    }  # fmt: skip
    assert b"".join(piece.body for piece in pieces) == CONTENT
    assert all("Authorization" not in piece.headers for piece in pieces)
    assert finish.query == {"action": "finalizeUpload"}
    assert finish.json["finalizeUploadRequest"] == {
        "video": VIDEO, "uploadToken": "tok", "uploadedPartIds": ["e0", "e1", "e2"],
    }  # fmt: skip
    assert files.ranges == [(0, PIECE), (PIECE, 2 * PIECE), (2 * PIECE, FILM.size)]
    server.answers(201, "", {"x-restli-id": "urn:li:ugcPost:1"})
    await linkedin.publish(page, asked, done)
    shown = {"id": VIDEO, "title": "A film", "altText": "a film"}
    assert server.seen[-1].json["content"] == {"media": shown}


@pytest.mark.parametrize("over", [401, 403])
async def test_a_piece_whose_address_is_over_begins_the_video_anew(
    over: int, linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    begins_video(server)
    server.answers(over)
    saves = Saves()
    with pytest.raises(NotPublished) as raised:
        await linkedin.stage(page, Draft("x", (FILM,)), {}, saves, HeldFiles(others=CONTENT))
    assert (type(raised.value), raised.value.problem.code) == (NotPublished, "media_missing")
    assert saves.last["media"][str(FILM.id)] == {}


async def test_addresses_that_end_soon_are_not_counted_on(
    linkedin: LinkedIn, page: Login, server: ScriptedServer, clock: SlowClock
) -> None:
    begins_video(server)
    server.answers(503)
    saves, files = Saves(), HeldFiles(others=CONTENT)
    with pytest.raises(NotPublished):
        await linkedin.stage(page, Draft("x", (FILM,)), {}, saves, files)
    clock.at += timedelta(minutes=51)
    server.answers(503)
    with pytest.raises(NotPublished):
        await linkedin.stage(page, Draft("x", (FILM,)), saves.last, saves, files)
    assert paths(server.seen)[-1] == "POST /rest/videos"


@pytest.mark.parametrize(
    ("to", "first", "last"),
    [("u", 0, 7), ("u", 1, FILM.size - 1), ("", 0, FILM.size - 1), ("u", 0, "x")],
)
async def test_pieces_that_are_not_the_whole_video_are_not_sent(
    to: str, first: int, last: Any, linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    pieces = [{"uploadUrl": to, "firstByte": first, "lastByte": last}]
    for told in (pieces, [], None):
        begins_video(server, uploadInstructions=told)
        with pytest.raises(NotPublished):
            await linkedin.stage(page, Draft("x", (FILM,)), {}, Saves(), HeldFiles(others=CONTENT))
    assert len(server.seen) == 3


async def test_a_video_nobody_may_ask_about_is_waited_for(
    linkedin: LinkedIn, person: Login, server: ScriptedServer, clock: SlowClock
) -> None:
    begins_video(server)
    for n in range(3):
        server.answers(200, "", {"ETag": f"e{n}"})
    server.answers(200)
    server.answers(403, {"message": "Accessing this video resource is forbidden"})
    done = await linkedin.stage(person, Draft("x", (FILM,)), {}, Saves(), HeldFiles(others=CONTENT))
    assert clock.slept == (60.0,)
    assert done["media"][str(FILM.id)]["ready"]


async def test_processing_that_takes_long_goes_on_later(
    linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    begins_image(server)
    server.answers(201)
    status(server, *["PROCESSING"] * 9)
    saves = Saves()
    with pytest.raises(NotReady):
        await linkedin.stage(page, draft(""), {}, saves, FILES)
    server.script.clear()
    status(server, "AVAILABLE")
    await linkedin.stage(page, draft(""), saves.last, saves, FILES)
    assert len([path for path in paths(server.seen) if path.startswith("P")]) == 2


async def test_processing_that_failed_is_told_and_forgotten(
    linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    begins_image(server)
    server.answers(201)
    status(server, "PROCESSING_FAILED")
    saves = Saves()
    with pytest.raises(Refused) as raised:
        await linkedin.stage(page, draft(""), {}, saves, FILES)
    assert raised.value.problem.code == "media_refused"
    assert "torn" in str(raised.value)
    assert saves.last["media"][str(picture().id)] == {}


@pytest.mark.parametrize(
    ("answer", "body", "error", "code"),
    [
        (401, {"code": "REVOKED_ACCESS_TOKEN"}, LoginRevoked, "login_revoked"),
        (403, {"code": "ACCESS_DENIED"}, LoginRevoked, "permission_missing"),
        (403, {"message": "No."}, Refused, "media_refused"),
        (426, {"code": "NONEXISTENT_VERSION"}, RateLimited, "operator_version_ended"),
        (429, {}, RateLimited, "rate_limited"),
        (500, "", NotPublished, "upload_failed"),
        (200, {"value": {}}, NotPublished, "upload_failed"),
        (200, {"value": {"image": IMAGE, "uploadUrl": "http://["}}, NotPublished, "upload_failed"),
    ],
)  # fmt: skip
async def test_each_answer_to_an_upload_is_one_error(
    answer: int, body: Any, error: type, code: str, linkedin: LinkedIn, page: Login,
    server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(answer, body)
    with pytest.raises(PlatformError) as raised:
        await linkedin.stage(page, draft(""), {}, Saves(), FILES)
    assert (type(raised.value), raised.value.problem.code) == (error, code)


async def test_what_goes_together_is_told(linkedin: LinkedIn) -> None:
    def codes(*media: Media, **options: Any) -> list[str]:
        return [one.code for one in linkedin.check(Draft("x", media, options=options))]

    card = {"url": "https://ex.org/", "title": "t"}
    assert codes(FILM) == codes(picture(), picture(2)) == []
    assert codes(FILM, picture()) == ["media_mixed"]
    assert codes(picture(), picture(2), article=card) == ["media_mixed"]
    assert codes(FILM, article=card) == ["media_mixed"]
    assert codes(replace(FILM, size=74_999)) == ["video_too_small"]
    assert codes(replace(FILM, duration=2.0)) == ["video_too_short"]
    assert codes(replace(FILM, size=500_000_001)) == ["media_too_large"]
    assert codes(picture(mime_type="image/webp")) == ["media_type_refused"]
    assert linkedin.lead(Draft("x", (FILM,))) == timedelta(hours=1)
