"""The Bluesky client against a scripted server, row by row of its sheet."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import Absent, CannotTell, Found
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.bluesky import Bluesky
from postclock.services.platforms.bluesky_answers import ANSWERS
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.tid import tid

from .scripted import NOW, OwnedClock, ScriptedServer
from .tables import UNLISTED, Case, rows_without_a_case

NONE: frozenset[str] = frozenset()
DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
DRAFT = Draft("Héllo 🌍 see https://ex.org/a #tést")
SESSION = {"accessJwt": "new-a", "refreshJwt": "new-r", "handle": "ada.test", "did": DID}
FIRST = {"identifier": "ada.test", "password": "app-password"}
SECRETS = {**FIRST, "access_jwt": "old-a", "refresh_jwt": "old-r"}
CREATE = "/xrpc/com.atproto.repo.createRecord"
GET = "/xrpc/com.atproto.repo.getRecord"
REFRESH = "/xrpc/com.atproto.server.refreshSession"
SIGN_IN = "/xrpc/com.atproto.server.createSession"


def named(name: str, message: str = "…") -> dict[str, str]:
    return {"error": name, "message": message}


CASES = (
    Case(400, named("InvalidRequest", "Record/text must not be longer"), Refused, "refused"),
    Case(400, named("InvalidMimeType"), Refused, "refused"),
    Case(400, named("BlobTooLarge"), Refused, "refused"),
    Case(413, named("PayloadTooLarge"), Refused, "refused"),
    Case(400, named("BlobNotFound"), UploadGone, "media_missing"),
    Case(400, named("InvalidSwap"), NotPublished, "written_meanwhile"),
    Case(400, named("ExpiredToken"), LoginExpired, "login_expired"),
    Case(400, named("InvalidToken"), LoginExpired, "login_expired"),
    Case(401, named("InvalidToken"), LoginExpired, "login_expired"),
    Case(401, named("AuthMissing"), LoginExpired, "login_expired"),
    Case(401, named("AuthenticationRequired"), LoginExpired, "login_expired"),
    Case(401, named("AuthFactorTokenRequired"), LoginRevoked, "login_revoked"),
    Case(400, named("AccountTakedown"), LoginRevoked, "login_revoked"),
    Case(401, named("AccountTakedown"), LoginRevoked, "login_revoked"),
    Case(403, named("AccountDeactivated"), LoginRevoked, "login_revoked"),
    Case(400, named("AccountSuspended"), LoginRevoked, "login_revoked"),
    Case(400, named("invalid_grant"), LoginRevoked, "login_revoked"),
    Case(
        403,
        named("ScopeMissingError", 'Missing required scope "repo:…"'),
        LoginRevoked,
        "permission_missing",
    ),
    Case(429, named("RateLimitExceeded"), RateLimited, "rate_limited"),
    Case(400, named("RecordExists", "Record already exists"), OutcomeUnknown, "already_there"),
    Case(409, named("Conflict", "record already exists"), OutcomeUnknown, "already_there"),
    Case(502, named("UpstreamFailure"), OutcomeUnknown, "server_error"),
    Case(504, named("UpstreamTimeout"), OutcomeUnknown, "server_error"),
)


@pytest.fixture
def bluesky(http: Http, clock: OwnedClock) -> Bluesky:
    return Bluesky(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, DID, "ada.test", SECRETS)


@pytest.fixture
def staged(bluesky: Bluesky, login: Login) -> dict[str, Any]:
    return dict(bluesky.plan(login, DRAFT, {}, "key", NOW))


def uri_of(staged: dict[str, Any]) -> str:
    return f"at://{DID}/app.bsky.feed.post/{staged['rkey']}"


def test_every_row_of_the_table_has_a_case() -> None:
    assert rows_without_a_case(ANSWERS, CASES) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("case", [*CASES, *UNLISTED], ids=str)
async def test_each_answer_is_one_error(
    case: Case, bluesky: Bluesky, login: Login, server: ScriptedServer, staged: dict[str, Any]
) -> None:
    server.answers(case.status, case.body, case.headers)
    with pytest.raises(PlatformError) as raised:
        await bluesky.publish(login, DRAFT, staged)
    assert (type(raised.value), raised.value.problem.code) == (case.error, case.code)
    if isinstance(raised.value, OutcomeUnknown):
        assert raised.value.answered


def test_the_plan_fixes_the_key_and_the_whole_record(staged: dict[str, Any]) -> None:
    assert len(staged["rkey"]) == 13
    micros = 1795338000000000
    assert tid(micros, 0) <= staged["rkey"] < tid(micros + 1000, 0)
    record = staged["record"]
    assert set(record) == {"$type", "text", "createdAt", "facets"}
    assert record["text"] == DRAFT.text
    assert record["createdAt"] == "2026-11-22T09:00:00.000Z"
    assert [facet["index"]["byteStart"] for facet in record["facets"]] == [16, 33]


def test_a_plan_is_kept_and_differs_by_key(bluesky: Bluesky, login: Login) -> None:
    first = bluesky.plan(login, DRAFT, {}, "key", NOW)
    later = NOW + timedelta(minutes=1)
    assert bluesky.plan(login, Draft("other"), first, "other", later) == first
    assert bluesky.plan(login, DRAFT, {}, "key", NOW) == first
    keys = {bluesky.plan(login, DRAFT, {}, f"key {i}", NOW)["rkey"] for i in range(500)}
    assert len(keys) == 500
    assert bluesky.plan(login, DRAFT, {}, "key", later)["rkey"] > first["rkey"]
    assert "facets" not in bluesky.plan(login, Draft("plain"), {}, "key", NOW)["record"]


@pytest.mark.asyncio
async def test_publishing(
    bluesky: Bluesky, login: Login, server: ScriptedServer, staged: dict[str, Any]
) -> None:
    server.answers(200, {"uri": uri_of(staged), "cid": "bafyrei", "validationStatus": "valid"})
    receipt = await bluesky.publish(login, Draft("edited since"), staged)
    assert receipt.remote_id == uri_of(staged)
    assert receipt.permalink == f"https://bsky.app/profile/ada.test/post/{staged['rkey']}"
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", CREATE)
    assert seen.headers["Authorization"] == "Bearer old-a"
    assert seen.json == {
        "repo": DID,
        "collection": "app.bsky.feed.post",
        "rkey": staged["rkey"],
        "validate": True,
        "record": staged["record"],
    }


@pytest.mark.asyncio
async def test_without_a_session_nothing_is_sent(
    bluesky: Bluesky, server: ScriptedServer, staged: dict[str, Any]
) -> None:
    with pytest.raises(LoginExpired):
        await bluesky.publish(Login(server.url, DID, "ada.test", FIRST), DRAFT, staged)
    assert server.seen == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, 300),
        ({"RateLimit-Reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Sun, 22 Nov 2026 09:00:20 GMT"}, 20),
    ],
)
async def test_the_wait_is_the_one_that_is_named(
    headers: dict[str, str],
    wait: int,
    bluesky: Bluesky,
    login: Login,
    server: ScriptedServer,
    staged: dict[str, Any],
) -> None:
    server.answers(429, named("RateLimitExceeded"), headers)
    with pytest.raises(RateLimited) as raised:
        await bluesky.publish(login, DRAFT, staged)
    assert raised.value.until == NOW + timedelta(seconds=wait)


@pytest.mark.asyncio
async def test_a_record_is_found_by_its_key(
    bluesky: Bluesky, login: Login, server: ScriptedServer, staged: dict[str, Any]
) -> None:
    server.answers(200, {"uri": uri_of(staged), "cid": "bafyrei", "value": staged["record"]})
    sighting = await bluesky.find(login, DRAFT, staged, NOW, NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == uri_of(staged)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("GET", GET)
    assert seen.query == {
        "repo": DID,
        "collection": "app.bsky.feed.post",
        "rkey": staged["rkey"],
    }
    assert "Authorization" not in seen.headers


@pytest.mark.asyncio
async def test_a_missing_record_is_proof_of_absence(
    bluesky: Bluesky, login: Login, server: ScriptedServer, staged: dict[str, Any]
) -> None:
    server.answers(400, named("RecordNotFound", "Could not locate record: at://…"))
    assert await bluesky.find(login, DRAFT, staged, NOW, NONE) == Absent()


@pytest.mark.asyncio
async def test_what_was_never_planned_was_never_sent(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    assert await bluesky.find(login, DRAFT, {}, NOW, NONE) == Absent()
    assert server.seen == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"uri": "at://x", "cid": "c", "value": {"text": "somebody else's"}}),
        (400, named("InvalidRequest")),
        (400, named("RepoNotFound")),
        (403, named("Forbidden")),
        (404, "<html>"),
        (307, ""),
    ],
)
async def test_any_other_answer_to_a_look_cannot_tell(
    status: int,
    body: Any,
    bluesky: Bluesky,
    login: Login,
    server: ScriptedServer,
    staged: dict[str, Any],
) -> None:
    server.answers(status, body)
    assert isinstance(await bluesky.find(login, DRAFT, staged, NOW, NONE), CannotTell)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [200, 429, 500, 502])
async def test_a_look_that_fails_for_now_leaves_the_outcome_unknown(
    status: int, bluesky: Bluesky, login: Login, server: ScriptedServer, staged: dict[str, Any]
) -> None:
    server.answers(status, "<html>")
    with pytest.raises(OutcomeUnknown):
        await bluesky.find(login, DRAFT, staged, NOW, NONE)


def with_secrets(server: ScriptedServer, secrets: dict[str, str]) -> Login:
    return Login(server.url, DID, "ada.test", secrets)


def token_until(ends: datetime) -> str:
    claims = json.dumps({"exp": int(ends.timestamp())}).encode()
    return f"e30.{urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"


@pytest.mark.parametrize(
    ("secrets", "needed"),
    [
        (FIRST, True),
        (SECRETS, False),
        ({"access_jwt": "a.b.c"}, False),
        ({"access_jwt": "a.e30.c"}, False),
        ({"access_jwt": token_until(NOW + timedelta(minutes=3))}, False),
        ({"access_jwt": token_until(NOW + timedelta(minutes=1))}, True),
        ({"access_jwt": token_until(NOW - timedelta(minutes=1))}, True),
    ],
)
def test_a_session_is_renewed_before_it_ends(
    secrets: dict[str, str], needed: bool, bluesky: Bluesky
) -> None:
    assert bluesky.needs_refresh(Login("http://127.0.0.1", DID, "ada", secrets), NOW) is needed


@pytest.mark.asyncio
async def test_the_first_session_comes_from_the_app_password(
    bluesky: Bluesky, server: ScriptedServer
) -> None:
    server.answers(200, SESSION)
    secrets = await bluesky.refresh(with_secrets(server, FIRST))
    assert secrets == {**FIRST, "access_jwt": "new-a", "refresh_jwt": "new-r"}
    (seen,) = server.seen
    assert (seen.path, seen.json) == (SIGN_IN, FIRST)


@pytest.mark.asyncio
async def test_the_next_session_comes_from_the_refresh_token(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, SESSION)
    assert (await bluesky.refresh(login))["access_jwt"] == "new-a"
    (seen,) = server.seen
    assert (seen.path, seen.body) == (REFRESH, b"")
    assert seen.headers["Authorization"] == "Bearer old-r"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "name"), [(400, "ExpiredToken"), (400, "InvalidToken"), (401, "AuthMissing")]
)
async def test_a_spent_refresh_token_falls_back_to_the_app_password(
    status: int, name: str, bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    server.answers(status, named(name))
    server.answers(200, SESSION)
    assert (await bluesky.refresh(login))["refresh_jwt"] == "new-r"
    assert [seen.path for seen in server.seen] == [REFRESH, SIGN_IN]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, named("AuthenticationRequired", "Invalid identifier or password"), LoginRevoked),
        (401, named("AuthFactorTokenRequired"), LoginRevoked),
        (401, named("AccountTakedown"), LoginRevoked),
        (200, {**SESSION, "did": "did:plc:other"}, LoginRevoked),
        (429, named("RateLimitExceeded"), RateLimited),
        (500, "<html>", NotPublished),
        (400, named("InvalidRequest"), NotPublished),
        (200, {}, NotPublished),
    ],
)
async def test_a_sign_in_that_fails(
    status: int, body: Any, error: type[PlatformError], bluesky: Bluesky, server: ScriptedServer
) -> None:
    server.answers(status, body)
    with pytest.raises(PlatformError) as raised:
        await bluesky.refresh(with_secrets(server, FIRST))
    assert type(raised.value) is error


@pytest.mark.asyncio
async def test_a_sign_in_that_is_lost_does_not_disconnect(
    bluesky: Bluesky, login: Login, server: ScriptedServer
) -> None:
    server.drops()
    with pytest.raises(NotPublished):
        await bluesky.refresh(login)
    server.answers(503, "")
    with pytest.raises(NotPublished):
        await bluesky.refresh(login)
    assert [seen.path for seen in server.seen] == [REFRESH, REFRESH]


@pytest.mark.asyncio
async def test_without_an_app_password_a_person_is_needed(
    bluesky: Bluesky, server: ScriptedServer
) -> None:
    with pytest.raises(LoginRevoked):
        await bluesky.refresh(with_secrets(server, {}))


def test_checking(bluesky: Bluesky) -> None:
    assert bluesky.check(DRAFT) == []
    assert bluesky.check(Draft("🌍" * 300)) == []
    assert [found.message for found in bluesky.check(Draft("👨‍👩‍👧‍👦" * 301))] == [
        "Bluesky counts 301 of 300 characters: shorten by 1.",
        "Bluesky takes 3000 bytes and this text has 7525: "
        "shorten it, or use fewer emoji and joined characters.",
    ]
