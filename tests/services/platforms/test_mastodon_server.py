"""The Mastodon client against a server that others wrote: ``mastodon_mock``."""

from __future__ import annotations

import re
import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postclock.clock import HostClock
from postclock.http import Http
from postclock.scheduler.model import Absent, Found, Resume
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
)
from postclock.services.platforms.connecting import Visit
from postclock.services.platforms.drafting import Draft, Segment
from postclock.services.platforms.mastodon import Mastodon
from postclock.services.platforms.oauth2 import new_verifier
from tests.fixtures.files import HeldFiles
from tests.fixtures.pictures import picture

from .pictures import Crashed, Saves
from .pictures import picture as media

START_DEADLINE = 60.0
NONE: frozenset[str] = frozenset()
TOKEN = {"Authorization": "Bearer mock_token"}
TEXT = "Hello & <you> 🌍 see https://example.com/a/b?c=d #tag\n\nnew paragraph\nand line"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mastodon_mock", "serve", "--in-memory"]
    with subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    ) as process:
        try:
            yield listening_at(process)
        finally:
            process.terminate()


def listening_at(process: subprocess.Popen[str]) -> str:
    """The address the server prints once it answers."""
    assert process.stdout is not None
    said = []
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(START_DEADLINE) and (line := process.stdout.readline()):
            said.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                return found[1]
    pytest.fail("mastodon_mock did not start:\n" + "".join(said), pytrace=False)


async def account(http: Http, address: str) -> Login:
    """The login of the server's ready-made account."""
    url = f"{address}/api/v1/accounts/verify_credentials"
    me: dict[str, Any] = (await http.request("GET", url, headers=TOKEN)).json()
    return Login(address, me["id"], me["username"], {"access_token": "mock_token"})


