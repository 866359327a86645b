"""How a Mastodon account is connected: at the twin in full, and what servers may answer instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from postclock.http import Http
from postclock.sandbox.app import Sandbox, create_sandbox
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    PlatformError,
    Refused,
    ScopesMissing,
)
from postclock.services.platforms.connecting import AppKeys, Lasting, Profile, Visit
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.mastodon import Mastodon
from postclock.services.platforms.mastodon_connecting import SERVER
from postclock.services.platforms.oauth2 import new_verifier

from .scripted import OwnedClock, ScriptedServer
from .test_sandbox import serve

__all__ = ["serve"]

BACK = "https://postclock.test/api/v1/oauth/mastodon/callback"


@pytest.fixture
def mastodon(http: Http, clock: OwnedClock) -> Mastodon:
    return Mastodon(http, clock)


@pytest.fixture
def twin(serve: Callable[[Sandbox], str], clock: OwnedClock) -> Iterator[str]:
    with closing(create_sandbox(clock=clock)) as sandbox:
        yield f"{serve(sandbox)}/mastodon"


def visit_to(url: str, **more: Any) -> Visit:
    given: dict[str, Any] = {"state": "state-1", "verifier": new_verifier()}
    return Visit(url, {"web": f"{url}/web"}, BACK, server="https://example.social", **given | more)


async def consent(http: Http, page: str, **form: str) -> dict[str, str]:
    """What a browser brings back once somebody has decided."""
    assert b"Pretend Mastodon" in (await http.request("GET", page)).body
    answer = await http.request("POST", page, form={"profile": "ada", **form})
    assert answer.status == 302, answer.body
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    return dict(parse_qsl(back.query))


async def connected(mastodon: Mastodon, http: Http, url: str) -> tuple[Profile, Visit]:
    visit = visit_to(url)
    visit = replace(visit, app=await mastodon.register(visit))
    page = mastodon.authorize_url(SERVER, visit)
    given = await consent(http, page, decision="approve")
    assert given["state"] == "state-1"
    [profile] = await mastodon.profiles(SERVER, visit, given)
    return profile, visit


async def test_an_account_is_connected_and_publishes(
    mastodon: Mastodon, http: Http, twin: str, clock: OwnedClock
) -> None:
    profile, _ = await connected(mastodon, http, twin)
    assert (profile.handle, profile.name) == ("ada@example.social", "Ada")
    assert profile.server == "https://example.social"
    assert set(profile.scopes) == set(SERVER.scopes)
    assert mastodon.lasting(profile.secrets) == Lasting()
    login = Login(twin, profile.remote_id, profile.handle, profile.secrets)
    draft = Draft("connected")
    receipt = await mastodon.publish(login, draft, mastodon.plan(login, draft, {}, "k", clock.at))
    assert receipt.remote_id


async def test_a_code_is_good_once_and_with_its_secret_only(
    mastodon: Mastodon, http: Http, twin: str
) -> None:
    visit = visit_to(twin)
    visit = replace(visit, app=await mastodon.register(visit))
    given = await consent(http, mastodon.authorize_url(SERVER, visit), decision="approve")
    with pytest.raises(Refused, match="authorization grant is invalid"):
        await mastodon.profiles(SERVER, replace(visit, verifier="another"), given)
    with pytest.raises(Refused):
        await mastodon.profiles(SERVER, visit, given)
    wrong = replace(visit, app=AppKeys(visit.app.client_id if visit.app else "", "wrong"))
    with pytest.raises(Refused, match="Client authentication failed"):
        await mastodon.profiles(SERVER, wrong, given)


async def test_whoever_says_no_is_not_connected(mastodon: Mastodon, http: Http, twin: str) -> None:
    visit = visit_to(twin)
    visit = replace(visit, app=await mastodon.register(visit))
    given = await consent(http, mastodon.authorize_url(SERVER, visit), decision="deny")
    with pytest.raises(Refused, match="was not allowed to connect") as raised:
        await mastodon.profiles(SERVER, visit, given)
    assert raised.value.problem.code == "consent_denied"


async def test_a_token_taken_back_disconnects(
    mastodon: Mastodon, http: Http, twin: str, clock: OwnedClock
) -> None:
    profile, visit = await connected(mastodon, http, twin)
    assert visit.app
    form = {"client_id": visit.app.client_id, "client_secret": visit.app.client_secret}
    form["token"] = profile.secrets["access_token"]
    answer = await http.request("POST", f"{twin}/oauth/revoke", form=form)
    assert (answer.status, answer.json()) == (200, {})
    login, draft = Login(twin, profile.remote_id, profile.handle, profile.secrets), Draft("x")
    with pytest.raises(LoginRevoked, match="was revoked"):
        await mastodon.publish(login, draft, mastodon.plan(login, draft, {}, "k", clock.at))


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        ("write:statuses read:accounts", ("write:media", "read:statuses")),
        ("read write:statuses", ("write:media",)),
        ("profile write", ("read:statuses",)),
    ],
)
async def test_what_was_not_granted_is_named(
    scope: str, missing: tuple[str, ...], mastodon: Mastodon, server: ScriptedServer
) -> None:
    server.answers(200, {"access_token": "t", "token_type": "Bearer", "scope": scope})
    visit = visit_to(server.url, app=AppKeys("id", "secret"))
    with pytest.raises(ScopesMissing) as raised:
        await mastodon.profiles(SERVER, visit, {"code": "c"})
    assert raised.value.scopes == missing


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (404, "<html>", Refused, "does not answer as a Mastodon server does"),
        (200, {"client_id": "only"}, Refused, "does not answer as a Mastodon server does"),
        (422, {"error": "Validation failed: Redirect URI"}, Refused, "Validation failed"),
        (429, {"error": "Too many requests"}, NotPublished, "Too many requests"),
        (503, "", NotPublished, "HTTP 503"),
        (301, "", Refused, "does not answer as a Mastodon server does"),
    ],
)
async def test_a_server_that_does_not_register_us(
    status: int, body: Any, error: type[PlatformError], words: str,
    mastodon: Mastodon, server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(status, body)
    with pytest.raises(error, match=words) as raised:
        await mastodon.register(visit_to(server.url))
    assert "example.social" in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)


async def test_a_server_that_cannot_be_reached(mastodon: Mastodon) -> None:
    with pytest.raises(NotPublished, match="could not be reached"):
        await mastodon.register(visit_to("http://127.0.0.1:1"))


def test_a_real_server_shows_its_own_consent_page(mastodon: Mastodon) -> None:
    visit = Visit("https://example.social", {"web": ""}, BACK, app=AppKeys("id"), verifier="v" * 43)
    page = urlsplit(mastodon.authorize_url(SERVER, visit))
    assert (page.netloc, page.path) == ("example.social", "/oauth/authorize")
    query = dict(parse_qsl(page.query))
    assert query["scope"] == "write:statuses write:media read:accounts read:statuses"
    assert query["code_challenge_method"] == "S256"
