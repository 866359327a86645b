"""How TikTok is signed in to: consent, flat errors, tokens that rotate."""

from __future__ import annotations

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
    Refused,
    ScopesMissing,
)
from postclock.services.platforms.connecting import AppKeys, Visit
from postclock.services.platforms.tiktok import TikTok

from .scripted import NOW, OwnedClock, ScriptedServer
from .test_tiktok import no, yes

KEYS = AppKeys("key", "secret")
SCOPES = "user.info.basic,video.publish,video.upload,user.info.profile,video.list"
TOKENS = {
    "open_id": "o7", "scope": SCOPES, "access_token": "act.1", "refresh_token": "rft.1",
    "expires_in": 7200, "refresh_expires_in": 15_552_000, "token_type": "Bearer",
}  # fmt: skip
USER = {"open_id": "o7", "display_name": "Grace H", "username": "grace", "avatar_url": "https://a"}
DEAD = {"error": "invalid_grant", "error_description": "Refresh token is expired.", "log_id": "l"}


@pytest.fixture
def tiktok(http: Http, clock: OwnedClock) -> TikTok:
    return TikTok(http, clock)


def visit(server: ScriptedServer) -> Visit:
    hosts = {"web": "https://www.tiktok.test"}
    return Visit(server.url, hosts, "https://our.test/callback", "state", app=KEYS)


def test_the_consent_page_is_asked_as_tiktok_wants_it(
    tiktok: TikTok, server: ScriptedServer
) -> None:
    url = urlsplit(tiktok.authorize_url(tiktok.ways[0], visit(server)))
    query = {name: value[0] for name, value in parse_qs(url.query).items()}
    assert (url.netloc, url.path) == ("www.tiktok.test", "/v2/auth/authorize/")
    assert query == {
        "client_key": "key", "response_type": "code", "scope": SCOPES, "state": "state",
        "redirect_uri": "https://our.test/callback",
    }  # fmt: skip


async def test_a_code_opens_one_account(tiktok: TikTok, server: ScriptedServer) -> None:
    server.answers(200, TOKENS)
    server.answers(200, yes(user=USER))
    (profile,) = await tiktok.profiles(tiktok.ways[0], visit(server), {"code": "c*1!2"})
    assert (profile.remote_id, profile.handle, profile.name) == ("o7", "grace", "Grace H")
    assert profile.secrets == {
        "access_token": "act.1", "refresh_token": "rft.1",
        "expires_at": (NOW + timedelta(hours=2)).isoformat(),
        "refresh_expires_at": (NOW + timedelta(days=180)).isoformat(),
    }  # fmt: skip
    form = {name: value[0] for name, value in parse_qs(server.seen[0].body.decode()).items()}
    assert form == {
        "client_key": "key", "client_secret": "secret", "code": "c*1!2",
        "grant_type": "authorization_code", "redirect_uri": "https://our.test/callback",
    }  # fmt: skip
    assert "username" in server.seen[1].query["fields"]
    lasting = tiktok.lasting(profile.secrets)
    assert lasting.renew_at == NOW + timedelta(minutes=105)
    assert lasting.ends_at == NOW + timedelta(days=180)


async def test_without_the_profile_the_name_is_that_for_posting(
    tiktok: TikTok, server: ScriptedServer
) -> None:
    server.answers(200, {**TOKENS, "scope": "user.info.basic,video.publish,video.upload"})
    server.answers(200, yes(user={"open_id": "o7", "display_name": "Grace H"}))
    server.answers(200, yes(creator_username="grace"))
    (profile,) = await tiktok.profiles(tiktok.ways[0], visit(server), {"code": "c"})
    assert profile.handle == "grace"
    assert "username" not in server.seen[1].query["fields"]


async def test_what_was_unticked_is_named(tiktok: TikTok, server: ScriptedServer) -> None:
    server.answers(200, {**TOKENS, "scope": "user.info.basic"})
    with pytest.raises(ScopesMissing) as raised:
        await tiktok.profiles(tiktok.ways[0], visit(server), {"code": "c"})
    assert raised.value.scopes == ("video.publish", "video.upload")
    assert "video.publish, video.upload" in str(raised.value)


@pytest.mark.parametrize(
    ("given", "answers", "code"),
    [
        ({"error": "access_denied"}, [], "consent_denied"),
        ({"error": "server_error", "error_description": "Odd"}, [], "consent_failed"),
        ({"code": "c"}, [(200, DEAD)], "consent_failed"),
        ({"code": "c"}, [(400, DEAD)], "consent_failed"),
        ({"code": "c"}, [(200, TOKENS), (401, no("access_token_invalid"))], "consent_failed"),
    ],
)
async def test_a_consent_that_came_to_nothing(
    given: dict[str, str], answers: list[tuple[int, Any]], code: str, tiktok: TikTok,
    server: ScriptedServer,
) -> None:  # fmt: skip
    for answer in answers:
        server.answers(*answer)
    with pytest.raises(Refused) as raised:
        await tiktok.profiles(tiktok.ways[0], visit(server), given)
    assert raised.value.problem.code == code


def login(server: ScriptedServer, app: AppKeys | None = KEYS, **secrets: str) -> Login:
    return Login(server.url, "o7", "grace", secrets, app=app)


async def test_a_renewal_brings_a_new_pair(tiktok: TikTok, server: ScriptedServer) -> None:
    server.answers(200, {**TOKENS, "access_token": "act.2", "refresh_token": "rft.2"})
    fresh = await tiktok.refresh(login(server, access_token="act.1", refresh_token="rft.1"))
    assert (fresh["access_token"], fresh["refresh_token"]) == ("act.2", "rft.2")
    form = parse_qs(server.seen[0].body.decode())
    assert form["grant_type"] == ["refresh_token"]
    assert form["refresh_token"] == ["rft.1"]
    assert form["client_key"] == ["key"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, DEAD), LoginRevoked),
        ((400, DEAD), LoginRevoked),
        ((200, {"error": "server_error"}), NotPublished),
        ((500, ""), NotPublished),
        ((200, {}), NotPublished),
    ],
)
async def test_only_a_dead_refresh_token_ends_a_login(
    answer: tuple[int, Any], error: type[PlatformError], tiktok: TikTok, server: ScriptedServer
) -> None:
    server.answers(*answer)
    with pytest.raises(error):
        await tiktok.refresh(login(server, access_token="act.1", refresh_token="rft.1"))


async def test_what_cannot_be_renewed(tiktok: TikTok, server: ScriptedServer) -> None:
    with pytest.raises(LoginRevoked):
        await tiktok.refresh(login(server, access_token="act.1"))
    with pytest.raises(NotPublished) as raised:
        await tiktok.refresh(login(server, None, access_token="act.1", refresh_token="rft.1"))
    assert raised.value.problem.code == "setup_required"
    assert not tiktok.needs_refresh(login(server, access_token="act.1"), NOW)
    assert server.seen == []