@pytest.mark.asyncio
async def test_publish_repeat_find(http: Http, address: str) -> None:
    clock = HostClock()
    mastodon, login, draft = Mastodon(http, clock), await account(http, address), Draft(TEXT)
    since = clock.now()
    staged = mastodon.plan(login, draft, {}, "key-1", since)
    assert await mastodon.find(login, draft, staged, since, NONE) == Absent()
    first = await mastodon.publish(login, draft, staged)
    again = await mastodon.publish(login, draft, staged)
    assert again.remote_id == first.remote_id
    sighting = await mastodon.find(login, draft, staged, since, NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == first.remote_id
    taken = frozenset({first.remote_id})
    assert await mastodon.find(login, draft, staged, since, taken) == Absent()
    assert await mastodon.find(login, draft, staged, since + timedelta(hours=1), NONE) == Absent()


@pytest.mark.asyncio
async def test_another_key_is_another_status(http: Http, address: str) -> None:
    clock = HostClock()
    mastodon, login, draft = Mastodon(http, clock), await account(http, address), Draft("twice")
    ids = set()
    for key in ("key-2", "key-3"):
        staged = mastodon.plan(login, draft, {}, key, clock.now())
        ids.add((await mastodon.publish(login, draft, staged)).remote_id)
    assert len(ids) == 2


@pytest.mark.asyncio
async def test_a_wrong_token_is_told(http: Http, address: str) -> None:
    clock = HostClock()
    mastodon, draft = Mastodon(http, clock), Draft("hello")
    wrong = Login(address, "1", "nobody", {"access_token": "wrong"})
    with pytest.raises(LoginRevoked):
        await mastodon.publish(wrong, draft, mastodon.plan(wrong, draft, {}, "k", clock.now()))


async def fail_next(http: Http, address: str, effect: dict[str, Any]) -> None:
    """The next create on the server ends like this."""
    rule = {"match": {"methods": ["POST"], "path": "/api/v1/statuses"}, "count": 1}
    answer = await http.request(
        "POST", f"{address}/api/v1/_mock/faults", json={**rule, "effect": effect}, headers=TOKEN
    )
    assert answer.ok, answer


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ({"type": "status", "status": 503}, OutcomeUnknown),
        ({"type": "malformed", "status": 200}, OutcomeUnknown),
        ({"type": "latency", "delay_ms": 1500}, OutcomeUnknown),
        ({"type": "ratelimit", "headers": {"X-RateLimit-Reset": "1"}}, RateLimited),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
async def test_a_create_that_fails_and_is_repeated_is_one_status(
    effect: dict[str, Any], error: type[PlatformError], address: str
) -> None:
    clock, draft = HostClock(), Draft(f"failed once: {effect['type']}")
    async with Http(5.0) as http, Http(0.5) as hasty:
        login = await account(http, address)
        await fail_next(http, address, effect)
        staged = Mastodon(http, clock).plan(login, draft, {}, effect["type"], clock.now())
        with pytest.raises(PlatformError) as raised:
            await Mastodon(hasty, clock).publish(login, draft, staged)
        assert type(raised.value) is error
        mastodon = Mastodon(http, clock)
        receipt = await mastodon.publish(login, draft, staged)
        taken = frozenset({receipt.remote_id})
        since = clock.now() - timedelta(minutes=1)
        assert await mastodon.find(login, draft, staged, since, taken) == Absent()


@pytest.mark.asyncio
async def test_pictures_are_uploaded_attached_and_found(http: Http, address: str) -> None:
    clock = HostClock()
    mastodon, login = Mastodon(http, clock), await account(http, address)
    content = picture("PNG", (40, 30))
    look = Draft("two pictures", tuple(media(n, alt=f"no. {n}") for n in (1, 2)))

    held = HeldFiles(others=content)
    since = clock.now()
    staged = await mastodon.stage(login, look, {}, Saves(), held)
    staged = mastodon.plan(login, look, staged, "key-pictures", since)
    receipt = await mastodon.publish(login, look, staged)
    url = f"{address}/api/v1/statuses/{receipt.remote_id}"
    kept = (await http.request("GET", url, headers=TOKEN)).json()["media_attachments"]
    assert [one["description"] for one in kept] == ["no. 1", "no. 2"]
    assert {one["type"] for one in kept} == {"image"}
    sighting = await mastodon.find(login, look, staged, since, NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == receipt.remote_id
    alone = Draft(look.text, look.media[:1])
    assert await mastodon.find(login, alone, staged, since, NONE) == Absent()


async def kept(http: Http, address: str, remote_id: str) -> dict[str, Any]:
    """The status as the server has it."""
    answer = await http.request("GET", f"{address}/api/v1/statuses/{remote_id}", headers=TOKEN)
    status: dict[str, Any] = answer.json()
    return status


@pytest.mark.asyncio
async def test_a_thread_goes_on_after_a_crash_at_every_save(http: Http, address: str) -> None:
    clock = HostClock()
    mastodon, login = Mastodon(http, clock), await account(http, address)
    for crash_after in (1, 2, 3):
        texts = [f"thread {crash_after}, part {i}" for i in range(3)]
        draft = Draft(texts[0], thread=(Segment(texts[1]), Segment(texts[2])))
        since = clock.now()
        staged = mastodon.plan(login, draft, {}, f"key-thread-{crash_after}", since)
        saves = Saves(crash_after)
        with pytest.raises(Crashed):
            await mastodon.publish(login, draft, staged, saves)
        told = await mastodon.find(login, draft, saves.last, since, NONE, Saves())
        assert isinstance(told, Found if crash_after == 3 else Absent)
        again = Saves()
        await mastodon.publish(login, draft, saves.last, again)
        parts = (again.last or saves.last)["parts"]
        statuses = [await kept(http, address, one["id"]) for one in parts]
        assert [one["in_reply_to_id"] for one in statuses] == [None, parts[0]["id"], parts[1]["id"]]
        url = f"{address}/api/v1/accounts/{login.remote_id}/statuses?limit=40"
        listed = (await http.request("GET", url, headers=TOKEN)).json()
        shown = [one["content"] for one in listed]
        assert [sum(text in content for content in shown) for text in texts] == [1, 1, 1]


@pytest.mark.asyncio
async def test_a_part_whose_answer_was_lost_is_found(http: Http, address: str) -> None:
    clock = HostClock()
    mastodon, login = Mastodon(http, clock), await account(http, address)
    draft = Draft("lost part 0", thread=(Segment("lost part 1"), Segment("lost part 2")))
    since = clock.now()
    staged = mastodon.plan(login, draft, {}, "key-lost-part", since)
    saves = Saves(crash_after=1)
    with pytest.raises(Crashed):
        await mastodon.publish(login, draft, staged, saves)
    whole = Saves(crash_after=1)
    with pytest.raises(Crashed):  # the second part goes out, and nothing is noted of it
        await mastodon.publish(login, draft, saves.last, whole)
    resumed = Saves()
    assert await mastodon.find(login, draft, saves.last, since, NONE, resumed) == Resume()
    assert resumed.last["parts"] == whole.last["parts"]


@pytest.mark.asyncio
async def test_a_poll_a_warning_and_a_comment(http: Http, address: str) -> None:
    clock = HostClock()
    mastodon, login = Mastodon(http, clock), await account(http, address)
    options = {
        "content_warning": "drinks", "visibility": "unlisted", "language": "en",
        "first_comment": "choose soon",
        "poll": {"options": ["Tea", "Coffee"], "duration_minutes": 60},
    }  # fmt: skip
    draft = Draft("Tea or coffee?", options=options)
    staged = mastodon.plan(login, draft, {}, "key-poll", clock.now())
    receipt = await mastodon.publish(login, draft, staged, Saves())
    status = await kept(http, address, receipt.remote_id)
    assert receipt.note == ""
    assert [one["title"] for one in status["poll"]["options"]] == ["Tea", "Coffee"]
    assert (status["spoiler_text"], status["visibility"]) == ("drinks", "unlisted")
    url = f"{address}/api/v1/statuses/{receipt.remote_id}/context"
    [comment] = (await http.request("GET", url, headers=TOKEN)).json()["descendants"]
    assert "choose soon" in comment["content"]


@pytest.mark.asyncio
async def test_taking_a_status_back_twice(http: Http, address: str) -> None:
    clock, draft = HostClock(), Draft("to be deleted")
    mastodon, login = Mastodon(http, clock), await account(http, address)
    staged = mastodon.plan(login, draft, {}, "key-delete", clock.now())
    receipt = await mastodon.publish(login, draft, staged)
    for _ in range(2):
        await mastodon.delete(login, receipt.remote_id)
    url = f"{address}/api/v1/statuses/{receipt.remote_id}"
    assert (await http.request("GET", url, headers=TOKEN)).status == 404


@pytest.mark.asyncio
async def test_registering_and_asking_for_consent(http: Http, address: str) -> None:
    mastodon = Mastodon(http, HostClock())
    visit = Visit(address, {"web": ""}, "https://postclock.test/back", "s", new_verifier())
    app = await mastodon.register(visit)
    assert app.client_id
    assert app.client_secret
    page = mastodon.authorize_url(mastodon.ways[0], replace(visit, app=app))
    answer = await http.request("GET", page)
    assert answer.status in (200, 302), answer.text()
