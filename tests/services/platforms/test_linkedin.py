"""The LinkedIn client against a scripted server, row by row of its sheet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.services.platforms.base import (
    Duplicate,
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.linkedin import LinkedIn
from postclock.services.platforms.linkedin_answers import ANSWERS

from .pictures import Saves, draft
from .scripted import NOW, OwnedClock, ScriptedServer
from .tables import UNLISTED, Case, rows_without_a_case

DRAFT = Draft("Doors open (at 9) #now")
SHARE = "urn:li:share:7141"
PAGE = "urn:li:organization:12"
PERMALINK = f"https://www.linkedin.com/feed/update/{SHARE}/"


def said(status: int, code: str, message: str = "No.", number: int | None = None) -> Any:
    body = {"status": status, "code": code, "message": message}
    return body | ({"serviceErrorCode": number} if number else {})


def inputs(code: str, description: str = "Wrong", message: str = "", status: int = 400) -> Any:
    return {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": message,
        "errorDetails": {"inputErrors": [{"description": description, "input": {}, "code": code}]},
        "status": status,
    }


DUPLICATE = inputs(
    "DUPLICATE_POST", "Duplicate post is detected", f"Content is a duplicate of {SHARE}", 422
)
DENIED = "Not enough permissions to access: partnerApiPostsExternal.CREATE.20250101"
REVOKED = "The token used in the request has been revoked by the user"
FORBIDDEN = "Accessing this image resource is forbidden. Please check your permissions"
THROTTLED = "Resource level throttle limit for calls to this resource is reached."
LOST_ACTIVITY = {"status": 400, "message": "Unable to obtain activity"}
CASES = (
    Case(401, said(401, "INVALID_ACCESS_TOKEN", number=65600), LoginExpired, "login_expired"),
    Case(401, said(401, "REVOKED_ACCESS_TOKEN", REVOKED, 65601), LoginRevoked, "login_revoked"),
    Case(401, said(401, "EXPIRED_ACCESS_TOKEN", "has expired"), LoginExpired, "login_expired"),
    Case(403, said(403, "ACCESS_DENIED", DENIED, 100), LoginRevoked, "permission_missing"),
    Case(403, {"status": 403, "message": DENIED}, LoginRevoked, "permission_missing"),
    Case(403, said(403, "ACCESS_DENIED", FORBIDDEN), Refused, "media_not_owned"),
    *(
        Case(400, inputs(code), Refused, "refused")
        for code in (
            "INVALID_URN_TYPE", "INVALID_URN_ID", "INVALID_VIDEO_ID", "MISSING_FIELD",
            "INVALID_VALUE_FOR_FIELD", "FIELD_LENGTH_TOO_LONG",
        )
    ),
    Case(400, inputs("MEDIA_ASSET_WAITING_UPLOAD"), NotReady, "media_processing"),
    Case(400, {"status": 400, "message": "Image still processing"}, NotReady, "media_processing"),
    Case(400, inputs("MEDIA_ASSET_PROCESSING_FAILED"), Refused, "media_refused"),
    Case(400, inputs("EXPIRED_UPLOAD_URL"), UploadGone, "media_missing"),
    Case(422, DUPLICATE, Duplicate, "duplicate"),
    Case(422, said(422, "UNPROCESSABLE_ENTITY"), Refused, "refused"),
    *(Case(one, said(one, "ODD"), Refused, "refused") for one in (404, 409, 411, 413, 415)),
    Case(
        426, said(426, "NONEXISTENT_VERSION", "Requested version 20241101 is not active"),
        RateLimited, "operator_version_ended",
    ),
    Case(429, {"serviceErrorCode": 101, "message": THROTTLED, "status": 429}, RateLimited,
         "rate_limited"),
    *(
        Case(status, said(status, "ODD", "Service Unavailable"), OutcomeUnknown, "server_error")
        for status in (500, 503, 504)
    ),
    Case(400, LOST_ACTIVITY, OutcomeUnknown, "server_error"),
    Case(400, {"status": 400, "message": "Service Unavailable"}, OutcomeUnknown, "server_error"),
    Case(201, "", OutcomeUnknown, "answer_unclear"),
)  # fmt: skip
"""Every row of the sheet's error table; the last is a success without its header."""


@pytest.fixture
def linkedin(http: Http, clock: OwnedClock) -> LinkedIn:
    return LinkedIn(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, "782bbtaQ", "Ada", {"access_token": "secret-token"})


def test_every_row_of_the_table_has_a_case() -> None:
    assert rows_without_a_case(ANSWERS, CASES) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("case", [*CASES, *UNLISTED], ids=str)
async def test_each_answer_is_one_error(
    case: Case, linkedin: LinkedIn, login: Login, server: ScriptedServer
) -> None:
    server.answers(case.status, case.body, {**case.headers, "x-li-uuid": "AAY"})
    with pytest.raises(PlatformError) as raised:
        await linkedin.publish(login, DRAFT, {})
    assert (type(raised.value), raised.value.problem.code) == (case.error, case.code)
    assert "x-li-uuid=AAY" in (raised.value.answer or "")
    if isinstance(raised.value, OutcomeUnknown):
        assert raised.value.answered


