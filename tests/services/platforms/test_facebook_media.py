"""What goes up to Facebook before the moment, against a scripted server."""

from __future__ import annotations

from typing import Any

import pytest

from postclock.http import Http
from postclock.services.platforms.base import Login, LoginRevoked, NotPublished, Refused
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.facebook import Facebook
from tests.fixtures.files import HeldFiles

from .facebook_answers import PHOTOS, REELS, STORIES, TOKEN, VIDEOS, film, login_at, status
from .graph_cases import body
from .pictures import BYTES, FILES, Crashed, Saves, draft, form, paths, picture
from .scripted import OwnedClock, ScriptedServer

SIZE = 9000
CONTENT = bytes(range(250)) * 36
BYTES_AT = "/rupload/video-upload/v26.0/77"
STATE = "GET /v26.0/77"


@pytest.fixture
def facebook(http: Http, clock: OwnedClock) -> Facebook:
    return Facebook(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return login_at(server.url)


@pytest.fixture
def held() -> HeldFiles:
    return HeldFiles(others=CONTENT)


def begun(server: ScriptedServer, where: str = "") -> None:
    """A reel or a story has begun."""
    server.answers(200, {"video_id": "77", "upload_url": where or f"{server.url}{BYTES_AT}"})


def entry(saves: Saves) -> Any:
    return saves.last["media"][str(picture(1).id)]


async def test_photos_go_up_unpublished_with_their_words(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"id": "11"})
    server.answers(200, {"id": "12"})
    saves = Saves()
    staged = await facebook.stage(login, draft("a cät", ""), {}, saves, FILES)
    assert paths(server.seen) == [PHOTOS, PHOTOS]
    first, second = [form(seen.body, seen.headers["Content-Type"]) for seen in server.seen]
    assert first["source"] == (BYTES, "image/png")
    assert first["published"][0] == second["published"][0] == b"false"
    assert first["alt_text_custom"][0].decode() == "a cät"
    assert set(second) == {"source", "published"}
    assert await facebook.stage(login, draft("a cät", ""), staged, saves, FILES) == staged
    server.answers(200, {"id": "13"})
    staged = await facebook.stage(login, draft("a dog", ""), staged, saves, FILES)
    assert [one["id"] for one in staged["media"].values()] == ["13", "12"]


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (body(1366046, None, "too large"), Refused, "media_refused"),
        (body(1), NotPublished, "upload_failed"),
        (body(190, 460), LoginRevoked, "login_revoked"),
        ({}, NotPublished, "upload_failed"),
    ],
)
async def test_a_photo_that_is_not_taken(
    answer: Any, error: type[Exception], code: str, facebook: Facebook, login: Login,
    server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(200 if answer == {} else 400, answer)
    with pytest.raises(error) as raised:
        await facebook.stage(login, draft(""), {}, Saves(), FILES)
    assert raised.value.problem.code == code  # type: ignore[attr-defined]


def span(start: int, end: int) -> dict[str, str]:
    return {"start_offset": str(start), "end_offset": str(end)}


async def test_a_video_goes_up_in_the_pieces_that_are_asked_for(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    first = {"upload_session_id": "177", "video_id": "77", **span(0, 4000)}
    for answer in (first, span(4000, SIZE), span(SIZE, SIZE)):
        server.answers(200, answer)
    saves = Saves()
    staged = await facebook.stage(login, film(), {}, saves, held)
    assert paths(server.seen) == [VIDEOS] * 3
    assert server.seen[0].body == b"upload_phase=start&file_size=9000"
    pieces = [form(seen.body, seen.headers["Content-Type"]) for seen in server.seen[1:]]
    assert b"".join(piece["video_file_chunk"][0] for piece in pieces) == CONTENT
    assert [piece["start_offset"][0] for piece in pieces] == [b"0", b"4000"]
    assert {piece["upload_session_id"][0] for piece in pieces} == {b"177"}
    assert held.ranges == [(0, 4000), (4000, SIZE)]
    assert (entry(saves)["id"], entry(saves)["done"]) == ("77", True)
    assert await facebook.stage(login, film(), staged, saves, held) == staged


async def test_a_video_goes_on_where_it_was_after_a_crash(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    first = {"upload_session_id": "177", "video_id": "77", **span(0, 4000)}
    server.answers(200, first)
    server.answers(200, span(4000, SIZE))
    saves = Saves(crash_after=2)
    with pytest.raises(Crashed):
        await facebook.stage(login, film(), {}, saves, held)
    server.answers(200, span(SIZE, SIZE))
    staged = await facebook.stage(login, film(), saves.last, Saves(), held)
    assert held.ranges == [(0, 4000), (4000, SIZE)]
    assert staged["media"][str(picture(1).id)]["done"]


async def test_a_wrong_offset_says_which_is_right(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    first = {"upload_session_id": "177", "video_id": "77", **span(0, 4000)}
    server.answers(200, first)
    named = {"error_data": {"start_offset": 4000, "end_offset": 6000}}
    server.answers(400, body(100, 1363037, "wrong", **named))
    server.answers(200, span(6000, 6000))
    await facebook.stage(login, film(), {}, Saves(), held)
    assert held.ranges == [(0, 4000), (4000, 6000)]


@pytest.mark.parametrize("answer", [body(1363030), body(100, 1363037), body(2), {}])
async def test_a_piece_that_did_not_arrive_is_sent_again_later(
    answer: Any, facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    server.answers(200, {"upload_session_id": "177", "video_id": "77", **span(0, 4000)})
    server.answers(400 if answer else 200, answer)
    saves = Saves()
    with pytest.raises(NotPublished):
        await facebook.stage(login, film(), {}, saves, held)
    assert entry(saves)["start"] == "0"


async def test_an_upload_that_is_gone_begins_anew(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    server.answers(200, {"upload_session_id": "177", "video_id": "77", **span(0, 4000)})
    server.answers(400, body(100, 33))
    saves = Saves()
    with pytest.raises(NotPublished) as raised:
        await facebook.stage(login, film(), {}, saves, held)
    assert (raised.value.problem.code, entry(saves)) == ("media_missing", {})


async def test_a_reel_is_one_stream(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    begun(server)
    server.answers(200, {"success": True})
    saves = Saves()
    await facebook.stage(login, film("reel"), {}, saves, held)
    assert paths(server.seen) == [REELS, f"POST {BYTES_AT}"]
    sent = server.seen[-1]
    assert (sent.body, sent.headers["offset"], sent.headers["file_size"]) == (CONTENT, "0", "9000")
    assert sent.headers["Authorization"] == f"OAuth {TOKEN}"
    assert "Transfer-Encoding" not in sent.headers
    assert (entry(saves)["id"], entry(saves)["done"]) == ("77", True)


async def test_a_stream_that_broke_off_goes_on_as_long_as_it_moves(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    begun(server)
    server.drops()
    server.answers(200, status("uploading", received=5000))
    said = {"debug_info": {"retriable": True, "type": "PartialRequestError", "message": "cut"}}
    server.answers(400, said)
    server.answers(200, status("uploading", received=8000))
    server.answers(200, {"success": True})
    await facebook.stage(login, film("reel"), {}, Saves(), held)
    sent = [seen for seen in server.seen if seen.path == BYTES_AT]
    assert [seen.headers["offset"] for seen in sent] == ["0", "5000", "8000"]
    assert sent[-1].body == CONTENT[8000:]


async def test_a_stream_that_does_not_move_is_left_for_later(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    begun(server)
    server.drops()
    server.answers(200, status("uploading", received=0))
    saves = Saves()
    with pytest.raises(NotPublished):
        await facebook.stage(login, film("reel"), {}, saves, held)
    server.answers(200, status("uploading", received=SIZE))
    await facebook.stage(login, film("reel"), saves.last, saves, held)
    assert paths(server.seen)[-2:] == [STATE, STATE]
    assert entry(saves)["done"]


@pytest.mark.parametrize(
    "where", ["https://rupload.facebook.com.evil.test/x", "http://127.0.0.1:1/x", "file:///x", "x"]
)
async def test_a_token_goes_to_no_strange_address(
    where: str, facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    begun(server, where)
    with pytest.raises(NotPublished):
        await facebook.stage(login, film("reel"), {}, Saves(), held)
    assert paths(server.seen) == [REELS]


async def test_a_storys_video_is_waited_for(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    begun(server)
    server.answers(200, {"success": True})
    server.answers(200, status("processing"))
    server.answers(200, status("upload_complete"))
    await facebook.stage(login, film("story"), {}, Saves(), held)
    assert paths(server.seen) == [STORIES, f"POST {BYTES_AT}", STATE, STATE]


async def test_a_storys_video_may_be_refused_or_take_too_long(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    wrong = {"status": "error", "errors": [{"code": 1363128, "message": "too long"}]}
    begun(server)
    server.answers(200, {"success": True})
    server.answers(200, status("error", processing=wrong))
    saves = Saves()
    with pytest.raises(Refused, match="too long"):
        await facebook.stage(login, film("story"), {}, saves, held)
    assert entry(saves) == {}
    begun(server)
    server.answers(200, {"success": True})
    for _ in range(20):
        server.answers(200, status("processing"))
    with pytest.raises(NotPublished) as raised:
        await facebook.stage(login, film("story"), {}, saves, held)
    assert raised.value.problem.code == "media_processing"


async def test_another_kind_goes_up_anew(
    facebook: Facebook, login: Login, server: ScriptedServer, held: HeldFiles
) -> None:
    begun(server)
    server.answers(200, {"success": True})
    saves = Saves()
    staged = await facebook.stage(login, film("reel"), {}, saves, held)
    server.answers(200, {"upload_session_id": "178", "video_id": "78", **span(0, 0)})
    await facebook.stage(login, film(), staged, saves, held)
    assert (entry(saves)["id"], entry(saves)["kind"]) == ("78", "post")


def test_how_long_before_its_moment_a_post_is_prepared(facebook: Facebook) -> None:
    text, photo, video = (facebook.lead(one) for one in (Draft("x"), draft(""), film()))
    assert text is None
    assert photo
    assert video
    assert photo < video
