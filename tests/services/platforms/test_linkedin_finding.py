"""What follows a post on LinkedIn: its first comment, looking for it, taking it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import CannotTell, Found, NotSeen, Resume
from postclock.services.platforms.base import (
    Duplicate,
    Login,
    LoginExpired,
    LoginRevoked,
    OutcomeUnknown,
)
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.linkedin import LinkedIn

from .pictures import Saves, draft
from .scripted import NOW, OwnedClock, ScriptedServer
from .test_linkedin import (
    DENIED,
    DRAFT,
    DUPLICATE,
    LOST_ACTIVITY,
    PAGE,
    PERMALINK,
    SHARE,
    linkedin,
    login,
    said,
)

__all__ = ["linkedin", "login"]

NONE: frozenset[str] = frozenset()


@pytest.fixture
def page(server: ScriptedServer) -> Login:
    return Login(server.url, PAGE, "acme", {"access_token": "secret-token"})


# --- a first comment -----------------------------------------------------------------------------

COMMENTED = Draft("Hello", options={"first_comment": "More (here) #x"})


@pytest.mark.asyncio
async def test_a_comment_is_plain_text(
    linkedin: LinkedIn, login: Login, server: ScriptedServer
) -> None:
    server.answers(201, "", {"x-restli-id": SHARE})
    server.answers(400, LOST_ACTIVITY)
    server.answers(500, LOST_ACTIVITY)
    server.answers(201, {"id": "1"})
    saves = Saves()
    receipt = await linkedin.publish(login, COMMENTED, {}, saves)
    assert (receipt.remote_id, receipt.note) == (SHARE, "")
    assert [seen.path for seen in server.seen[1:]] == [f"/rest/socialActions/{SHARE}/comments"] * 3
    assert server.seen[1].json == {
        "actor": "urn:li:person:782bbtaQ", "object": SHARE, "message": {"text": "More (here) #x"},
    }  # fmt: skip
    again = await linkedin.find(login, COMMENTED, saves.last, NOW, NONE)
    assert isinstance(again, Found)
    assert again.receipt.note


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "body", "note"),
    [
        (400, LOST_ACTIVITY, "may be missing"),
        (403, said(403, "ACCESS_DENIED", DENIED), "was not posted"),
        (500, "", "may be missing"),
    ],
)
async def test_a_comment_that_fails_is_a_note(
    status: int, body: Any, note: str, linkedin: LinkedIn, login: Login, server: ScriptedServer
) -> None:
    server.answers(201, "", {"x-restli-id": SHARE})
    for _ in range(3):
        server.answers(status, body)
    receipt = await linkedin.publish(login, COMMENTED, {}, Saves())
    assert receipt.remote_id == SHARE
    assert note in receipt.note
    assert len(server.seen) == (4 if body == LOST_ACTIVITY else 2)


# --- looking -------------------------------------------------------------------------------------


def post(remote_id: str, at: datetime = NOW, text: str = "", content: Any = None) -> dict[str, Any]:
    millis = int(at.timestamp() * 1000)
    commentary = text or r"Doors open \(at 9\) {hashtag|\#|now}"
    return {"id": remote_id, "createdAt": millis, "commentary": commentary, "content": content}


@pytest.mark.asyncio
async def test_an_organisation_finds_the_oldest_of_its_own(
    linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    image = {"media": {"id": "urn:li:image:1"}}
    listed = [
        post("urn:li:share:9", NOW + timedelta(seconds=9)),
        post("urn:li:share:8", NOW + timedelta(seconds=8), content=image),
        post("urn:li:share:7", NOW + timedelta(seconds=7), text="other"),
        post("urn:li:share:6", NOW + timedelta(seconds=6)),
        post("urn:li:share:5", NOW + timedelta(seconds=5)),
        post("urn:li:share:1", NOW - timedelta(seconds=61)),
        {"id": 3},
    ]
    server.answers(200, {"elements": listed})
    taken = frozenset({"urn:li:share:5"})
    seen = await linkedin.find(page, DRAFT, {}, NOW, taken)
    assert isinstance(seen, Found)
    assert seen.receipt.remote_id == "urn:li:share:6"
    (asked,) = server.seen
    assert asked.headers["X-RestLi-Method"] == "FINDER"
    assert asked.query == {"author": PAGE, "q": "author", "count": "10", "sortBy": "CREATED"}


@pytest.mark.asyncio
async def test_an_organisation_with_many_posts_is_read_page_by_page(
    linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    full = {"elements": [post(f"urn:li:share:{n}", text="other") for n in range(10)]}
    server.answers(200, full)
    server.answers(200, {"elements": [post(SHARE)]})
    assert isinstance(await linkedin.find(page, DRAFT, {}, NOW, NONE), Found)
    assert server.seen[1].query["start"] == "10"
    for _ in range(10):
        server.answers(200, full)
    assert isinstance(await linkedin.find(page, DRAFT, {}, NOW, NONE), CannotTell)
    server.answers(200, {"elements": []})
    assert await linkedin.find(page, DRAFT, {}, NOW, NONE) == NotSeen()


@pytest.mark.asyncio
async def test_a_look_that_failed_tells_nothing(
    linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    server.answers(403, said(403, "ACCESS_DENIED", DENIED))
    assert isinstance(await linkedin.find(page, DRAFT, {}, NOW, NONE), CannotTell)
    for status, error in ((401, LoginExpired), (429, OutcomeUnknown), (503, OutcomeUnknown),
                          (200, OutcomeUnknown)):  # fmt: skip
        server.answers(status, "")
        with pytest.raises(error):
            await linkedin.find(page, DRAFT, {}, NOW, NONE)
    server.drops()
    with pytest.raises(OutcomeUnknown):
        await linkedin.find(page, DRAFT, {}, NOW, NONE)


@pytest.mark.asyncio
async def test_what_a_duplicate_names_is_the_post_of_an_attempt_in_doubt(
    linkedin: LinkedIn, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    saves, since = Saves(), NOW
    clock.at = NOW + timedelta(minutes=2)
    server.answers(422, DUPLICATE)
    with pytest.raises(Duplicate) as raised:
        await linkedin.publish(login, DRAFT, {}, saves)
    assert SHARE in raised.value.problem.message
    seen = await linkedin.find(login, DRAFT, saves.last, since, NONE)
    assert isinstance(seen, Found)
    assert (seen.receipt.remote_id, seen.receipt.permalink) == (SHARE, PERMALINK)
    other = await linkedin.find(login, DRAFT, saves.last, since, frozenset({SHARE}))
    assert isinstance(other, CannotTell)
    long_after = clock.at + timedelta(minutes=2)
    assert isinstance(await linkedin.find(login, DRAFT, saves.last, long_after, NONE), CannotTell)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "at", "seen"),
    [(200, NOW, Found), (200, NOW - timedelta(minutes=5), CannotTell), (404, NOW, CannotTell)],
)
async def test_what_a_duplicate_names_is_looked_at_where_it_may_be(
    status: int, at: datetime, seen: type, linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    """Posts that were deleted are named, too."""
    staged = {"duplicate": {"id": SHARE, "at": NOW.isoformat()}}
    server.answers(200, {"elements": []})
    server.answers(status, post(SHARE, at))
    assert type(await linkedin.find(page, DRAFT, staged, NOW, NONE)) is seen
    assert server.seen[1].path == f"/rest/posts/{SHARE}"


@pytest.mark.asyncio
async def test_found_without_its_comment_goes_on_with_it(
    linkedin: LinkedIn, page: Login, server: ScriptedServer
) -> None:
    saves = Saves()
    server.answers(200, {"elements": [post(SHARE, text="Hello")]})
    assert await linkedin.find(page, COMMENTED, {}, NOW, NONE, saves) == Resume()
    server.answers(201, {"id": "1"})
    receipt = await linkedin.publish(page, COMMENTED, saves.last, saves)
    assert receipt.remote_id == SHARE
    assert [seen.method for seen in server.seen] == ["GET", "POST"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("tuned", "asked", "minutes", "seen"),
    [
        ({}, DRAFT, 1, CannotTell),
        ({"duplicate_probe": "on"}, DRAFT, 6.9, NotSeen),
        ({"duplicate_probe": "on"}, DRAFT, 7, CannotTell),
        ({"duplicate_probe": "on", "duplicate_minutes": "20"}, DRAFT, 16, NotSeen),
        ({"duplicate_probe": "on"}, draft("", text="x"), 1, CannotTell),
    ],
)
async def test_a_persons_post_cannot_be_looked_for(
    tuned: dict[str, str], asked: Draft, minutes: float, seen: type, http: Http,
    clock: OwnedClock, login: Login, server: ScriptedServer,
) -> None:  # fmt: skip
    clock.at = NOW + timedelta(minutes=minutes)
    sighting = await LinkedIn(http, clock, tuned).find(login, asked, {}, NOW, NONE)
    assert type(sighting) is seen
    assert server.seen == []


@pytest.mark.asyncio
async def test_taking_back(linkedin: LinkedIn, login: Login, server: ScriptedServer) -> None:
    for status in (204, 404):
        server.answers(status)
        await linkedin.delete(login, SHARE)
    assert [(one.method, one.path) for one in server.seen] == [
        ("DELETE", f"/rest/posts/{SHARE}")
    ] * 2
    server.answers(403, said(403, "ACCESS_DENIED", DENIED))
    with pytest.raises(LoginRevoked):
        await linkedin.delete(login, SHARE)
