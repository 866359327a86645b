"""How a Bluesky account is connected: at the twin in full, and what may come instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from postclock.http import Http
from postclock.sandbox.app import Sandbox, create_sandbox
from postclock.sandbox.bluesky_identity import APP_PASSWORD as PRETEND_PASSWORD
from postclock.services.platforms.base import Login, NotPublished, PlatformError, Refused
from postclock.services.platforms.bluesky import Bluesky
from postclock.services.platforms.bluesky_connecting import APP_PASSWORD
from postclock.services.platforms.connecting import Visit
from postclock.services.platforms.drafting import Draft

from .scripted import OwnedClock, ScriptedServer
from .test_sandbox import serve

__all__ = ["serve"]

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
TYPED = {"identifier": "@Ada.test ", "password": " aaaa-bbbb-cccc-dddd "}
RESOLVE = "GET /xrpc/com.atproto.identity.resolveHandle"
SIGN_IN = "POST /xrpc/com.atproto.server.createSession"


@pytest.fixture
def bluesky(http: Http, clock: OwnedClock) -> Bluesky:
    return Bluesky(http, clock)


@pytest.fixture
def twin(serve: Callable[[Sandbox], str], clock: OwnedClock) -> Iterator[str]:
    with closing(create_sandbox(clock=clock)) as sandbox:
        yield f"{serve(sandbox)}/bluesky"


def visit_to(url: str) -> Visit:
    return Visit(url, {"plc": f"{url}/plc", "video": f"{url}/video"}, "https://postclock.test/back")


def document(server: str) -> dict[str, Any]:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer"}
    return {"id": DID, "service": [{**service, "serviceEndpoint": server}]}


def session(**more: Any) -> dict[str, Any]:
    return {"accessJwt": "a", "refreshJwt": "r", "handle": "ada.test", "did": DID, **more}


async def test_an_account_is_connected_and_publishes(
    bluesky: Bluesky, twin: str, clock: OwnedClock
) -> None:
    typed = {"identifier": "ada.sandbox.test", "password": PRETEND_PASSWORD}
    [profile] = await bluesky.profiles(APP_PASSWORD, visit_to(twin), typed)
    assert (profile.handle, profile.server) == ("ada.sandbox.test", None)
    assert profile.secrets["pds"] == twin
    login = Login(twin, profile.remote_id, profile.handle, profile.secrets)
    assert not bluesky.needs_refresh(login, clock.at)
    draft = Draft("connected")
    await bluesky.publish(login, draft, bluesky.plan(login, draft, {}, "k", clock.at))
    again = await bluesky.refresh(login)
    assert again["refresh_jwt"] != profile.secrets["refresh_jwt"]


@pytest.mark.parametrize(
    ("identifier", "password", "words"),
    [
        ("ada.sandbox.test", "wrong", "does not know this name and app password"),
        ("nobody.example", PRETEND_PASSWORD, "knows no account nobody.example"),
        ("", PRETEND_PASSWORD, "Type the handle"),
        ("ada", PRETEND_PASSWORD, "is no handle"),
        ("did:plc:tooshort", PRETEND_PASSWORD, "is no identifier"),
        (f"did:plc:{'a' * 24}", PRETEND_PASSWORD, "does not know this one"),
    ],
)
async def test_what_was_typed_wrong_is_told(
    identifier: str, password: str, words: str, bluesky: Bluesky, twin: str
) -> None:
    typed = {"identifier": identifier, "password": password}
    with pytest.raises(Refused, match=words):
        await bluesky.profiles(APP_PASSWORD, visit_to(twin), typed)


async def test_an_account_on_a_server_of_its_own_is_connected_there(
    bluesky: Bluesky, server: ScriptedServer
) -> None:
    own = server.url.replace("127.0.0.1", "localhost")
    server.answers(200, {"did": DID})
    server.answers(200, document(own))
    server.answers(200, session(didDoc=document(own)))
    [profile] = await bluesky.profiles(APP_PASSWORD, visit_to(server.url), TYPED)
    assert profile.server == own
    assert profile.secrets == {
        "identifier": DID, "password": "aaaa-bbbb-cccc-dddd", "access_jwt": "a", "refresh_jwt": "r",
        "pds": own,
    }  # fmt: skip
    seen = [f"{one.method} {one.path}" for one in server.seen]
    assert seen == [RESOLVE, f"GET /plc/{DID}", SIGN_IN]
    assert server.seen[0].query == {"handle": "ada.test"}
    assert server.seen[2].headers["Host"] == own.removeprefix("http://")
    assert server.seen[2].json == {"identifier": DID, "password": "aaaa-bbbb-cccc-dddd"}


async def test_bluesky_speaks_for_the_servers_it_runs(
    bluesky: Bluesky, server: ScriptedServer
) -> None:
    shard = "https://morel.us-east.host.bsky.network"
    server.answers(200, {"did": DID})
    server.answers(200, document(shard))
    server.answers(200, session(didDoc=document(shard)))
    [profile] = await bluesky.profiles(APP_PASSWORD, visit_to(server.url), TYPED)
    assert (profile.server, profile.secrets["pds"]) == (None, shard)


async def test_an_address_for_mail_is_known_to_the_server_only(
    bluesky: Bluesky, server: ScriptedServer
) -> None:
    server.answers(200, session())
    typed = {**TYPED, "identifier": "ada@example.org"}
    [profile] = await bluesky.profiles(APP_PASSWORD, visit_to(server.url), typed)
    assert (profile.remote_id, profile.server) == (DID, None)
    assert [one.path for one in server.seen] == [SIGN_IN.removeprefix("POST ")]


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ([(500, "")], NotPublished, "did not look up"),
        ([(200, {"did": DID}), (503, "")], NotPublished, "did not tell its server"),
        ([(200, {"did": DID}), (200, document("ftp://x"))], NotPublished, "did not tell"),
        ([(401, {"error": "AuthFactorTokenRequired"})], Refused, "use an app password"),
        ([(401, {"error": "AccountTakedown"})], Refused, "taken this account down"),
        ([(429, {"error": "RateLimitExceeded"})], NotPublished, "no more logins"),
        ([(502, "")], NotPublished, "gave no session"),
        ([(200, session(did=f"did:plc:{'b' * 24}"))], Refused, "another account"),
        ([(200, session(active=False))], Refused, "not active"),
    ],
)
async def test_what_may_come_instead(
    answers: list[tuple[int, Any]], error: type[PlatformError], words: str,
    bluesky: Bluesky, server: ScriptedServer,
) -> None:  # fmt: skip
    lookups = [(200, {"did": DID}), (200, document(server.url))]
    signs_in = answers[0][0] in (401, 429, 502) or "accessJwt" in answers[0][1]
    for status, body in [*(lookups if signs_in else []), *answers]:
        server.answers(status, body)
    with pytest.raises(error, match=words):
        await bluesky.profiles(APP_PASSWORD, visit_to(server.url), TYPED)
