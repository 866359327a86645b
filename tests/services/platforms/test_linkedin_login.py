"""Signing in to LinkedIn: a person, their pages, tokens that lag, end, or are renewed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from postclock.http import Http
from postclock.sandbox.app import Sandbox, create_sandbox
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    Refused,
    ScopesMissing,
)
from postclock.services.platforms.connecting import AppKeys, Lasting, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.linkedin import LinkedIn
from postclock.services.platforms.linkedin_login import MEMBER, ORGANIZATION

from .scripted import NOW, OwnedClock, ScriptedServer
from .test_sandbox import serve

__all__ = ["serve"]

BACK = "https://posts.example.org/api/v1/oauth/linkedin/callback"
DAY = timedelta(days=1)
TOKENS = {"access_token": "a", "expires_in": 5184000, "scope": "openid,profile,w_member_social"}
LAGS = {"status": 401, "code": "REVOKED_ACCESS_TOKEN", "serviceErrorCode": 65601}


@pytest.fixture
def linkedin(http: Http, clock: OwnedClock) -> LinkedIn:
    return LinkedIn(http, clock)


def visit(server: ScriptedServer, client: str = "client") -> Visit:
    hosts = {"web": "https://www.linkedin.com", "oauth": server.url}
    return Visit(server.url, hosts, BACK, "st/te", app=AppKeys(client, "secret"))


@pytest.mark.parametrize("way", LinkedIn.ways)
def test_the_way_out_asks_for_what_is_needed(
    way: Way, linkedin: LinkedIn, http: Http, clock: OwnedClock, server: ScriptedServer
) -> None:
    url = urlsplit(linkedin.authorize_url(way, visit(server)))
    query = {name: value[0] for name, value in parse_qs(url.query).items()}
    assert (url.netloc, url.path) == ("www.linkedin.com", "/oauth/v2/authorization")
    assert query == {
        "response_type": "code", "client_id": "client", "redirect_uri": BACK, "state": "st/te",
        "scope": " ".join(way.scopes),
    }  # fmt: skip
    more = LinkedIn(http, clock, {"comment_scopes": "on"}).authorize_url(way, visit(server))
    assert "_social_feed" in more


@pytest.mark.asyncio
async def test_a_person_is_found_although_the_token_lags(
    linkedin: LinkedIn, server: ScriptedServer
) -> None:
    server.answers(200, TOKENS)
    for _ in range(3):
        server.answers(401, LAGS)
    me = {"sub": "782bbtaQ", "name": "Ada Lovelace", "picture": "https://i.test/a"}
    server.answers(200, me)
    [profile] = await linkedin.profiles(MEMBER, visit(server), {"code": "c0de"})
    assert (profile.remote_id, profile.handle) == ("782bbtaQ", "Ada Lovelace")
    assert (profile.avatar_url, profile.scopes) == ("https://i.test/a", MEMBER.scopes)
    assert linkedin.lasting(profile.secrets) == Lasting(ends_at=NOW + 60 * DAY)
    form = {name: value[0] for name, value in parse_qs(server.seen[0].body.decode()).items()}
    assert form == {
        "grant_type": "authorization_code", "code": "c0de", "redirect_uri": BACK,
        "client_id": "client", "client_secret": "secret",
    }  # fmt: skip
    assert server.seen[0].path == "/oauth/v2/accessToken"
    assert [seen.path for seen in server.seen[1:]] == ["/v2/userinfo"] * 4


@pytest.mark.asyncio
async def test_a_token_that_stays_revoked_is_believed(
    linkedin: LinkedIn, server: ScriptedServer
) -> None:
    server.answers(200, TOKENS)
    for _ in range(4):
        server.answers(401, LAGS)
    with pytest.raises(Refused) as raised:
        await linkedin.profiles(MEMBER, visit(server), {"code": "c"})
    assert raised.value.problem.code == "consent_failed"
    assert len(server.seen) == 5


@pytest.mark.asyncio
async def test_pages_with_a_role_that_may_post(linkedin: LinkedIn, server: ScriptedServer) -> None:
    server.answers(200, {**TOKENS, "scope": " ".join(ORGANIZATION.scopes)})
    roles = {1: "ADMINISTRATOR", 2: "ANALYST", 3: "CONTENT_ADMINISTRATOR"}
    elements = [{"organization": f"urn:li:organization:{n}", "role": r} for n, r in roles.items()]
    elements += [
        {"organizationTarget": "urn:li:organization:2", "role": "CONTENT_ADMIN"},
        {"organization": "urn:li:organization:4", "role": "ANALYST"},
        {"organization": "urn:li:organizationBrand:5", "role": "ADMINISTRATOR"},
    ]
    server.answers(200, {"elements": elements})
    server.answers(200, {"localizedName": "Acme", "vanityName": "acme"})
    server.answers(200, {"name": {"localized": {"en_US": "Two"}}})
    server.answers(403)
    server.answers(200, {"localizedName": "Four"})
    found = await linkedin.profiles(ORGANIZATION, visit(server), {"code": "c"})
    assert [(one.remote_id, one.handle, one.name, bool(one.problem)) for one in found] == [
        ("urn:li:organization:1", "acme", "Acme", False),
        ("urn:li:organization:2", "Two", "Two", False),
        ("urn:li:organization:3", "Organisation 3", "Organisation 3", False),
        ("urn:li:organization:4", "Four", "Four", True),
    ]
    assert "ANALYST" in found[3].problem
    assert server.seen[1].query == {"q": "roleAssignee", "state": "APPROVED", "count": "100"}


@pytest.mark.asyncio
async def test_nothing_to_connect_is_told(linkedin: LinkedIn, server: ScriptedServer) -> None:
    granted = {**TOKENS, "scope": " ".join(ORGANIZATION.scopes)}
    for status, body, words in ((200, {"elements": list[str]()}, "no page"), (403, {}, "HTTP 403")):
        server.answers(200, granted)
        server.answers(status, body)
        with pytest.raises(Refused, match=words):
            await linkedin.profiles(ORGANIZATION, visit(server), {"code": "c"})
    server.answers(200, TOKENS)
    with pytest.raises(ScopesMissing) as raised:
        await linkedin.profiles(ORGANIZATION, visit(server), {"code": "c"})
    assert raised.value.scopes == ORGANIZATION.scopes
    for given in ({"error": "user_cancelled_login"}, {"error": "user_cancelled_authorize"}):
        with pytest.raises(Refused) as denied:
            await linkedin.profiles(MEMBER, visit(server), given)
        assert denied.value.problem.code == "consent_denied"


@pytest.mark.asyncio
async def test_only_a_refresh_token_renews(
    linkedin: LinkedIn, server: ScriptedServer, clock: OwnedClock
) -> None:
    more = {"refresh_token": "r", "refresh_token_expires_in": 31536000}
    server.answers(200, {**TOKENS, **more})
    server.answers(200, {"sub": "a"})
    went = visit(server)
    [profile] = await linkedin.profiles(MEMBER, went, {"code": "c"})
    year = NOW + 365 * DAY
    assert linkedin.lasting(profile.secrets) == Lasting(NOW + 53 * DAY, year)
    login = Login(server.url, "a", "a", profile.secrets, went.hosts, went.app)
    clock.at = NOW + 53 * DAY
    assert linkedin.needs_refresh(login, clock.at)
    server.answers(200, {"access_token": "b", "expires_in": 5184000})
    fresh = await linkedin.refresh(login)
    assert (fresh["access_token"], fresh["refresh_token"]) == ("b", "r")
    assert linkedin.lasting(fresh) == Lasting(NOW + 106 * DAY, year)
    late = {**fresh, "expires_at": (year + 30 * DAY).isoformat()}
    assert linkedin.lasting(late) == Lasting(ends_at=year + 30 * DAY)
    server.answers(503)
    with pytest.raises(NotPublished):
        await linkedin.refresh(login)
    server.answers(400, {"error": "invalid_grant"})
    with pytest.raises(LoginRevoked):
        await linkedin.refresh(login)
    bare = replace(login, secrets={"access_token": "a"})
    with pytest.raises(LoginRevoked):
        await linkedin.refresh(bare)
    with pytest.raises(NotPublished) as raised:
        await linkedin.refresh(replace(login, app=None))
    assert raised.value.problem.code == "setup_required"


# --- through the twin's consent page -------------------------------------------------------------


@dataclass
class Pretend:
    """The twin, and the way there."""

    url: str
    sandbox: Sandbox

    def visit(self, client: str = "client") -> Visit:
        hosts = {name: f"{self.url}/{name}" for name in ("web", "oauth")}
        return Visit(self.url, hosts, BACK, "state", app=AppKeys(client, "secret"))

    async def consented(self, url: str, decision: str = "approve") -> dict[str, str]:
        form = {"profile": "ada", "decision": decision}
        async with (
            aiohttp.ClientSession() as browser,
            browser.post(url, data=form, allow_redirects=False) as answer,
        ):
            query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return {name: value[0] for name, value in query.items()}


@pytest.fixture
def pretend(serve: Callable[[Sandbox], str], clock: OwnedClock) -> Iterator[Pretend]:
    with closing(create_sandbox(clock=clock)) as sandbox:
        yield Pretend(f"{serve(sandbox)}/linkedin", sandbox)


async def connected(
    pretend: Pretend, linkedin: LinkedIn, way: Way, client: str = "client"
) -> list[tuple[Profile, Login]]:
    went = pretend.visit(client)
    given = await pretend.consented(linkedin.authorize_url(way, went))
    assert given["state"] == "state"
    found = await linkedin.profiles(way, went, given)
    return [
        (one, Login(pretend.url, one.remote_id, one.handle, one.secrets, went.hosts, went.app))
        for one in found
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("way", LinkedIn.ways)
async def test_every_way_leads_to_a_post(way: Way, pretend: Pretend, linkedin: LinkedIn) -> None:
    posting = [login for one, login in await connected(pretend, linkedin, way) if not one.problem]
    assert len(posting) == (1 if way is MEMBER else 2)
    for login in posting:
        receipt = await linkedin.publish(login, Draft("Hello"), {})
        [entry] = pretend.sandbox.ledger.entries("linkedin", login.remote_id)
        assert (entry.id, entry.text, entry.handle) == (receipt.remote_id, "Hello", login.handle)


@pytest.mark.asyncio
async def test_a_no_on_the_page(pretend: Pretend, linkedin: LinkedIn) -> None:
    went = pretend.visit()
    given = await pretend.consented(linkedin.authorize_url(MEMBER, went), "deny")
    with pytest.raises(Refused) as raised:
        await linkedin.profiles(MEMBER, went, given)
    assert raised.value.problem.code == "consent_denied"


@pytest.mark.asyncio
@pytest.mark.parametrize("client", ["client", "a-partner"])
async def test_after_sixty_days(
    client: str, pretend: Pretend, linkedin: LinkedIn, clock: OwnedClock
) -> None:
    [(_, login)] = await connected(pretend, linkedin, MEMBER, client)
    clock.at += 60 * DAY
    with pytest.raises(LoginExpired):
        await linkedin.publish(login, Draft("Hello"), {})
    if client == "client":
        with pytest.raises(LoginRevoked):
            await linkedin.refresh(login)
        return
    login = replace(login, secrets=await linkedin.refresh(login))
    await linkedin.publish(login, Draft("Hello"), {})
    assert linkedin.lasting(login.secrets).ends_at == NOW + 365 * DAY
    pretend.sandbox.grants["linkedin"].revoke(login.remote_id)
    clock.at += DAY
    with pytest.raises(LoginRevoked):
        await linkedin.publish(login, Draft("Hello again"), {})
    with pytest.raises(LoginRevoked):
        await linkedin.refresh(login)