@pytest.mark.asyncio
@pytest.mark.parametrize("remote_id", ["782bbtaQ", PAGE])
async def test_a_text_is_sent_in_its_authors_name(
    remote_id: str, linkedin: LinkedIn, server: ScriptedServer
) -> None:
    login = Login(server.url, remote_id, "x", {"access_token": "secret-token"})
    server.answers(201, "", {"X-RestLi-Id": SHARE})
    receipt = await linkedin.publish(login, DRAFT, linkedin.plan(login, DRAFT, {}, "k", NOW))
    assert (receipt.remote_id, receipt.permalink) == (SHARE, PERMALINK)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/rest/posts")
    author = PAGE if remote_id == PAGE else "urn:li:person:782bbtaQ"
    assert seen.json == {
        "author": author, "commentary": r"Doors open \(at 9\) #now", "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED", "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED", "isReshareDisabledByAuthor": False,
    }  # fmt: skip
    assert seen.headers["Authorization"] == "Bearer secret-token"
    assert seen.headers["LinkedIn-Version"] == "202609"
    assert seen.headers["X-Restli-Protocol-Version"] == "2.0.0"


@pytest.mark.asyncio
async def test_cards_and_polls(linkedin: LinkedIn, login: Login, server: ScriptedServer) -> None:
    card = {"url": "https://ex.org/a_b", "title": "A (title)", "description": "More"}
    poll = {"question": "Which?", "options": ["Tea", "Coffee"], "duration": "ONE_DAY"}
    for options in ({"article": card, "visibility": "LOGGED_IN"}, {"poll": poll}):
        server.answers(201, "", {"x-restli-id": SHARE})
        asked = Draft("Look", options=options)
        assert linkedin.check(asked) == []
        await linkedin.publish(login, asked, {})
    first, second = (seen.json for seen in server.seen)
    assert first["visibility"] == "LOGGED_IN"
    assert first["content"] == {
        "article": {"source": card["url"], "title": card["title"], "description": "More"}
    }
    assert second["content"]["poll"] == {
        "question": "Which?", "options": [{"text": "Tea"}, {"text": "Coffee"}],
        "settings": {"duration": "ONE_DAY"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        (
            Draft("x", options={"poll": {"question": "?", "options": ["a"]}}),
            "option_invalid",
            "opt",
        ),
        (Draft("x", options={"article": {"url": "ex.org", "title": "t"}}), "option_invalid", "opt"),
        (Draft("x", options={"article": {"url": "https://ex.org"}}), "option_missing", "opt"),
        (Draft("x", options={"visibility": "ALL"}), "option_invalid", "options.visibility"),
        (Draft("x", options={"first_comment": "x" * 1251}), "option_invalid", "options.first"),
        (Draft("x", options={"nothing": 1}), "option_unknown", "options.nothing"),
        (Draft(" "), "text_missing", "text"),
        (Draft("😀" * 1501), "text_too_long", "text"),
    ],
)
def test_what_is_wrong_is_told(wrong: Draft, code: str, field: str, linkedin: LinkedIn) -> None:
    [problem] = linkedin.check(wrong)
    assert problem.code == code
    assert (problem.field or "").startswith(field)


def test_a_poll_goes_with_nothing_else(linkedin: LinkedIn) -> None:
    poll = {"question": "Which?", "options": ["Tea", "Coffee"]}
    card = {"url": "https://ex.org/", "title": "t"}
    both = draft("", text="x")
    both = Draft(both.text, both.media, options={"poll": poll, "article": card})
    assert [one.code for one in linkedin.check(both)] == ["poll_with_media", "option_invalid"]


@pytest.mark.asyncio
async def test_a_wait_grows_until_the_next_midnight(
    http: Http, clock: OwnedClock, login: Login, server: ScriptedServer
) -> None:
    linkedin, saves = LinkedIn(http, clock), Saves()
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    waits = [NOW + timedelta(minutes=minutes) for minutes in (1, 5, 15)] + [midnight]
    for until in waits:
        server.answers(429, {"message": THROTTLED, "status": 429})
        with pytest.raises(RateLimited) as raised:
            await linkedin.publish(login, DRAFT, saves.last, saves)
        assert raised.value.until == until
    clock.at = midnight - timedelta(seconds=20)
    server.answers(429, {"message": THROTTLED, "status": 429})
    with pytest.raises(RateLimited) as raised:
        await linkedin.publish(login, DRAFT, {})
    assert raised.value.until == midnight


@pytest.mark.asyncio
async def test_a_new_token_is_not_believed_to_be_revoked(
    linkedin: LinkedIn, server: ScriptedServer, clock: OwnedClock
) -> None:
    secrets = {"access_token": "t", "issued_at": NOW.isoformat()}
    login = Login(server.url, "a", "a", secrets)
    for later, error in ((59, NotPublished), (61, LoginRevoked)):
        clock.at = NOW + timedelta(seconds=later)
        server.answers(401, said(401, "REVOKED_ACCESS_TOKEN", REVOKED))
        with pytest.raises(PlatformError) as raised:
            await linkedin.publish(login, DRAFT, {})
        assert type(raised.value) is error


@pytest.mark.asyncio
async def test_what_is_processed_too_long_is_uploaded_again(
    linkedin: LinkedIn, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    saves = Saves()
    for minutes, error in ((0, NotReady), (29, NotReady), (30, UploadGone), (31, NotReady)):
        clock.at = NOW + timedelta(minutes=minutes)
        server.answers(400, inputs("MEDIA_ASSET_WAITING_UPLOAD"))
        with pytest.raises(PlatformError) as raised:
            await linkedin.publish(login, DRAFT, saves.last, saves)
        assert type(raised.value) is error


@pytest.mark.asyncio
async def test_a_login_without_a_token_is_none(linkedin: LinkedIn, server: ScriptedServer) -> None:
    bare = Login(server.url, "a", "a", {})
    with pytest.raises(LoginRevoked):
        await linkedin.publish(bare, DRAFT, {})
    assert server.seen == []
