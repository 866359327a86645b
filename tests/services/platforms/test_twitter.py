"""The X client against a scripted server, row by row of its sheet."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from postclock.http import Http, NotSent, before_write
from postclock.scheduler.model import CannotTell, Found, NotSeen
from postclock.services.platforms.base import (
    Duplicate,
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
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.twitter import MAX_PAGES, Twitter
from postclock.services.platforms.twitter_answers import ANSWERS
from postclock.services.platforms.twitter_posts import FIELDS

from .scripted import NOW, OwnedClock, ScriptedServer
from .tables import UNLISTED, Case, rows_without_a_case

NONE: frozenset[str] = frozenset()
DRAFT = Draft("Hello <you> & http://example.com/a")


def problem(status: int, detail: str, kind: str = "about:blank", title: str = "Forbidden") -> Any:
    return {"title": title, "detail": detail, "type": kind, "status": status}


def of_kind(name: str) -> str:
    return f"https://api.twitter.com/2/problems/{name}"


CASES = (
    Case(401, problem(401, "Unauthorized", title="Unauthorized"), LoginExpired, "login_expired"),
    Case(
        402,
        problem(402, "Your account has no credits.", of_kind("credits"), "CreditsDepleted"),
        RateLimited,
        "operator_credits_depleted",
    ),
    Case(
        403,
        problem(403, "You are not allowed to create a Tweet with duplicate content."),
        Duplicate,
        "duplicate",
    ),
    Case(403, problem(403, "x", of_kind("user-suspended")), LoginRevoked, "account_suspended"),
    Case(
        403,
        {"errors": [{"code": 326, "message": "This account is temporarily locked."}]},
        LoginRevoked,
        "account_suspended",
    ),
    Case(
        403,
        problem(403, "Use OAuth 2.0 User Context.", title="Unsupported Authentication"),
        LoginRevoked,
        "permission_missing",
    ),
    Case(403, problem(403, "x", of_kind("client-forbidden")), LoginRevoked, "permission_missing"),
    Case(
        403,
        problem(403, "Your account is not permitted to access this feature"),
        LoginRevoked,
        "permission_missing",
    ),
    Case(403, problem(403, "You are not permitted to perform this action."), Refused, "refused"),
    Case(403, problem(403, "The Tweet contains an invalid URL."), Refused, "refused"),
    Case(
        403,
        problem(403, "You can only reply …", of_kind("not-authorized-for-resource")),
        Refused,
        "refused",
    ),
    Case(
        400,
        {**problem(400, "One or more parameters", of_kind("invalid-request"), "Invalid Request")},
        Refused,
        "refused",
    ),
    Case(400, problem(400, "Your media IDs are invalid."), UploadGone, "media_missing"),
    Case(404, problem(404, "Not there", of_kind("resource-not-found")), Refused, "refused"),
    Case(429, problem(429, "Too Many Requests"), RateLimited, "rate_limited"),
    Case(
        429,
        problem(429, "Usage cap exceeded", of_kind("usage-capped")),
        RateLimited,
        "operator_plan_exhausted",
    ),
    Case(429, problem(429, "SpendCapReached"), RateLimited, "operator_plan_exhausted"),
    Case(429, {"errors": [{"code": 88, "message": "Rate"}]}, RateLimited, "rate_limited"),
)


@pytest.fixture
def x(http: Http, clock: OwnedClock) -> Twitter:
    return Twitter(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, "42", "ada", {"access_token": "secret-token"})


def test_every_row_of_the_table_has_a_case() -> None:
    assert rows_without_a_case(ANSWERS, CASES) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("case", [*CASES, *UNLISTED], ids=str)
async def test_each_answer_is_one_error(
    case: Case, x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(case.status, case.body, case.headers)
    with pytest.raises(PlatformError) as raised:
        await x.publish(login, DRAFT, {})
    assert (type(raised.value), raised.value.problem.code) == (case.error, case.code)
    assert raised.value.problem.message.endswith((".", ")", "…", "Odd")) or "X" in str(raised.value)
    assert (raised.value.answer or "").startswith(f"HTTP {case.status}")
    if isinstance(raised.value, OutcomeUnknown):
        assert raised.value.answered


@pytest.mark.asyncio
async def test_publishing(x: Twitter, login: Login, server: ScriptedServer) -> None:
    server.answers(201, {"data": {"id": "1445880548472328192", "text": "…"}})
    receipt = await x.publish(login, DRAFT, x.plan(login, DRAFT, {}, "key", NOW))
    assert receipt.remote_id == "1445880548472328192"
    assert receipt.permalink == "https://x.com/ada/status/1445880548472328192"
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.json) == ("POST", "/2/tweets", {"text": DRAFT.text})
    assert seen.headers["Authorization"] == "Bearer secret-token"
    assert seen.headers["Content-Type"] == "application/json"


@pytest.mark.asyncio
@pytest.mark.parametrize("text", ["Hello", "😷 \n\t\"'\\", "\u2028", "a" * 280])
async def test_what_is_sent_fits_the_published_schema(
    text: str, x: Twitter, login: Login, server: ScriptedServer, platform_data: Path
) -> None:
    published = json.loads((platform_data / "x-openapi-2.167.json").read_text("utf-8"))
    schema = {
        "$ref": "#/components/schemas/CreatePostsRequest",
        "components": published["components"],
    }
    server.answers(201, {"data": {"id": "1", "text": text}})
    await x.publish(login, Draft(text), {})
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(server.seen[0].json)
    assert not jsonschema_rs.Draft202012Validator(schema).is_valid({"text": text, "extra": 1})


@pytest.mark.asyncio
async def test_a_look_asks_only_for_what_the_published_schema_knows(
    x: Twitter, login: Login, server: ScriptedServer, platform_data: Path
) -> None:
    published = json.loads((platform_data / "x-openapi-2.167.json").read_text("utf-8"))
    shared = published["components"]["parameters"]
    given = published["paths"]["/2/users/{id}/tweets"]["get"]["parameters"]
    named = [shared[item["$ref"].rsplit("/", 1)[1]] if "$ref" in item else item for item in given]
    known = {item["name"] for item in named}
    for page in ({"next_token": "n"}, {}):
        server.answers(200, {"meta": page})
    await x.find(login, DRAFT, {}, NOW, NONE)
    assert set(server.seen[1].query) - {FIELDS} <= known  # the one on which X contradicts itself


@pytest.mark.asyncio
async def test_a_lost_answer_is_of_unknown_outcome(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.drops()
    with pytest.raises(OutcomeUnknown) as raised:
        await x.publish(login, DRAFT, {})
    assert (raised.value.problem.code, raised.value.answered) == ("no_answer", False)
    assert len(server.seen) == 1


@pytest.mark.asyncio
async def test_a_request_that_never_left_is_not_published(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    def refuse() -> None:
        raise NotSent("the lease is over")

    with pytest.raises(NotPublished) as raised, before_write(refuse):
        await x.publish(login, DRAFT, {})
    assert raised.value.problem.code == "not_sent"
    assert isinstance(raised.value.__cause__, NotSent)
    assert server.seen == []


@pytest.mark.asyncio
async def test_without_a_token_nothing_is_sent(x: Twitter, server: ScriptedServer) -> None:
    with pytest.raises(LoginExpired):
        await x.publish(Login(server.url, "42", "ada", {}), DRAFT, {})
    assert server.seen == []


@pytest.mark.asyncio
async def test_no_secret_is_kept_with_an_answer(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(400, problem(400, "Bearer secret-token is odd"))
    with pytest.raises(Refused) as raised:
        await x.publish(login, DRAFT, {})
    assert "secret-token" not in f"{raised.value} {raised.value.answer}"
    assert "[secret] is odd" in str(raised.value)


EPOCH = int(NOW.timestamp())


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, 900),
        ({"x-rate-limit-remaining": "3", "x-rate-limit-reset": str(EPOCH + 60)}, 900),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(EPOCH + 60)}, 60),
        (
            {
                "x-rate-limit-remaining": "0",
                "x-rate-limit-reset": str(EPOCH + 60),
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": str(EPOCH + 7200),
                "x-app-limit-24hour-remaining": "9",
                "x-app-limit-24hour-reset": str(EPOCH + 9999),
            },
            7200,
        ),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "soon"}, 900),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(EPOCH - 60)}, 1),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(EPOCH * 2)}, 90_000),
    ],
)
async def test_the_wait_is_the_latest_reset_of_an_empty_quota(
    headers: dict[str, str], wait: int, x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(429, problem(429, "Too Many Requests"), headers)
    with pytest.raises(RateLimited) as raised:
        await x.publish(login, DRAFT, {})
    assert raised.value.until == NOW + timedelta(seconds=wait)


def listed(remote_id: str, text: str, at: datetime, **more: Any) -> dict[str, Any]:
    created = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"id": remote_id, "text": text, "created_at": created, **more}


SHOWN = "Hello &lt;you&gt; &amp; https://t.co/abc"
ENTITIES = {"urls": [{"url": "https://t.co/abc", "expanded_url": "http://example.com/a"}]}


@pytest.mark.asyncio
async def test_a_post_is_found_by_its_text_as_it_was_written(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    later = NOW + timedelta(seconds=2)
    server.answers(
        200,
        {
            "data": [
                listed("9", SHOWN, later, entities=ENTITIES),
                listed("8", SHOWN, NOW, entities=ENTITIES),
                listed("7", SHOWN, NOW - timedelta(seconds=1), entities=ENTITIES),
                listed("6", SHOWN, NOW - timedelta(minutes=2), entities=ENTITIES),
                listed("5", "Hello", NOW),
            ],
            "meta": {"result_count": 5},
        },
    )
    sighting = await x.find(login, DRAFT, {}, NOW, frozenset({"7"}))
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == "8"
    assert sighting.receipt.accepted_at == NOW
    assert sighting.receipt.permalink == "https://x.com/ada/status/8"
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("GET", "/2/users/42/tweets")
    assert seen.query == {
        "max_results": "100",
        "start_time": "2026-11-22T08:59:00Z",
        "tweet.fields": "created_at,entities,attachments,referenced_tweets",
    }


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "text", ["&amp; is &lt;", "see Example.com now", "e\u0301\r\n\r\nx ", "&copy; &amp;amp;"]
)
async def test_what_x_does_to_a_text_is_undone(
    text: str, x: Twitter, login: Login, server: ScriptedServer
) -> None:
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").strip()
    urls = [{"url": "https://t.co/1", "expanded_url": "http://example.com"}]
    item = listed("1", shown.replace("Example.com", "https://t.co/1"), NOW, entities={"urls": urls})
    server.answers(200, {"data": [item]})
    assert isinstance(await x.find(login, Draft(text), {}, NOW, NONE), Found)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "body",
    [
        {"meta": {"result_count": 0}},
        {"data": []},
        {"data": [{"id": "1", "text": DRAFT.text}, "odd", None, {"created_at": 5}]},
        {"data": [listed("1", DRAFT.text, NOW - timedelta(minutes=2))]},
        {"data": "odd"},
    ],
)
async def test_what_is_not_listed_is_not_seen(
    body: Any, x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, body)
    assert await x.find(login, DRAFT, {}, NOW, NONE) == NotSeen()


@pytest.mark.asyncio
async def test_the_look_reads_on_until_the_last_page(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, {"data": [listed("3", "other", NOW)], "meta": {"next_token": "more"}})
    server.answers(200, {"data": [listed("2", "Hello", NOW)], "meta": {}})
    assert isinstance(await x.find(login, Draft("Hello"), {}, NOW, NONE), Found)
    assert [seen.query.get("pagination_token") for seen in server.seen] == [None, "more"]


@pytest.mark.asyncio
async def test_a_timeline_without_end_cannot_tell(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    for _ in range(MAX_PAGES):
        server.answers(200, {"data": [listed("3", "other", NOW)], "meta": {"next_token": "more"}})
    assert isinstance(await x.find(login, DRAFT, {}, NOW, NONE), CannotTell)
    assert len(server.seen) == MAX_PAGES


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [400, 402, 403, 404, 302])
async def test_a_timeline_that_is_closed_cannot_tell(
    status: int, x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(status, problem(status, "Not for you"))
    sighting = await x.find(login, DRAFT, {}, NOW, NONE)
    assert isinstance(sighting, CannotTell)
    assert "Not for you" in sighting.reason


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [200, 408, 429, 500, 503])
async def test_a_look_that_fails_for_now_leaves_the_outcome_unknown(
    status: int, x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(status, "<html>")
    with pytest.raises(OutcomeUnknown):
        await x.find(login, DRAFT, {}, NOW, NONE)


@pytest.mark.asyncio
async def test_a_look_that_is_lost_or_needs_a_login(
    x: Twitter, login: Login, server: ScriptedServer
) -> None:
    server.answers(401, problem(401, "Unauthorized"))
    with pytest.raises(LoginExpired):
        await x.find(login, DRAFT, {}, NOW, NONE)
    unreachable = Login("http://127.0.0.1:1", "42", "ada", login.secrets)
    with pytest.raises(OutcomeUnknown):
        await x.find(unreachable, DRAFT, {}, NOW, NONE)


def test_checking(x: Twitter) -> None:
    assert x.check(DRAFT) == []
    assert x.check(Draft("中" * 140)) == []
    assert [found.message for found in x.check(Draft("a" * 301))] == [
        "X counts 301 of 280 characters: shorten by 21."
    ]
    assert [found.code for found in x.check(Draft("\ufeff"))] == ["text_forbidden_character"]
