"""The way of a video's bytes against a scripted server: each answer of a session, each doubt."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from postclock.http import Http
from postclock.scheduler.model import Staged
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    NotPublished,
    PlatformError,
    Refused,
)
from postclock.services.platforms.youtube import YouTube
from tests.fixtures.files import HeldFiles

from .pictures import Saves
from .scripted import OwnedClock, ScriptedServer
from .tables import PAGE
from .youtube_stage import FILM, SIZE, STEP, draft

FILES = HeldFiles({UUID(int=9): FILM})
VIDEO = {"id": "abcdefghijk", "status": {"uploadStatus": "processed", "privacyStatus": "private"}}
READY = {"items": [VIDEO]}
PIECE = 4 * STEP


@pytest.fixture
def youtube(http: Http, clock: OwnedClock) -> YouTube:
    return YouTube(http, clock, {"chunk_bytes": str(PIECE + 7)})


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    hosts = {"upload": f"{server.url}/upload"}
    return Login(server.url, "UC1", "ada", {"access_token": "secret-token"}, hosts)


def opens(server: ScriptedServer, at: str | None = None) -> None:
    address = f"{server.url}/upload/videos?upload_id=s1" if at is None else at
    server.answers(200, "", {"Location": address})


def holds(server: ScriptedServer, count: int) -> None:
    server.answers(308, "", {"Range": f"bytes=0-{count - 1}"} if count else {})


def spans(server: ScriptedServer) -> list[str]:
    return [seen.headers["Content-Range"] for seen in server.seen if seen.method == "PUT"]


async def staged(youtube: YouTube, login: Login, before: Staged | None = None) -> Saves:
    saves = Saves()
    await youtube.stage(login, draft(), before or {}, saves, FILES)
    return saves


def known(saves: Saves, at: int) -> dict[str, Any]:
    entry: dict[str, Any] = saves.seen[at]["media"][str(UUID(int=9))]
    return entry


async def test_the_session_is_stored_before_a_byte_and_the_last_piece_before_it_leaves(
    youtube: YouTube, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    opens(server)
    holds(server, PIECE)
    server.answers(201, VIDEO)
    server.answers(200, READY)
    saves = await staged(youtube, login)
    opened = server.seen[0]
    assert (opened.method, opened.path) == ("POST", "/upload/videos")
    assert opened.query == {
        "uploadType": "resumable", "part": "snippet,status", "notifySubscribers": "true",
    }  # fmt: skip
    assert opened.headers["X-Upload-Content-Length"] == str(SIZE)
    assert opened.headers["X-Upload-Content-Type"] == "video/mp4"
    assert opened.json["status"]["privacyStatus"] == "private"
    assert opened.json["snippet"] == {
        "title": "My film", "description": "About it", "categoryId": "22",
    }  # fmt: skip
    first, last = server.seen[1], server.seen[2]
    assert spans(server) == [f"bytes 0-{PIECE - 1}/{SIZE}", f"bytes {PIECE}-{SIZE - 1}/{SIZE}"]
    assert (first.body, last.body) == (FILM[:PIECE], FILM[PIECE:])
    assert first.headers["Authorization"] == "Bearer secret-token"
    assert known(saves, 0) == {
        "session": f"{server.url}/upload/videos?upload_id=s1", "began_at": clock.now().isoformat(),
        "size": SIZE, "made": "", "sent": 0,
    }  # fmt: skip
    assert known(saves, 1)["sent"] == PIECE
    assert known(saves, 2)["last_at"] == clock.now().isoformat()
    assert known(saves, 3) == {"id": "abcdefghijk", "size": SIZE, "made": ""}
    assert known(saves, 4)["ready"]


@pytest.mark.parametrize("doubt", [500, 503, 408, 200, 302])
async def test_after_any_doubt_it_is_asked_what_is_held(
    doubt: int, youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    opens(server)
    server.answers(doubt, PAGE)
    holds(server, STEP)
    holds(server, STEP + PIECE)
    server.drops()
    server.answers(200, VIDEO)
    server.answers(200, READY)
    saves = await staged(youtube, login)
    assert spans(server) == [
        f"bytes 0-{PIECE - 1}/{SIZE}", f"bytes */{SIZE}",
        f"bytes {STEP}-{STEP + PIECE - 1}/{SIZE}", f"bytes {STEP + PIECE}-{SIZE - 1}/{SIZE}",
        f"bytes */{SIZE}",
    ]  # fmt: skip
    assert server.seen[2].headers["Content-Length"] == "0"
    assert known(saves, -1)["id"] == "abcdefghijk"


async def test_all_is_held_but_no_video_yet(
    youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    """A naive repeat would make a second one: it is only asked again."""
    opens(server)
    holds(server, PIECE)
    for _ in range(3):
        holds(server, SIZE)
    server.answers(200, VIDEO)
    server.answers(200, READY)
    await staged(youtube, login)
    assert spans(server)[2:] == [f"bytes */{SIZE}"] * 3
    server.seen.clear()
    opens(server)
    holds(server, PIECE)
    for _ in range(6):
        holds(server, SIZE)
    saves = Saves()
    with pytest.raises(NotPublished, match="keeps nothing"):
        await youtube.stage(login, draft(), {}, saves, FILES)
    server.script.clear()
    server.seen.clear()
    server.answers(200, VIDEO)
    server.answers(200, READY)
    await youtube.stage(login, draft(), saves.last, Saves(), FILES)
    assert [seen.method for seen in server.seen] == ["PUT", "GET"]


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (503, PAGE, NotPublished, "upload_failed"),
        (200, {}, NotPublished, "upload_failed"),
        (401, {"error": {"errors": [{"reason": "authError"}]}}, LoginExpired, "login_expired"),
        (400, {"error": {"errors": [{"reason": "invalidTags"}]}}, Refused, "refused"),
    ],
)
async def test_a_probe_that_tells_nothing_ends_this_try_and_keeps_the_session(
    status: int, body: Any, error: type[PlatformError], code: str,
    youtube: YouTube, login: Login, server: ScriptedServer,
) -> None:  # fmt: skip
    opens(server)
    server.drops()
    server.answers(status, body)
    saves = Saves()
    with pytest.raises(PlatformError) as raised:
        await youtube.stage(login, draft(), {}, saves, FILES)
    assert (type(raised.value), raised.value.problem.code) == (error, code)
    assert known(saves, -1)["session"]


@pytest.mark.parametrize("status", [404, 410, 403, 416])
async def test_a_session_that_is_gone_early_is_opened_anew_at_once(
    status: int, youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    opens(server)
    server.answers(status, PAGE)
    opens(server, f"{server.url}/upload/videos?upload_id=s2")
    holds(server, PIECE)
    server.answers(200, VIDEO)
    server.answers(200, READY)
    saves = await staged(youtube, login)
    assert [seen.query.get("upload_id") for seen in server.seen if seen.method == "PUT"] == [
        "s1", "s2", "s2",
    ]  # fmt: skip
    assert known(saves, -1)["id"] == "abcdefghijk"


async def test_an_upload_that_ends_twice_is_begun_again_later(
    youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    for _ in range(2):
        opens(server)
        server.answers(404, "Not Found")
    saves = Saves()
    with pytest.raises(NotPublished, match="ended the upload twice"):
        await youtube.stage(login, draft(), {}, saves, FILES)
    assert known(saves, -1) == {}


@pytest.mark.parametrize(
    "address",
    ["", "https://evil.example/upload", "http://www.googleapis.com/upload", "http://[", "/upload"],
)
async def test_the_login_and_the_film_go_nowhere_else(
    address: str, youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    opens(server, address)
    with pytest.raises(NotPublished):
        await youtube.stage(login, draft(), {}, Saves(), FILES)
    assert len(server.seen) == 1


async def test_other_bytes_under_the_same_id_are_uploaded_anew(
    youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    entry = {"id": "old", "size": SIZE - 1, "made": ""}
    opens(server)
    holds(server, PIECE)
    server.answers(200, VIDEO)
    server.answers(200, READY)
    saves = await staged(youtube, login, {"media": {str(UUID(int=9)): entry}})
    assert known(saves, -1)["id"] == "abcdefghijk"


async def test_processing_that_lasts_keeps_no_post_back(
    youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    working = {"items": [{**VIDEO, "status": {"uploadStatus": "uploaded"}}]}
    opens(server)
    holds(server, PIECE)
    server.answers(200, VIDEO)
    for _ in range(5):
        server.answers(200, working)
    saves = await staged(youtube, login)
    assert "ready" not in known(saves, -1)
    server.seen.clear()
    server.answers(200, READY)
    await youtube.stage(login, draft(), saves.last, saves, FILES)
    assert [seen.method for seen in server.seen] == ["GET"]
    assert known(saves, -1)["ready"]
