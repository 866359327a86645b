"""Every client against its twin, over real HTTP: published, lost, found, refused."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import uvicorn

from postclock.http import Http
from postclock.sandbox.app import Sandbox, create_sandbox
from postclock.sandbox.credentials import SandboxAccount, sandbox_account
from postclock.sandbox.ledger import Entry
from postclock.sandbox.linkedin_pages import pages_of
from postclock.scheduler.model import Absent, Found, NotSeen
from postclock.services.platforms.base import (
    Duplicate,
    Login,
    LoginExpired,
    LoginRevoked,
    OutcomeUnknown,
    Platform,
    PlatformError,
    RateLimited,
)
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.registry import PLATFORMS, build_platforms

from .scripted import OwnedClock

DEADLINE = 10.0
NONE: frozenset[str] = frozenset()
TEXTS = (
    "Hello",
    "Héllo & <you> 🌍 see https://example.com/a?b=c#d and example.org #tag @ada@example.org",
    "&amp; &copy; 'quoted' \"twice\"\n\nnew paragraph\nand line",
    "日本語 http://example.com 👨‍👩‍👧‍👦 e\u0301",
)


@dataclass
class Stage:
    """A client, a login at its twin, and the sandbox behind it."""

    platform: Platform
    login: Login
    sandbox: Sandbox
    clock: OwnedClock

    def plan(self, draft: Draft, key: str = "key") -> Mapping[str, object]:
        return self.platform.plan(self.login, draft, {}, key, self.clock.now())

    def fail(self, fault: str) -> None:
        self.sandbox.faults.add({"platform": self.platform.name, "fault": fault})

    def time_passes(self) -> None:
        """As long as the platform may take to show what it accepted."""
        self.clock.at += self.platform.capabilities.read_lag

    def entries(self) -> list[Entry]:
        return list(self.sandbox.ledger.entries(self.platform.name, None))


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Sandbox], str]]:
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Sandbox) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in servers:
        server.should_exit = server.force_exit = True
        thread.join(DEADLINE)
        assert not thread.is_alive()


WITH_TEXT = [platform.name for platform in PLATFORMS if not platform.capabilities.needs_media]
"""The others are met with media alone: by the conformance suite, and in tests of their own."""


@pytest.fixture(params=WITH_TEXT)
def stage(
    request: pytest.FixtureRequest,
    serve: Callable[[Sandbox], str],
    http: Http,
    clock: OwnedClock,
) -> Iterator[Stage]:
    name: str = request.param
    with closing(create_sandbox(clock=clock)) as sandbox:
        remote_id, handle, secrets = sandbox_account(name, "acme")
        if name == "linkedin":  # a person's posts cannot be read there, a page's can
            remote_id = pages_of(SandboxAccount(name, remote_id, handle))[0].urn
        login = Login(f"{serve(sandbox)}/{name}", remote_id, handle, secrets)
        yield Stage(build_platforms(http, clock)[name], login, sandbox, clock)


async def signed_in(stage: Stage) -> None:
    """Refresh where the platform asks for it, as the pipeline does."""
    try:
        await stage.platform.publish(stage.login, Draft("signing in"), stage.plan(Draft("x"), "s"))
    except LoginExpired:
        secrets = await stage.platform.refresh(stage.login)
        stage.login = replace(stage.login, secrets=secrets)
    else:
        stage.clock.at += timedelta(minutes=2)


async def lost(stage: Stage, draft: Draft, fault: str, answered: bool) -> Mapping[str, object]:
    """Publish with this fault; the outcome is unknown. Gives what was planned."""
    staged = stage.plan(draft)
    stage.fail(fault)
    with pytest.raises(OutcomeUnknown) as raised:
        await stage.platform.publish(stage.login, draft, staged)
    assert raised.value.answered is answered
    return staged


@pytest.mark.asyncio
@pytest.mark.parametrize("text", TEXTS)
async def test_a_text_is_published_as_it_is_and_found_again(stage: Stage, text: str) -> None:
    await signed_in(stage)
    draft = Draft(text)
    since = stage.clock.now()
    staged = stage.plan(draft)
    receipt = await stage.platform.publish(stage.login, draft, staged)
    assert (stage.entries()[-1].text, stage.entries()[-1].id) == (text, receipt.remote_id)
    stage.time_passes()
    sighting = await stage.platform.find(stage.login, draft, staged, since, NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == receipt.remote_id
    assert sighting.receipt.permalink == receipt.permalink


@pytest.mark.asyncio
async def test_a_lost_answer_is_found_and_not_sent_again(stage: Stage) -> None:
    await signed_in(stage)
    before, since, draft = len(stage.entries()), stage.clock.now(), Draft(TEXTS[1])
    staged = await lost(stage, draft, "commit_then_drop", answered=False)
    stage.time_passes()
    sighting = await stage.platform.find(stage.login, draft, staged, since, NONE)
    assert isinstance(sighting, Found)
    assert [entry.id for entry in stage.entries()[before:]] == [sighting.receipt.remote_id]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "answered"), [("drop_before_commit", False), ("server_error", True)]
)
async def test_what_never_arrived_is_not_found(stage: Stage, fault: str, answered: bool) -> None:
    await signed_in(stage)
    since, draft = stage.clock.now(), Draft("never there")
    staged = await lost(stage, draft, fault, answered)
    stage.time_passes()
    sighting = await stage.platform.find(stage.login, draft, staged, since, NONE)
    provable = stage.platform.name in ("bluesky", "mastodon")
    assert sighting == (Absent() if provable else NotSeen())
    await stage.platform.publish(stage.login, draft, staged)
    assert [entry.text for entry in stage.entries()].count("never there") == 1


@pytest.mark.asyncio
async def test_a_rate_limit_says_until_when(stage: Stage) -> None:
    await signed_in(stage)
    stage.fail("rate_limit")
    with pytest.raises(RateLimited) as raised:
        await stage.platform.publish(stage.login, Draft("x"), stage.plan(Draft("x")))
    assert raised.value.until is not None
    wait = raised.value.until - stage.clock.now()
    assert timedelta(seconds=2) <= wait <= timedelta(minutes=1)


@pytest.mark.asyncio
async def test_the_same_request_twice_is_one_post(stage: Stage) -> None:
    await signed_in(stage)
    since, draft = stage.clock.now(), Draft("only once")
    staged = stage.plan(draft)
    first = await stage.platform.publish(stage.login, draft, staged)
    try:
        again = await stage.platform.publish(stage.login, draft, staged)
        assert again.remote_id == first.remote_id
    except (Duplicate, OutcomeUnknown):
        stage.time_passes()
        sighting = await stage.platform.find(stage.login, draft, staged, since, NONE)
        assert isinstance(sighting, Found)
        assert sighting.receipt.remote_id == first.remote_id
    assert [entry.text for entry in stage.entries()].count("only once") == 1


@pytest.mark.asyncio
async def test_a_wrong_token_needs_a_login(stage: Stage) -> None:
    await signed_in(stage)
    secrets = {name: f"wrong-{value}" for name, value in stage.login.secrets.items()}
    wrong = replace(stage.login, secrets=secrets)
    with pytest.raises((LoginExpired, LoginRevoked)):
        await stage.platform.publish(wrong, Draft("x"), stage.plan(Draft("x")))
    with pytest.raises(LoginRevoked):
        await stage.platform.refresh(wrong)


@pytest.mark.asyncio
async def test_what_the_check_lets_pass_the_twin_takes_and_no_more(stage: Stage) -> None:
    await signed_in(stage)
    limit = stage.platform.capabilities.text.maximum
    longest = Draft("see https://example.com/" + "a" * 40 + " ")
    longest = Draft(longest.text + "b" * (limit - stage.platform.count(longest.text)))
    assert (stage.platform.check(longest), stage.platform.count(longest.text)) == ([], limit)
    await stage.platform.publish(stage.login, longest, stage.plan(longest, "longest"))
    over = Draft(longest.text + "b")
    assert [found.code for found in stage.platform.check(over)] == ["text_too_long"]
    with pytest.raises(PlatformError) as raised:
        await stage.platform.publish(stage.login, over, stage.plan(over, "over"))
    assert raised.value.problem.code == "refused"
