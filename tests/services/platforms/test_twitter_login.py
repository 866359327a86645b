"""Signing in to X: out with PKCE, back with a code, renewed once, in vain, or not at all."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from postclock.http import Http
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    PlatformError,
    RateLimited,
    Refused,
    ScopesMissing,
)
from postclock.services.platforms.connecting import AppKeys, Lasting, Visit
from postclock.services.platforms.oauth2 import new_verifier
from postclock.services.platforms.twitter import Twitter

from .scripted import NOW, OwnedClock, ScriptedServer

SCOPES = "tweet.read tweet.write users.read media.write offline.access"


@pytest.fixture
def x(http: Http, clock: OwnedClock) -> Twitter:
    return Twitter(http, clock)


def visit(server: ScriptedServer) -> Visit:
    return Visit(
        server.url, {"web": "https://x.com"}, "https://posts.example.org/cb", "st/te",
        new_verifier(), AppKeys("client", "secret"),
    )  # fmt: skip


def test_the_way_out_carries_state_scopes_and_a_challenge(
    x: Twitter, server: ScriptedServer
) -> None:
    url = urlsplit(x.authorize_url(x.ways[0], visit(server)))
    query = {name: value[0] for name, value in parse_qs(url.query).items()}
    assert (url.netloc, url.path) == ("x.com", "/i/oauth2/authorize")
    assert "scope=tweet.read%20tweet.write" in url.query
    assert query["state"] == "st/te"
    assert query["redirect_uri"] == "https://posts.example.org/cb"
    assert (query["response_type"], query["client_id"]) == ("code", "client")
    assert (query["code_challenge_method"], len(query["code_challenge"])) == ("S256", 43)


@pytest.mark.asyncio
async def test_the_way_back_gives_one_profile_with_a_login_that_lasts(
    x: Twitter, server: ScriptedServer
) -> None:
    tokens = {"access_token": "a", "refresh_token": "r", "expires_in": 7200, "scope": SCOPES}
    server.answers(200, tokens)
    me = {"id": "42", "name": "Ada", "username": "ada", "profile_image_url": "https://i.test/a"}
    server.answers(200, {"data": me})
    went = visit(server)
    [profile] = await x.profiles(x.ways[0], went, {"code": "c0de", "state": "st/te"})
    assert (profile.remote_id, profile.handle, profile.name) == ("42", "ada", "Ada")
    assert profile.avatar_url == "https://i.test/a"
    assert x.lasting(profile.secrets) == Lasting(renew_at=NOW + timedelta(minutes=118))
    asked = parse_qs(server.seen[0].body.decode())
    assert asked["code_verifier"] == [went.verifier]
    assert asked["grant_type"] == ["authorization_code"]
    basic = server.seen[0].headers["Authorization"].removeprefix("Basic ")
    assert b64decode(basic) == b"client:secret"
    assert server.seen[1].headers["Authorization"] == "Bearer a"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("given", "code"),
    [({"error": "access_denied"}, "consent_denied"), ({"error": "server"}, "consent_failed"),
     ({}, "consent_failed")],
)  # fmt: skip
async def test_a_no_connects_nothing(
    given: dict[str, str], code: str, x: Twitter, server: ScriptedServer
) -> None:
    with pytest.raises(Refused) as raised:
        await x.profiles(x.ways[0], visit(server), given)
    assert raised.value.problem.code == code
    assert server.seen == []


@pytest.mark.asyncio
async def test_what_was_not_granted_is_named(x: Twitter, server: ScriptedServer) -> None:
    partly = SCOPES.replace(" media.write", "")
    server.answers(200, {"access_token": "a", "expires_in": 7200, "scope": partly})
    with pytest.raises(ScopesMissing) as raised:
        await x.profiles(x.ways[0], visit(server), {"code": "c"})
    assert raised.value.scopes == ("media.write",)
    assert "media.write" in str(raised.value)


@pytest.mark.asyncio
async def test_a_code_that_is_not_taken(x: Twitter, server: ScriptedServer) -> None:
    server.answers(400, {"error": "invalid_request", "error_description": "The code is spent."})
    with pytest.raises(Refused, match="The code is spent"):
        await x.profiles(x.ways[0], visit(server), {"code": "c"})


@pytest.mark.asyncio
async def test_without_app_keys_nobody_is_disconnected(x: Twitter, server: ScriptedServer) -> None:
    login = replace(with_secrets(server, refresh_token="r"), app=None)
    with pytest.raises(NotPublished) as raised:
        await x.refresh(login)
    assert raised.value.problem.code == "setup_required"


def with_secrets(server: ScriptedServer, confidential: bool = False, **secrets: str) -> Login:
    app = AppKeys("c", "s" if confidential else "")
    return Login(server.url, "42", "ada", {"access_token": "old", **secrets}, {}, app)


@pytest.mark.asyncio
async def test_refreshing_as_a_public_client(x: Twitter, server: ScriptedServer) -> None:
    server.answers(200, {"access_token": "new", "refresh_token": "next", "expires_in": 7200})
    secrets = await x.refresh(with_secrets(server, refresh_token="r"))
    assert secrets == {
        "access_token": "new",
        "refresh_token": "next",
        "expires_at": "2026-11-22T11:00:00+00:00",
    }
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/2/oauth2/token")
    assert seen.body == b"grant_type=refresh_token&refresh_token=r&client_id=c"
    assert "Authorization" not in seen.headers


@pytest.mark.parametrize(
    ("secrets", "needed"),
    [
        ({}, True),
        ({"access_token": "a"}, False),
        ({"access_token": "a", "expires_at": "2026-11-22T09:03:00+00:00"}, False),
        ({"access_token": "a", "expires_at": "2026-11-22T09:01:00+00:00"}, False),
        (
            {"access_token": "a", "refresh_token": "r", "expires_at": "2026-11-22T09:01:00+00:00"},
            True,
        ),
        (
            {"access_token": "a", "refresh_token": "r", "expires_at": "2026-11-22T09:03:00+00:00"},
            False,
        ),
    ],
)
def test_a_token_is_renewed_before_it_ends(
    secrets: dict[str, str], needed: bool, x: Twitter
) -> None:
    assert x.needs_refresh(Login("http://127.0.0.1", "42", "ada", secrets), NOW) is needed


@pytest.mark.asyncio
async def test_refreshing_as_a_confidential_client(x: Twitter, server: ScriptedServer) -> None:
    server.answers(200, {"access_token": "new"})
    login = with_secrets(server, confidential=True, refresh_token="r")
    assert (await x.refresh(login))["refresh_token"] == "r"
    (seen,) = server.seen
    assert b64decode(seen.headers["Authorization"].removeprefix("Basic ")) == b"c:s"
    assert b"client_id" not in seen.body


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_request", "error_description": "… invalid."}, LoginRevoked),
        (400, {"error": "invalid_grant"}, LoginRevoked),
        (401, {"error": "invalid_client"}, NotPublished),
        (429, {}, RateLimited),
        (500, "<html>", NotPublished),
        (200, {}, NotPublished),
    ],
)
async def test_a_refresh_that_fails(
    status: int, body: Any, error: type[PlatformError], x: Twitter, server: ScriptedServer
) -> None:
    server.answers(status, body)
    with pytest.raises(PlatformError) as raised:
        await x.refresh(with_secrets(server, refresh_token="r"))
    assert type(raised.value) is error


@pytest.mark.asyncio
async def test_a_refresh_that_is_lost_does_not_disconnect(
    x: Twitter, server: ScriptedServer
) -> None:
    server.drops()
    with pytest.raises(NotPublished):
        await x.refresh(with_secrets(server, refresh_token="r"))


@pytest.mark.asyncio
async def test_without_a_refresh_token_a_person_is_needed(
    x: Twitter, server: ScriptedServer
) -> None:
    with pytest.raises(LoginRevoked):
        await x.refresh(with_secrets(server))
    assert server.seen == []
