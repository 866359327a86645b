"""What a lost answer of Facebook comes to: lists, videos and stories, against a scripted server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import (
    Absent,
    CannotTell,
    Declined,
    Found,
    NotSeen,
    Pending,
)
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    OutcomeUnknown,
)
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.facebook import Facebook

from .facebook_answers import (
    LIST,
    PAGE,
    film,
    listed,
    login_at,
    post,
    staged,
    status,
)
from .graph_cases import body
from .pictures import Saves, draft, paths, picture
from .scripted import NOW, OwnedClock, ScriptedServer

NONE: frozenset[str] = frozenset()
TEXT = Draft("Hello\nsee https://example.org/a")


@pytest.fixture
def facebook(http: Http, clock: OwnedClock) -> Facebook:
    return Facebook(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return login_at(server.url)


async def test_a_text_is_found_by_its_words_and_time(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, listed(
        post(9, TEXT.text, NOW, "3"),
        post(8, TEXT.text, NOW, is_published=False),
        post(7, "Hello  see HTTPS://EXAMPLE.org/a/", NOW + timedelta(seconds=2)),
        post(6, TEXT.text, NOW),
        post(5, TEXT.text, NOW - timedelta(seconds=61)),
        {"id": 7, "created_time": "never"}, 3,
    ))  # fmt: skip
    sighting = await facebook.find(login, TEXT, {}, NOW, frozenset({f"{PAGE}_6"}))
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == f"{PAGE}_7"
    assert paths(server.seen) == [LIST]


async def test_a_photo_of_ours_is_proof_whatever_else_is_said(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    shown = draft("", "", text="Look")
    server.answers(200, listed(post(9, "Look", NOW, "98", "99"), post(8, "Cut…", NOW, "11", "12")))
    sighting = await facebook.find(login, shown, staged("11", "12"), NOW, NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == f"{PAGE}_8"
    server.answers(200, listed(post(9, "Look", NOW, "98", "99")))
    assert await facebook.find(login, shown, staged("11", "12"), NOW, NONE) == NotSeen()
    assert await facebook.find(login, shown, {}, NOW, NONE) == Absent()


async def test_lists_go_on_until_before_the_attempt(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, listed(post(9, "x"), after="a1"))
    server.answers(200, listed(post(8, "y", NOW - timedelta(minutes=5)), after="a2"))
    assert await facebook.find(login, TEXT, {}, NOW, NONE) == NotSeen()
    assert [seen.query.get("after") for seen in server.seen] == [None, "a1"]
    for _ in range(5):
        server.answers(200, listed(post(9, "x"), after="a"))
    assert isinstance(await facebook.find(login, TEXT, {}, NOW, NONE), CannotTell)


async def test_a_link_without_words_is_left_to_a_person(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    linked = Draft("", options={"link": "https://example.org/"})
    server.answers(200, listed(post(9, "")))
    assert isinstance(await facebook.find(login, linked, {}, NOW, NONE), CannotTell)
    server.answers(200, listed(post(9, "words")))
    assert await facebook.find(login, linked, {}, NOW, NONE) == NotSeen()


@pytest.mark.parametrize(
    ("code", "subcode", "error"),
    [(1, None, OutcomeUnknown), (100, 33, OutcomeUnknown), (80001, None, OutcomeUnknown),
     (190, 463, LoginExpired), (200, None, None)],
)  # fmt: skip
async def test_a_look_that_is_refused_says_nothing_about_the_post(
    code: int, subcode: int | None, error: type[Exception] | None, facebook: Facebook,
    login: Login, server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(400, body(code, subcode))
    if error is None:
        assert isinstance(await facebook.find(login, TEXT, {}, NOW, NONE), CannotTell)
        return
    with pytest.raises(error):
        await facebook.find(login, TEXT, {}, NOW, NONE)


@pytest.mark.parametrize(
    ("told", "kind", "sighting"),
    [
        (status("ready", "complete", "published"), Found, "/reel/"),
        (status("ready", "completed", "published", permalink_url="/reel/77/"), Found, "/reel/"),
        (status("ready", published=True), Found, "/reel/"),
        (status("processing", "not_started", "published"), Pending, ""),
        (status("ready", "in_progress"), Pending, ""),
        (status("ready", "complete", "scheduled"), Pending, ""),
        (status("ready", "complete", "error"), Declined, ""),
        (status("upload_failed"), Declined, ""),
        (status("processing", processing={"status": "error", "errors": [
            {"code": 1363128, "message": "too long"}]}), Declined, "too long (1363128)"),
        (status("error", processing={"error": {"code": 1, "message": "odd"}}), Declined, "odd"),
        (status("upload_complete", "not_started", "draft"), Absent, ""),
        (status("ready", "not_started", "draft", published=True), Absent, ""),
        (status("expired"), Absent, ""),
        ({"id": "77"}, Absent, ""),
    ],
)  # fmt: skip
async def test_a_video_is_looked_at_by_its_id(
    told: Any, kind: type[Any], sighting: str, facebook: Facebook, login: Login,
    server: ScriptedServer, clock: OwnedClock,
) -> None:  # fmt: skip
    clock.at = NOW + timedelta(minutes=1)
    server.answers(200, told)
    before, saves = staged("77", kind="reel"), Saves()
    found = await facebook.find(login, film("reel"), before, NOW, NONE, saves)
    assert type(found) is kind
    assert sighting in str(found)
    if kind is Declined or told.get("status", {}).get("video_status") == "expired":
        assert saves.last["media"] == {}


async def test_a_doubt_about_a_video_waits_a_little_before_it_is_finished_again(
    facebook: Facebook, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    before = staged("77", kind="reel")
    for known in (before, {**before, "finished": "77"}):
        server.answers(200, status("upload_complete", "not_started", "draft"))
        assert isinstance(await facebook.find(login, film("reel"), known, NOW, NONE), Pending)
    clock.at = NOW + timedelta(minutes=1)
    server.answers(200, status("upload_complete", "not_started", "draft"))
    known = {**before, "finished": "77"}
    assert isinstance(await facebook.find(login, film("reel"), known, NOW, NONE), Pending)


async def test_a_story_is_found_by_what_it_shows(
    facebook: Facebook, login: Login, server: ScriptedServer
) -> None:
    shown = Draft("", (picture(),), options={"kind": "story"})
    story = {"post_id": "31", "media_id": "11", "creation_time": str(int(NOW.timestamp()))}
    server.answers(200, {"data": [{**story, "media_id": "12"}, {**story, "url": "https://s/31"}]})
    sighting = await facebook.find(login, shown, staged("11"), NOW, NONE)
    assert isinstance(sighting, Found)
    assert (sighting.receipt.remote_id, sighting.receipt.permalink) == ("31", "https://s/31")
    assert sighting.receipt.accepted_at == NOW
    server.answers(200, {"data": [story]})
    assert await facebook.find(login, shown, staged("11"), NOW, frozenset({"31"})) == NotSeen()
