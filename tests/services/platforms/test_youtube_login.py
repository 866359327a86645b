"""Connecting a channel: to Google's consent page and back, through the twin, and kept fresh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from postclock.http import Http
from postclock.sandbox.credentials import SandboxAccount
from postclock.services.platforms.base import (
    LoginRevoked,
    NotPublished,
    PlatformError,
    Refused,
    ScopesMissing,
)
from postclock.services.platforms.connecting import AppKeys, Lasting, Visit
from postclock.services.platforms.oauth2 import new_verifier
from postclock.services.platforms.youtube import YouTube

from .pictures import Saves
from .scripted import NOW, OwnedClock, ScriptedServer
from .youtube_stage import YouTubeStage, draft, served

BACK = "https://posts.example.org/api/v1/oauth/youtube/callback"
SCOPE = "https://www.googleapis.com/auth/youtube"
GRANTED = f"{SCOPE}.upload {SCOPE} {SCOPE}.force-ssl"
TOKENS = {"access_token": "a", "refresh_token": "r", "expires_in": 3599, "scope": GRANTED}


@pytest.fixture
def stage(http: Http) -> Iterator[YouTubeStage]:
    with served(http) as one:
        yield one


def visit(stage: YouTubeStage, client_id: str = "app") -> Visit:
    return Visit(
        stage.login.base_url, stage.login.hosts, BACK, "st/te", new_verifier(),
        AppKeys(client_id, "pretend"),
    )  # fmt: skip


async def approved(stage: YouTubeStage, there: Visit, http: Http, **form: str) -> dict[str, str]:
    """What comes back once the consent page was answered with ``form``."""
    url = stage.platform.authorize_url(stage.platform.ways[0], there)
    page = await http.request("GET", url)
    assert page.ok
    assert "force-ssl" in page.text(5000)
    answer = await http.request("POST", url, form=form)
    assert answer.status == 302
    back = urlsplit(answer.headers["Location"])
    assert answer.headers["Location"].startswith(BACK)
    return {name: value[0] for name, value in parse_qs(back.query).items()}


YES = {"decision": "approve", "profile": "ada"}


def scopes(*endings: str) -> dict[str, str]:
    return {"scopes[]": f"{SCOPE}{endings[0]}"} if endings else {}


async def all_allowed(stage: YouTubeStage, there: Visit, http: Http, **form: str) -> dict[str, str]:
    """Everything ticked: as a browser sends it, by the twin's own grants."""
    url = stage.platform.authorize_url(stage.platform.ways[0], there)
    ticked = "&".join(f"scopes%5B%5D={one.replace(':', '%3A')}" for one in GRANTED.split())
    said = "&".join(f"{name}={value}" for name, value in form.items())
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await http.request("POST", url, headers=kind, data=f"{said}&{ticked}".encode())
    back = urlsplit(answer.headers["Location"])
    return {name: value[0] for name, value in parse_qs(back.query).items()}


def test_the_way_out_asks_for_a_login_that_lasts(http: Http, clock: OwnedClock) -> None:
    youtube = YouTube(http, clock)
    hosts = youtube.capabilities.hosts
    there = Visit("", hosts, BACK, "st/te", new_verifier(), AppKeys("app", "secret"))
    url = urlsplit(youtube.authorize_url(youtube.ways[0], there))
    query = {name: value[0] for name, value in parse_qs(url.query).items()}
    assert (url.netloc, url.path) == ("accounts.google.com", "/o/oauth2/v2/auth")
    assert (query["access_type"], query["prompt"]) == ("offline", "consent")
    assert query["include_granted_scopes"] == "true"
    assert query["scope"] == GRANTED
    assert (query["state"], query["redirect_uri"], query["client_id"]) == ("st/te", BACK, "app")
    assert (query["code_challenge_method"], len(query["code_challenge"])) == ("S256", 43)


async def test_a_channel_is_connected_renewed_and_publishes(
    stage: YouTubeStage, http: Http
) -> None:
    there = visit(stage)
    given = await all_allowed(stage, there, http, **YES)
    assert given["state"] == "st/te"
    way = stage.platform.ways[0]
    [profile] = await stage.platform.profiles(way, there, given)
    assert (profile.handle, profile.name) == ("ada", "Ada")
    assert set(profile.scopes) == set(GRANTED.split())
    lasting = stage.platform.lasting(profile.secrets)
    assert lasting == Lasting(stage.clock.now() + timedelta(seconds=3599) - timedelta(minutes=10))
    login = replace(stage.login, remote_id=profile.remote_id, secrets=profile.secrets)
    staged = await stage.platform.stage(login, draft(), {}, Saves(), stage.files)
    stage.clock.at += timedelta(hours=2)
    assert stage.platform.needs_refresh(login, stage.clock.now())
    fresh = await stage.platform.refresh(login)
    assert fresh["refresh_token"] == profile.secrets["refresh_token"]
    assert fresh["access_token"] != profile.secrets["access_token"]
    login = replace(login, secrets=fresh)
    assert not stage.platform.needs_refresh(login, stage.clock.now())
    await stage.platform.publish(login, draft(), staged)
    assert len(stage.entries()) == 1
    with pytest.raises(Refused):  # a code is good once
        await stage.platform.profiles(way, there, given)
    stage.twin.grants.revoke(profile.remote_id)
    with pytest.raises(LoginRevoked) as raised:
        await stage.platform.refresh(login)
    assert raised.value.problem.code == "login_revoked"


