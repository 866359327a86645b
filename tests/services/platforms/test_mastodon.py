"""The Mastodon client against a scripted server, row by row of its sheet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import Absent, CannotTell, Found, NotSeen
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    UploadUsed,
)
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.mastodon import Mastodon
from postclock.services.platforms.mastodon_answers import ANSWERS
from postclock.services.platforms.mastodon_timeline import MAX_PAGES

from .scripted import NOW, OwnedClock, ScriptedServer
from .tables import UNLISTED, Case, rows_without_a_case

NONE: frozenset[str] = frozenset()
DRAFT = Draft("Hello @ada@ex.org\nsee https://ex.org/a/long #tag")
STAGED = {"idempotency_key": "key", "planned_at": NOW.isoformat()}
SHOWN = (
    '<p>Hello <span class="h-card"><a href="https://ex.org/@ada" class="u-url mention">@<span>ada'
    '</span></a></span><br />see <a href="https://ex.org/a/long" rel="nofollow">'
    '<span class="invisible">https://</span><span class="ellipsis">ex.org/a/</span>'
    '<span class="invisible">long</span></a> <a href="https://ex.org/tags/tag"'
    ' class="mention hashtag">#<span>tag</span></a></p>'
)
LONG_AFTER = NOW + timedelta(minutes=51)


def said(error: str, description: str | None = None) -> dict[str, str]:
    return {"error": error} | ({"error_description": description} if description else {})


PROCESSING = "Cannot attach files that have not finished processing. Try again in a moment!"
CASES = (
    Case(401, said("The access token is invalid"), LoginRevoked, "login_revoked"),
    Case(401, said("The access token was revoked"), LoginRevoked, "login_revoked"),
    Case(
        403,
        said("This action is outside the authorized scopes"),
        LoginRevoked,
        "permission_missing",
    ),
    Case(403, said("Your login is currently disabled"), LoginRevoked, "login_revoked"),
    Case(403, said("This action is not allowed"), LoginRevoked, "login_revoked"),
    Case(404, said("Record not found"), Refused, "refused"),
    Case(422, said("Validation failed: Text can't be blank"), Refused, "refused"),
    Case(422, said("Validation failed: Text character limit"), Refused, "refused"),
    Case(422, said("Cannot attach a video to a post with images"), Refused, "refused"),
    Case(422, said("Validation failed: Poll options has too many items"), Refused, "refused"),
    Case(422, said("Validation failed: Scheduled at must be in the future"), Refused, "refused"),
    Case(403, said("Your login is currently pending approval"), LoginRevoked, "login_revoked"),
    Case(500, said("There was a bug"), OutcomeUnknown, "server_error"),
    Case(
        422,
        said("Validation failed: Media 1 not found or already attached to another post"),
        UploadUsed,
        "media_missing",
    ),
    Case(422, said(PROCESSING), NotPublished, "media_processing"),
    Case(400, said("param is missing"), Refused, "refused"),
    Case(429, said("Too many requests"), RateLimited, "rate_limited"),
)


@pytest.fixture
def mastodon(http: Http, clock: OwnedClock) -> Mastodon:
    return Mastodon(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, "7", "grace", {"access_token": "secret-token"})


def status(remote_id: str, content: str, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    return {
        "id": remote_id,
        "created_at": at.isoformat().replace("+00:00", "Z"),
        "url": f"https://ex.org/@grace/{remote_id}",
        "content": content,
        **more,
    }


def test_every_row_of_the_table_has_a_case() -> None:
    assert rows_without_a_case(ANSWERS, CASES) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("case", [*CASES, *UNLISTED], ids=str)
async def test_each_answer_is_one_error(
    case: Case, mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(case.status, case.body, case.headers)
    with pytest.raises(PlatformError) as raised:
        await mastodon.publish(login, DRAFT, STAGED)
    assert (type(raised.value), raised.value.problem.code) == (case.error, case.code)
    if isinstance(raised.value, OutcomeUnknown):
        assert raised.value.answered


@pytest.mark.asyncio
async def test_publishing_under_the_planned_key(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    staged = mastodon.plan(login, DRAFT, {}, "key", NOW)
    assert staged == STAGED
    assert mastodon.plan(login, DRAFT, staged, "other", LONG_AFTER) == staged
    server.answers(200, status("109", SHOWN))
    receipt = await mastodon.publish(login, DRAFT, staged)
    assert receipt.remote_id == "109"
    assert receipt.permalink == "https://ex.org/@grace/109"
    assert receipt.accepted_at == NOW
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/api/v1/statuses")
    assert seen.json == {"status": DRAFT.text}
    assert seen.headers["Idempotency-Key"] == "key"
    assert seen.headers["Authorization"] == "Bearer secret-token"


@pytest.mark.asyncio
async def test_a_lost_answer_is_of_unknown_outcome(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.drops()
    with pytest.raises(OutcomeUnknown) as raised:
        await mastodon.publish(login, DRAFT, STAGED)
    assert not raised.value.answered


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, 300),
        ({"X-RateLimit-Reset": "2026-11-22T09:05:00.500000Z"}, 300.5),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 30)}, 30),
        ({"Retry-After": "9"}, 9),
    ],
)
async def test_the_wait_is_the_one_that_is_named(
    headers: dict[str, str], wait: float, mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(429, said("Too many requests"), headers)
    with pytest.raises(RateLimited) as raised:
        await mastodon.publish(login, DRAFT, STAGED)
    assert raised.value.until == NOW + timedelta(seconds=wait)


@pytest.mark.asyncio
async def test_a_login_cannot_be_renewed(mastodon: Mastodon, server: ScriptedServer) -> None:
    bare = Login(server.url, "7", "grace", {})
    assert not mastodon.needs_refresh(bare, NOW)
    for call in (mastodon.refresh(bare), mastodon.publish(bare, DRAFT, STAGED)):
        with pytest.raises(LoginRevoked):
            await call
    assert isinstance(await mastodon.find(bare, DRAFT, STAGED, NOW, NONE), CannotTell)
    assert server.seen == []


@pytest.mark.asyncio
async def test_a_status_is_found_by_what_it_shows(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(
        200,
        [
            status("9", SHOWN, NOW + timedelta(seconds=1)),
            status("8", SHOWN, NOW),
            status("7", SHOWN, NOW - timedelta(seconds=1)),
            status("6", "<p>Hello</p>"),
            status("5", SHOWN, NOW - timedelta(minutes=2)),
        ],
    )
    sighting = await mastodon.find(login, DRAFT, STAGED, NOW, frozenset({"7"}))
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == "8"
    assert sighting.receipt.permalink == "https://ex.org/@grace/8"
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("GET", "/api/v1/accounts/7/statuses")
    assert seen.query == {"limit": "40", "exclude_reblogs": "true"}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("a & b < c", "<p>a &amp; b &lt; c</p>"),
        ("one\n\ntwo\nthree", "<p>one</p><p>two<br>three</p>"),
        ("see https://ex.org/whole", '<p>see <a href="https://ex.org/whole">ex.org/wh…</a></p>'),
        ("local @ada!", '<p>local <a href="https://h/@ada" class="mention">@ada</a>!</p>'),
        ("kept @ada@ex.org", '<p>kept <a href="x" class="mention">@ada@ex.org</a></p>'),
    ],
)
async def test_what_servers_make_of_a_text_is_undone(
    text: str, content: str, mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, [status("1", content)])
    server.answers(200, [])
    assert isinstance(await mastodon.find(login, Draft(text), STAGED, NOW, NONE), Found)


@pytest.mark.asyncio
async def test_not_there_within_the_keys_life_is_absent_and_later_only_not_seen(
    mastodon: Mastodon, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    for _ in range(3):
        server.answers(200, [])
    assert await mastodon.find(login, DRAFT, STAGED, NOW, NONE) == Absent()
    clock.at = LONG_AFTER
    assert await mastodon.find(login, DRAFT, STAGED, NOW, NONE) == NotSeen()
    clock.at = NOW
    assert await mastodon.find(login, DRAFT, {}, NOW, NONE) == NotSeen()


@pytest.mark.asyncio
async def test_the_look_reads_on_until_before_the_attempt(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, [status("9", "other"), "odd", {"id": "no date"}])
    server.answers(200, [status("8", SHOWN), status("7", "old", NOW - timedelta(hours=1))])
    assert isinstance(await mastodon.find(login, DRAFT, STAGED, NOW, NONE), Found)
    assert [seen.query.get("max_id") for seen in server.seen] == [None, "9"]


@pytest.mark.asyncio
async def test_a_list_without_end_cannot_tell(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    for number in range(MAX_PAGES):
        server.answers(200, [status(str(99 - number), "other")])
    sighting = await mastodon.find(login, DRAFT, {}, NOW, NONE)
    assert isinstance(sighting, CannotTell)
    assert len(server.seen) == MAX_PAGES


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [401, 403, 404, 302])
async def test_a_list_that_is_closed_cannot_tell(
    code: int, mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(code, said("Not for you"))
    sighting = await mastodon.find(login, DRAFT, STAGED, NOW, NONE)
    assert isinstance(sighting, CannotTell)
    assert "Not for you" in sighting.reason


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [200, 429, 500, 503])
async def test_a_look_that_fails_for_now_leaves_the_outcome_unknown(
    code: int, mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(code, "<html>")
    with pytest.raises(OutcomeUnknown):
        await mastodon.find(login, DRAFT, STAGED, NOW, NONE)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("see https://ex.org/a/very/long/path/that/goes/on/and/on now", 31),
        ("see ex.org/a/very/long/path", 27),
        ("@ada@ex.org hi", 7),
        ("mail me@ex.org", 14),
        ("👨‍👩‍👧‍👦e\u0301", 2),
    ],
)
def test_counting(text: str, count: int, mastodon: Mastodon) -> None:
    assert mastodon.count(text) == count


def test_checking(mastodon: Mastodon) -> None:
    assert mastodon.check(DRAFT) == []
    assert [found.message for found in mastodon.check(Draft("a" * 501))] == [
        "Mastodon counts 501 of 500 characters: shorten by 1."
    ]
