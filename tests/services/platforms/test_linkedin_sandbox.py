"""LinkedIn's client meets its twin: what the conformance suite does not ask of every platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

import pytest

from postclock.http import Http
from postclock.sandbox.app import Sandbox, create_sandbox
from postclock.sandbox.credentials import SandboxAccount, sandbox_account
from postclock.sandbox.ledger import Entry
from postclock.sandbox.linkedin_pages import pages_of
from postclock.scheduler.model import CannotTell, Found, NotSeen
from postclock.services.platforms.base import (
    Duplicate,
    Login,
    LoginRevoked,
    OutcomeUnknown,
    RateLimited,
)
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.linkedin import LinkedIn
from tests.conformance.driver import JumpingClock
from tests.fixtures.files import HeldFiles

from .pictures import Crashed, Saves
from .test_sandbox import serve

__all__ = ["serve"]

pytestmark = pytest.mark.asyncio

NONE: frozenset[str] = frozenset()
PERSON, HANDLE, SECRETS = sandbox_account("linkedin", "acme")
PAGES = pages_of(SandboxAccount("linkedin", PERSON, HANDLE))
PIECE = 4 << 20
CONTENT = b"\x00\x00\x00\x18ftypmp42" + bytes(2 * PIECE) + b"the end"
FILM = Media(
    UUID(int=9), "video/mp4", len(CONTENT), 1080, 1920, "a film", duration=12.0,
    frame_rate=30.0, video_codec="h264",
)  # fmt: skip
WORDS = (
    "Doors (at 9) *now*: {a|b} <c> [d] ~e~ f_g \\ #news #a_b C# ada@example.org\n"
    "@[Acme (UK)](urn:li:organization:12) https://example.com/a_b?utm_source=x#y 👨‍👩‍👧"
)


@dataclass
class Stage:
    """The twin, its clock, and a client for whoever asks."""

    url: str
    sandbox: Sandbox
    clock: JumpingClock
    http: Http

    def client(self, **tuned: str) -> LinkedIn:
        return LinkedIn(self.http, self.clock, tuned)

    def login(self, remote_id: str = PERSON) -> Login:
        return Login(self.url, remote_id, HANDLE, SECRETS)

    def fail(self, fault: str) -> None:
        self.sandbox.faults.add({"platform": "linkedin", "fault": fault})

    def entries(self, remote_id: str = PERSON) -> list[Entry]:
        return list(self.sandbox.ledger.entries("linkedin", remote_id))


@pytest.fixture
def stage(serve: Callable[[Sandbox], str], http: Http) -> Iterator[Stage]:
    clock = JumpingClock()
    with closing(create_sandbox(clock=clock)) as sandbox:
        yield Stage(f"{serve(sandbox)}/linkedin", sandbox, clock, http)


@pytest.mark.parametrize("author", [PERSON, PAGES[0].urn, PAGES[1].urn])
async def test_nothing_of_a_text_is_cut(author: str, stage: Stage) -> None:
    client, login = stage.client(), stage.login(author)
    receipt = await client.publish(login, Draft(WORDS), {})
    assert [(one.id, one.text) for one in stage.entries(author)] == [(receipt.remote_id, WORDS)]
    if author != PERSON:
        seen = await client.find(login, Draft(WORDS), {}, stage.clock.now(), NONE)
        assert isinstance(seen, Found)


async def test_a_bare_underscore_would_cut_the_link_there(stage: Stage) -> None:
    client = stage.client(link_underscores="bare")
    await client.publish(stage.login(), Draft("https://example.com/a_b?c=1"), {})
    assert stage.entries()[0].text == "https://example.com/a"


async def lost(stage: Stage, client: LinkedIn, fault: str) -> Draft:
    draft = Draft("Only once")
    stage.fail(fault)
    with pytest.raises(OutcomeUnknown):
        await client.publish(stage.login(), draft, {})
    return draft


@pytest.mark.parametrize("fault", ["commit_then_drop", "commit_then_error", "drop_before_commit"])
async def test_a_persons_lost_answer_is_left_to_a_person(fault: str, stage: Stage) -> None:
    client, since = stage.client(), stage.clock.now()
    draft = await lost(stage, client, fault)
    seen = await client.find(stage.login(), draft, {}, since, NONE)
    assert isinstance(seen, CannotTell)
    assert "Look at the profile" in seen.reason


@pytest.mark.parametrize("fault", ["commit_then_drop", "commit_then_error", "drop_before_commit"])
async def test_or_settled_by_the_duplicate_window(fault: str, stage: Stage) -> None:
    client, since, saves = stage.client(duplicate_probe="on"), stage.clock.now(), Saves()
    draft = await lost(stage, client, fault)
    assert await client.find(stage.login(), draft, {}, since, NONE) == NotSeen()
    await stage.clock.sleep(120)
    if fault == "drop_before_commit":
        await client.publish(stage.login(), draft, {}, saves)
    else:
        with pytest.raises(Duplicate):
            await client.publish(stage.login(), draft, {}, saves)
        seen = await client.find(stage.login(), draft, saves.last, since, NONE)
        assert isinstance(seen, Found)
        assert [seen.receipt.remote_id] == [one.id for one in stage.entries()]
    assert [one.text for one in stage.entries()] == ["Only once"]


async def test_the_window_closes(stage: Stage) -> None:
    client = stage.client()
    await client.publish(stage.login(), Draft("Again"), {})
    with pytest.raises(Duplicate) as raised:
        await client.publish(stage.login(), Draft("Again"), {})
    assert stage.entries()[0].id in str(raised.value)
    await stage.clock.sleep(600)
    await client.publish(stage.login(), Draft("Again"), {})
    assert len(stage.entries()) == 2


@pytest.mark.parametrize("author", [PERSON, PAGES[0].urn])
async def test_a_video_is_whole_whenever_its_upload_was_broken_off(
    author: str, stage: Stage
) -> None:
    client, login = stage.client(), stage.login(author)
    files = HeldFiles({FILM.id: CONTENT})
    draft = Draft("A film", (FILM,), options={"title": "A film"})
    assert client.check(draft) == []
    whole = Saves()
    await client.stage(login, draft, {}, whole, files)
    for at in range(1, len(whole.seen) + 1):
        saves = Saves(at)
        with pytest.raises(Crashed):
            await client.stage(login, draft, {}, saves, files)
        done = await client.stage(login, draft, saves.last, Saves(), files)
        receipt = await client.publish(login, replace(draft, text=f"Film {at}"), done)
        assert receipt.remote_id.startswith("urn:li:ugcPost:")
    shown = [(one["sha256"], one["alt"]) for entry in stage.entries(author) for one in entry.media]
    assert shown == [(sha256(CONTENT).hexdigest(), "a film")] * len(whole.seen)


async def test_a_comment_below_and_both_taken_back(stage: Stage) -> None:
    client, login = stage.client(), stage.login()
    draft = Draft("Hello", options={"first_comment": "More (here) *now*"})
    receipt = await client.publish(login, draft, {}, Saves())
    assert not receipt.note
    post, comment = stage.entries()
    assert (comment.text, comment.record["of"]) == ("More (here) *now*", post.id)
    await client.delete(login, post.id)
    await client.delete(login, post.id)
    assert not post.live


async def test_a_page_without_the_right_role(stage: Stage) -> None:
    archive = PAGES[2].urn
    for author in (archive, "urn:li:organization:1"):
        with pytest.raises(LoginRevoked) as raised:
            await stage.client().publish(stage.login(author), Draft("x"), {})
        assert raised.value.problem.code == "permission_missing"


async def test_a_version_that_is_switched_off_is_the_operators(stage: Stage) -> None:
    with pytest.raises(RateLimited) as raised:
        await stage.client(version="202511").publish(stage.login(), Draft("x"), {})
    assert raised.value.problem.code == "operator_version_ended"
    assert "20251101 is not active" in str(raised.value)