async def test_an_app_in_testing_says_when_its_login_ends(stage: YouTubeStage, http: Http) -> None:
    there = visit(stage, "testing-app")
    given = await all_allowed(stage, there, http, **YES)
    [profile] = await stage.platform.profiles(stage.platform.ways[0], there, given)
    ends = stage.clock.now() + timedelta(days=7)
    assert stage.platform.lasting(profile.secrets).ends_at == ends


async def test_what_a_person_does_not_allow(stage: YouTubeStage, http: Http) -> None:
    way, there = stage.platform.ways[0], visit(stage)
    denied = await approved(stage, there, http, decision="deny")
    with pytest.raises(Refused) as raised:
        await stage.platform.profiles(way, there, denied)
    assert raised.value.problem.code == "consent_denied"
    some = await approved(stage, there, http, **YES, **scopes(".upload"))
    with pytest.raises(ScopesMissing) as missing:
        await stage.platform.profiles(way, there, some)
    assert missing.value.scopes == (SCOPE,)
    nobody = await all_allowed(stage, there, http, decision="approve", handle="nochannel")
    with pytest.raises(Refused, match="create one") as raised:
        await stage.platform.profiles(way, there, nobody)
    assert raised.value.problem.code == "no_channel"


async def test_without_the_right_to_comment_a_video_is_published_all_the_same(
    stage: YouTubeStage, http: Http
) -> None:
    token = stage.twin.grants.issue(
        SandboxAccount("youtube", stage.login.remote_id, "acme"), "access",
        (f"{SCOPE}.upload", SCOPE), timedelta(hours=1),
    )  # fmt: skip
    login, what = replace(stage.login, secrets={"access_token": token}), draft(first_comment="1")
    staged = await stage.platform.stage(login, what, {}, Saves(), stage.files)
    receipt = await stage.platform.publish(login, what, staged)
    assert "connect again and allow everything" in receipt.note
    assert len(stage.entries()) == 1


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
         LoginRevoked, "login_revoked"),
        (401, {"error": "invalid_client"}, NotPublished, "not_signed_in"),
        (400, {"error": "unauthorized_client"}, NotPublished, "not_signed_in"),
        (503, "", NotPublished, "not_signed_in"),
        (200, {}, NotPublished, "not_signed_in"),
    ],
)  # fmt: skip
async def test_only_an_explicit_no_ends_a_login(
    status: int, body: Any, error: type[PlatformError], code: str, http: Http, clock: OwnedClock,
    server: ScriptedServer, stage: YouTubeStage,
) -> None:  # fmt: skip
    youtube = YouTube(http, clock)
    login = replace(
        stage.login,
        hosts={"token": server.url},
        secrets={"access_token": "a", "refresh_token": "r"},
    )
    server.answers(status, body)
    with pytest.raises(PlatformError) as raised:
        await youtube.refresh(login)
    assert (type(raised.value), raised.value.problem.code) == (error, code)
    asked = parse_qs(server.seen[0].body.decode())
    assert asked == {
        "grant_type": ["refresh_token"], "refresh_token": ["r"], "client_id": ["app"],
        "client_secret": ["pretend"],
    }  # fmt: skip


async def test_a_login_that_cannot_be_renewed(
    http: Http, clock: OwnedClock, stage: YouTubeStage
) -> None:
    youtube = YouTube(http, clock)
    with pytest.raises(LoginRevoked):
        await youtube.refresh(stage.login)
    keyless = replace(stage.login, app=None, secrets={"access_token": "a", "refresh_token": "r"})
    with pytest.raises(NotPublished) as raised:
        await youtube.refresh(keyless)
    assert raised.value.problem.code == "setup_required"
    assert youtube.lasting({"access_token": "for ever"}) == Lasting()


@pytest.mark.parametrize(
    ("tokens", "channel", "code"),
    [
        ((200, {**TOKENS, "refresh_token": ""}), None, "consent_failed"),
        ((400, {"error": "invalid_grant"}), None, "consent_failed"),
        ((200, TOKENS), (200, {"items": []}), "no_channel"),
        ((200, TOKENS), (200, {}), "no_channel"),
        ((200, TOKENS), (401, {"error": {"errors": [{"reason": "youtubeSignupRequired"}]}}),
         "no_channel"),
        ((200, TOKENS), (403, {"error": {"errors": [{"reason": "accessNotConfigured"}]}}),
         "consent_failed"),
    ],
)  # fmt: skip
async def test_what_can_go_wrong_on_the_way_back(
    tokens: tuple[int, Any], channel: tuple[int, Any] | None, code: str,
    http: Http, clock: OwnedClock, server: ScriptedServer,
) -> None:  # fmt: skip
    youtube = YouTube(http, clock)
    there = Visit(server.url, {"token": server.url}, BACK, "s", "v" * 43, AppKeys("app", "s"))
    server.answers(*tokens)
    if channel:
        server.answers(*channel)
    with pytest.raises(Refused) as raised:
        await youtube.profiles(youtube.ways[0], there, {"code": "c0de"})
    assert raised.value.problem.code == code
    assert parse_qs(server.seen[0].body.decode())["code_verifier"] == ["v" * 43]
    assert clock.now() == NOW
