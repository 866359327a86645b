"""The YouTube client against a scripted server, row by row of its sheet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from postclock.http import Http
from postclock.scheduler.model import Absent, CannotTell, Declined, Found, NotSeen, Staged
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    UploadUsed,
)
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.youtube import YouTube
from postclock.services.platforms.youtube_answers import ANSWERS, next_quota_day

from .scripted import NOW, OwnedClock, ScriptedServer
from .tables import PAGE, UNLISTED, Case, rows_without_a_case
from .youtube_stage import SIZE, draft, film

NONE: frozenset[str] = frozenset()
STAGED: Staged = {"media": {str(UUID(int=9)): {"id": "abcdefghijk", "size": SIZE, "made": ""}}}


def said(reason: str, message: str = "Words <code>of</code> theirs", code: int = 400) -> Any:
    error = {"message": message, "domain": "youtube.video", "reason": reason}
    return {"error": {"code": code, "message": message, "errors": [error], "status": "X"}}


METADATA = (
    "invalidTitle", "invalidDescription", "invalidTags", "invalidCategoryId",
    "invalidVideoMetadata", "invalidPublishAt", "invalidFilename", "invalidRecordingDetails",
    "invalidVideoGameRating", "defaultLanguageNotSet", "mediaBodyRequired",
)  # fmt: skip
UNAUTHENTICATED = {"error": {"code": 401, "message": "no", "status": "UNAUTHENTICATED"}}
CASES = (
    *(Case(400, said(reason), Refused, "refused") for reason in METADATA),
    Case(400, said("uploadLimitExceeded"), RateLimited, "upload_limit"),
    Case(403, said("quotaExceeded"), RateLimited, "operator_quota_exhausted"),
    Case(403, said("dailyLimitExceeded"), RateLimited, "operator_quota_exhausted"),
    Case(403, said("rateLimitExceeded"), RateLimited, "rate_limited"),
    Case(429, said("rateLimitExceeded"), RateLimited, "rate_limited"),
    Case(403, said("userRateLimitExceeded"), RateLimited, "rate_limited"),
    Case(429, said("userRateLimitExceeded"), RateLimited, "rate_limited"),
    Case(429, said("uploadRateLimitExceeded"), RateLimited, "rate_limited"),
    Case(429, "", RateLimited, "rate_limited"),
    Case(401, said("authError"), LoginExpired, "login_expired"),
    Case(401, said("authorizationRequired"), LoginExpired, "login_expired"),
    Case(401, UNAUTHENTICATED, LoginExpired, "login_expired"),
    Case(401, "", LoginExpired, "login_expired"),
    Case(401, said("youtubeSignupRequired"), LoginRevoked, "no_channel"),
    Case(403, said("insufficientPermissions"), LoginRevoked, "permission_missing"),
    Case(403, said("forbidden"), LoginRevoked, "permission_missing"),
    Case(403, said("accessNotConfigured"), NotPublished, "app_not_configured"),
    Case(403, said("forbiddenPrivacySetting"), Refused, "refused"),
    Case(403, said("forbiddenLicenseSetting"), Refused, "refused"),
    Case(403, said("channelClosed"), LoginRevoked, "channel_closed"),
    Case(403, said("channelSuspended"), LoginRevoked, "channel_closed"),
    Case(403, said("commentsDisabled"), Refused, "comments_disabled"),
    Case(404, said("videoNotFound"), UploadUsed, "video_missing"),
    Case(404, said("channelNotFound"), Refused, "refused"),
    Case(500, said("backendError"), OutcomeUnknown, "server_error"),
    Case(503, said("internalError"), OutcomeUnknown, "server_error"),
)


@pytest.fixture
def youtube(http: Http, clock: OwnedClock) -> YouTube:
    return YouTube(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    hosts = {"upload": f"{server.url}/upload", "token": server.url, "web": server.url}
    return Login(server.url, "UC1", "ada", {"access_token": "secret-token"}, hosts)


def resource(**status: Any) -> dict[str, Any]:
    known = {"uploadStatus": "processed", "privacyStatus": "public", **status}
    return {"kind": "youtube#video", "id": "abcdefghijk", "status": known}


def test_every_row_of_the_table_has_a_case() -> None:
    assert rows_without_a_case(ANSWERS, CASES) == []


@pytest.mark.parametrize("case", [*CASES, *UNLISTED], ids=str)
async def test_each_answer_is_one_error(
    case: Case, youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    server.answers(case.status, case.body, case.headers)
    with pytest.raises(PlatformError) as raised:
        await youtube.publish(login, draft(), STAGED)
    assert (type(raised.value), raised.value.problem.code) == (case.error, case.code)
    assert "<" not in str(raised.value)
    if isinstance(raised.value, OutcomeUnknown):
        assert raised.value.answered


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_of_an_upload_nothing_is_in_doubt(
    case: Case, youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    server.answers(case.status, case.body)
    with pytest.raises(PlatformError) as raised:
        await youtube.stage(login, draft(), {}, _nowhere, _Files())
    doubtful = issubclass(case.error, OutcomeUnknown | UploadUsed)
    assert isinstance(raised.value, NotPublished if doubtful else case.error)
    assert raised.value.problem.code == ("upload_failed" if doubtful else case.code)
    assert not isinstance(raised.value, OutcomeUnknown)


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2026-11-22T09:00:00", "2026-11-23T08:00:00"),
        ("2026-11-22T07:59:59", "2026-11-22T08:00:00"),
        ("2026-11-22T08:00:00", "2026-11-23T08:00:00"),
        ("2026-07-01T06:59:59", "2026-07-01T07:00:00"),
        ("2026-11-01T07:30:00", "2026-11-02T08:00:00"),  # a day of 25 hours
        ("2027-03-14T08:30:00", "2027-03-15T07:00:00"),  # a day of 23 hours
    ],
)
async def test_a_days_quota_is_whole_again_at_midnight_pacific_time(
    now: str, midnight: str, youtube: YouTube, login: Login, server: ScriptedServer,
    clock: OwnedClock,
) -> None:  # fmt: skip
    clock.at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    again = datetime.fromisoformat(midnight).replace(tzinfo=UTC)
    assert next_quota_day(clock.at) == again
    server.answers(403, said("quotaExceeded"))
    with pytest.raises(RateLimited) as raised:
        await youtube.publish(login, draft(), STAGED)
    assert raised.value.until == again


async def test_other_waits(
    youtube: YouTube, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    waits = []
    for status, reason, headers in (
        (400, "uploadLimitExceeded", {}), (403, "rateLimitExceeded", {}),
        (429, "userRateLimitExceeded", {"Retry-After": "7"}),
    ):  # fmt: skip
        server.answers(status, said(reason), headers)
        with pytest.raises(RateLimited) as raised:
            await youtube.publish(login, draft(), STAGED)
        assert raised.value.until
        waits.append((raised.value.until - clock.now()).total_seconds())
    assert waits == [86400, 16, 7]


async def test_the_update_sends_every_field_of_the_status(
    youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, resource(privacyStatus="unlisted"))
    receipt = await youtube.publish(login, draft(privacy="unlisted", made_for_kids=True), STAGED)
    assert receipt.permalink == "https://www.youtube.com/watch?v=abcdefghijk"
    [seen] = server.seen
    assert (seen.method, seen.path, seen.query) == ("PUT", "/videos", {"part": "status"})
    assert seen.headers["Authorization"] == "Bearer secret-token"
    assert seen.json == {
        "id": "abcdefghijk",
        "status": {
            "privacyStatus": "unlisted", "selfDeclaredMadeForKids": True,
            "containsSyntheticMedia": False, "embeddable": True, "license": "youtube",
            "publicStatsViewable": True,
        },
    }  # fmt: skip


async def test_a_lost_update_is_of_unknown_outcome(
    youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    server.drops()
    with pytest.raises(OutcomeUnknown) as raised:
        await youtube.publish(login, draft(), STAGED)
    assert not raised.value.answered
    nowhere = replace(login, base_url="http://127.0.0.1:1")
    with pytest.raises(NotPublished):
        await youtube.publish(nowhere, draft(), STAGED)


@pytest.mark.parametrize(
    ("status", "body", "sighting"),
    [
        (200, {"items": [resource()]}, Found),
        (200, {"items": [resource(privacyStatus="private")]}, Absent),
        (200, {"items": [resource(uploadStatus="uploaded")]}, Found),
        (200, {"items": [resource(uploadStatus="failed", failureReason="codec")]}, Declined),
        (200, {"items": [resource(uploadStatus="rejected")]}, Declined),
        (200, {"items": [resource(uploadStatus="deleted")]}, Declined),
        (200, {"items": []}, NotSeen),
        (403, said("forbidden"), CannotTell),
        (404, said("videoNotFound"), CannotTell),
        (401, said("authError"), LoginExpired),
        (200, PAGE, OutcomeUnknown),
        (200, {}, OutcomeUnknown),
        (429, "", OutcomeUnknown),
        (500, PAGE, OutcomeUnknown),
    ],
)
async def test_each_answer_to_a_look(
    status: int, body: Any, sighting: type, youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    server.answers(status, body)
    look = youtube.find(login, draft(), STAGED, NOW, NONE)
    if issubclass(sighting, PlatformError):
        with pytest.raises(sighting):
            await look
    else:
        assert isinstance(await look, sighting)
    assert server.seen[0].query["id"] == "abcdefghijk"


async def test_a_look_that_cannot_be_made(
    youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    assert await youtube.find(login, draft(), {}, NOW, NONE) == Absent()
    loginless = replace(login, secrets={})
    assert isinstance(await youtube.find(loginless, draft(), STAGED, NOW, NONE), CannotTell)
    server.drops()
    with pytest.raises(OutcomeUnknown):
        await youtube.find(login, draft(), STAGED, NOW, NONE)


async def test_taking_back(youtube: YouTube, login: Login, server: ScriptedServer) -> None:
    server.answers(204)
    server.answers(404, said("videoNotFound"))
    server.answers(403, said("insufficientPermissions"))
    await youtube.delete(login, "abc")
    await youtube.delete(login, "abc")
    with pytest.raises(LoginRevoked):
        await youtube.delete(login, "abc")
    assert (server.seen[0].method, server.seen[0].query) == ("DELETE", {"id": "abc"})


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ({"width": 1080, "height": 1920}, "shorts/"),
        ({"width": 1080, "height": 1080}, "shorts/"),
        ({"width": 1080, "height": 1920, "duration": 180.0}, "shorts/"),
        ({"width": 1080, "height": 1920, "duration": 180.5}, "watch?v="),
        ({"width": 1920, "height": 1080}, "watch?v="),
        ({"width": None, "height": None}, "watch?v="),
    ],
)
async def test_a_short_has_an_address_of_its_own(
    shape: dict[str, Any], kind: str, youtube: YouTube, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, resource())
    receipt = await youtube.publish(login, Draft("a", (film(**shape),)), STAGED)
    assert receipt.permalink == f"https://www.youtube.com/{kind}abcdefghijk"


class _Files:
    """No bytes: what is refused is refused before them."""

    async def read(self, media: Media) -> bytes:
        raise AssertionError

    async def read_range(self, media: Media, start: int, end: int) -> bytes:
        raise AssertionError

    async def link(self, media: Media) -> str:
        raise AssertionError


async def _nowhere(_staged: Staged) -> None:
    return None
