"""Connecting Facebook Pages: through the twin's consent page over real HTTP, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from postclock.http import Http
from postclock.sandbox.app import Sandbox, create_sandbox
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    Refused,
    ScopesMissing,
)
from postclock.services.platforms.connecting import AppKeys, Lasting, Profile, Visit
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.facebook import Facebook

from .graph_cases import body
from .pictures import Saves
from .scripted import NOW, OwnedClock, ScriptedServer
from .test_sandbox import serve

__all__ = ["serve"]

BACK = "https://posts.example.org/api/v1/oauth/facebook/callback"
KEYS = AppKeys("app-1", "secret")


class World:
    """A client, its twin, and somebody with a browser."""

    def __init__(self, http: Http, clock: OwnedClock, url: str, sandbox: Sandbox) -> None:
        self.http, self.clock, self.sandbox = http, clock, sandbox
        self.client = Facebook(http, clock)
        at = Addresses(url, url)
        self.base = at.base_url(self.client, sandbox=True, server=None)
        self.hosts = at.hosts(self.client, sandbox=True)
        self.visit = Visit(self.base, self.hosts, BACK, "st/te", app=KEYS)

    async def consent(self, handle: str = "ada", *, without: str = "", say: str = "approve") -> Any:
        """What comes back with the browser."""
        url = self.client.authorize_url(self.client.ways[0], self.visit)
        asked = dict(parse_qsl(urlsplit(url).query))
        scopes = [scope for scope in asked["scope"].split(",") if scope != without]
        form = [("decision", say), ("handle", handle), *(("scopes[]", one) for one in scopes)]
        answer = await self.http.request(
            "POST", url, data=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        back = urlsplit(answer.headers["Location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
        given = dict(parse_qsl(back.query))
        assert given["state"] == "st/te"
        return given

    async def pages(self, given: Mapping[str, str]) -> dict[str, Profile]:
        found = await self.client.profiles(self.client.ways[0], self.visit, given)
        return {profile.name: profile for profile in found}

    def login(self, page: Profile) -> Login:
        return Login(self.base, page.remote_id, page.handle, page.secrets, self.hosts, KEYS)


@pytest.fixture
def world(http: Http, clock: OwnedClock, serve: Callable[[Sandbox], str]) -> Any:
    with closing(create_sandbox(clock=clock)) as sandbox:
        yield World(http, clock, serve(sandbox), sandbox)


async def test_consent_opens_every_page_with_a_token_of_its_own(world: World) -> None:
    found = await world.pages(await world.consent())
    assert list(found) == ["Ada", "Ada’s club", "Ada’s paper", "Ada’s shop"]
    assert len({page.secrets["access_token"] for page in found.values()}) == 4
    assert {page.kind for page in found.values()} == {"Page"}
    assert [bool(page.problem) for page in found.values()] == [False, True, False, False]
    assert "may not publish" in found["Ada’s club"].problem
    own = found["Ada"]
    assert (own.handle, own.scopes[0]) == ("ada", "business_management")
    assert own.avatar_url
    assert world.client.lasting(own.secrets) == Lasting()
    receipt = await world.client.publish(world.login(own), Draft("Hello"), {}, Saves())
    (entry,) = world.sandbox.ledger.entries("facebook", own.remote_id)
    assert entry.id == receipt.remote_id


def test_the_way_out_names_what_is_wanted(http: Http, clock: OwnedClock) -> None:
    visit = Visit("https://g", {"web": "https://www.facebook.com"}, BACK, "s", app=KEYS)
    tuned = {"more_scopes": "publish_video read_insights", "version": "v25.0"}
    for said, path, more in ((None, "/v26.0/dialog/oauth", ""), (tuned, "/v25.0/dialog/oauth",
                             ",publish_video,read_insights")):  # fmt: skip
        client = Facebook(http, clock, said)
        url = urlsplit(client.authorize_url(client.ways[0], visit))
        query = dict(parse_qsl(url.query))
        assert (url.netloc, url.path) == ("www.facebook.com", path)
        assert query["scope"] == (
            "pages_show_list,pages_manage_posts,pages_read_engagement,"
            f"pages_manage_engagement,business_management{more}"
        )
        assert query["redirect_uri"] == BACK


async def test_what_was_not_allowed_is_told_by_its_name(world: World) -> None:
    with pytest.raises(ScopesMissing) as missing:
        await world.pages(await world.consent(without="pages_manage_posts"))
    assert missing.value.scopes == ("pages_manage_posts",)
    found = await world.pages(await world.consent(without="business_management"))
    assert "Ada’s shop" not in found
    with pytest.raises(Refused) as denied:
        await world.pages(await world.consent(say="deny"))
    assert denied.value.problem.code == "consent_denied"


async def test_a_code_is_good_once(world: World) -> None:
    given = await world.consent()
    await world.pages(given)
    with pytest.raises(Refused) as used:
        await world.pages(given)
    assert used.value.problem.code == "consent_failed"


async def test_a_comment_needs_its_permission_and_the_post_stays(world: World) -> None:
    found = await world.pages(await world.consent(without="pages_manage_engagement"))
    said = Draft("Hello", options={"first_comment": "First!"})
    receipt = await world.client.publish(world.login(found["Ada"]), said, {}, Saves())
    assert receipt.remote_id
    assert "pages_manage_engagement" in receipt.note


async def test_a_page_token_that_is_no_longer_good_is_asked_for_anew(world: World) -> None:
    page = (await world.pages(await world.consent()))["Ada"]
    stale = replace(page, secrets={**page.secrets, "access_token": "worn out"})
    with pytest.raises(LoginExpired):
        await world.client.publish(world.login(stale), Draft("Hello"), {}, Saves())
    fresh = replace(stale, secrets=await world.client.refresh(world.login(stale)))
    assert (await world.client.publish(world.login(fresh), Draft("Hello"), {}, Saves())).remote_id


async def test_a_person_must_come_back_when_theirs_has_ended(world: World) -> None:
    page = (await world.pages(await world.consent()))["Ada"]
    world.clock.at += timedelta(days=61)
    receipt = await world.client.publish(world.login(page), Draft("Still good"), {}, Saves())
    assert receipt.remote_id
    with pytest.raises(LoginRevoked):
        await world.client.refresh(world.login(page))


async def test_what_was_taken_back_disconnects(world: World) -> None:
    page = (await world.pages(await world.consent()))["Ada"]
    world.sandbox.grants["facebook"].revoke(page.remote_id)
    with pytest.raises(LoginRevoked):
        await world.client.publish(world.login(page), Draft("Hello"), {}, Saves())


async def test_a_lost_role_disconnects(world: World) -> None:
    secrets = {"access_token": "sandbox-facebook-12345-role_lost"}
    login = Login(world.base, "12345", "role_lost", secrets, world.hosts)
    with pytest.raises(LoginRevoked) as lost:
        await world.client.publish(login, Draft("Hello"), {}, Saves())
    assert lost.value.problem.code == "role_lost"


async def test_a_persons_own_token_publishes_nothing(world: World) -> None:
    page = (await world.pages(await world.consent()))["Ada"]
    login = world.login(page)
    personal = replace(login, secrets={"access_token": page.secrets["user_token"]})
    with pytest.raises(LoginExpired):
        await world.client.publish(personal, Draft("Hello"), {}, Saves())


def scripted(http: Http, clock: OwnedClock, server: ScriptedServer) -> tuple[Facebook, Visit]:
    return Facebook(http, clock), Visit(server.url, {"web": server.url}, BACK, "s", app=KEYS)


def granting(server: ScriptedServer) -> None:
    server.answers(200, {"access_token": "short", "expires_in": 3600})
    server.answers(200, {"access_token": "long", "expires_in": 5_183_944})
    rows = [
        {"permission": name, "status": "granted"}
        for name in ("pages_show_list", "pages_manage_posts", "pages_read_engagement")
    ]
    server.answers(200, {"data": [*rows, {"permission": "read_insights", "status": "declined"}]})


async def test_without_a_page_there_is_nothing_to_connect(
    http: Http, clock: OwnedClock, server: ScriptedServer
) -> None:
    client, visit = scripted(http, clock, server)
    granting(server)
    server.answers(200, {"data": []})
    server.answers(400, body(200, None, "Requires business_management"))
    with pytest.raises(Refused) as none:
        await client.profiles(client.ways[0], visit, {"code": "c"})
    assert none.value.problem.code == "profiles_missing"


async def test_a_page_without_a_token_or_a_name_is_shown_as_it_is(
    http: Http, clock: OwnedClock, server: ScriptedServer
) -> None:
    client, visit = scripted(http, clock, server)
    granting(server)
    page = {"id": "1784", "tasks": ["CREATE_CONTENT"]}
    server.answers(200, {"data": [page, {"id": ""}, 7]})
    server.answers(200, {"data": []})
    [found] = await client.profiles(client.ways[0], visit, {"code": "c"})
    assert (found.remote_id, found.handle, found.avatar_url) == ("1784", "1784", None)
    assert "no token" in found.problem


async def test_who_cannot_be_reached_is_asked_again(
    http: Http, clock: OwnedClock, server: ScriptedServer
) -> None:
    client, visit = scripted(http, clock, server)
    for spoil in (server.drops, lambda: server.answers(500, body(2))):
        granting(server)
        spoil()
        with pytest.raises(NotPublished):
            await client.profiles(client.ways[0], visit, {"code": "c"})
    assert clock.now() == NOW
