"""Mastodon threads, choices, videos and deletion against a scripted server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.scheduler.model import Absent, Found, NotSeen, Resume
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
)
from postclock.services.platforms.drafting import Draft, Segment
from postclock.services.platforms.mastodon import Mastodon

from .pictures import Crashed, Saves, paths, picture
from .scripted import NOW, OwnedClock, ScriptedServer

NONE: frozenset[str] = frozenset()
THREAD = Draft("one", thread=(Segment("two"), Segment("three")))
STAGED = {"idempotency_key": "key", "planned_at": NOW.isoformat()}


@pytest.fixture
def mastodon(http: Http, clock: OwnedClock) -> Mastodon:
    return Mastodon(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, "7", "grace", {"access_token": "secret-token"})


def status(remote_id: str, text: str = "", parent: str | None = None) -> dict[str, Any]:
    return {
        "id": remote_id, "created_at": NOW.isoformat(), "url": f"https://ex.org/@grace/{remote_id}",
        "content": f"<p>{text}</p>", "in_reply_to_id": parent,
    }  # fmt: skip


def part(remote_id: str) -> dict[str, str]:
    return {"id": remote_id, "url": f"https://ex.org/@grace/{remote_id}"}


async def test_each_part_answers_the_one_before_under_its_own_key(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    for number in "123":
        server.answers(200, status(number))
    saves = Saves()
    receipt = await mastodon.publish(login, THREAD, STAGED, saves)
    assert receipt.remote_id == "1"
    asked = [(seen.headers["Idempotency-Key"], seen.json) for seen in server.seen]
    assert asked == [
        ("key", {"status": "one"}),
        ("key:1", {"status": "two", "in_reply_to_id": "1"}),
        ("key:2", {"status": "three", "in_reply_to_id": "2"}),
    ]
    assert [one["parts"] for one in saves.seen] == [
        [part("1")], [part("1"), part("2")], [part("1"), part("2"), part("3")],
    ]  # fmt: skip


@pytest.mark.parametrize("crash_after", [1, 2, 3])
async def test_a_crash_after_any_part_goes_on_with_the_next(
    crash_after: int, mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    for number in "123":
        server.answers(200, status(number))
    saves = Saves(crash_after)
    with pytest.raises(Crashed):
        await mastodon.publish(login, THREAD, STAGED, saves)
    receipt = await mastodon.publish(login, THREAD, saves.last, Saves())
    assert receipt.remote_id == "1"
    assert [seen.json["status"] for seen in server.seen] == ["one", "two", "three"]


async def test_the_part_in_doubt_is_looked_for_by_what_it_answers(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    staged = {**STAGED, "parts": [part("1")]}
    listed = [status("9", "two", "8"), status("5", "two"), status("1", "one")]
    server.answers(200, listed)
    server.answers(200, [])
    assert await mastodon.find(login, THREAD, staged, NOW, NONE) == Absent()
    server.answers(200, [status("2", "two", "1"), *listed])
    server.answers(200, [])
    saves = Saves()
    assert await mastodon.find(login, THREAD, staged, NOW, NONE, saves) == Resume()
    assert saves.last["parts"] == [part("1"), part("2")]
    server.answers(200, [status("3", "three", "2")])
    server.answers(200, [])
    sighting = await mastodon.find(login, THREAD, saves.last, NOW, NONE, Saves())
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == "1"


async def test_a_refused_part_is_named(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, status("1"))
    server.answers(422, {"error": "Validation failed: Text can't be blank"})
    with pytest.raises(Refused) as raised:
        await mastodon.publish(login, THREAD, STAGED, Saves())
    assert raised.value.problem.message.startswith("Part 2 of 3: Mastodon refused the post")


async def test_a_first_comment_is_sent_once_and_never_harms_the_post(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    draft = Draft("one", options={"first_comment": "first", "visibility": "unlisted"})
    server.answers(200, status("1"))
    server.answers(200, status("2"))
    saves = Saves()
    assert (await mastodon.publish(login, draft, STAGED, saves)).note == ""
    comment = server.seen[1]
    assert comment.headers["Idempotency-Key"] == "key:comment"
    assert comment.json == {"status": "first", "in_reply_to_id": "1", "visibility": "unlisted"}
    again = await mastodon.publish(login, draft, saves.last, Saves())
    assert (again.remote_id, again.note) != ("1", "")
    for refusal in ((422, {"error": "No"}), (500, "")):
        server.answers(200, status("1"))
        server.answers(*refusal)
        receipt = await mastodon.publish(login, draft, STAGED, Saves())
        assert receipt.remote_id == "1"
        assert receipt.note.startswith("The first comment ")


async def test_what_an_author_may_choose(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    options = {
        "content_warning": "Spoiler", "sensitive": True, "visibility": "private", "language": "de",
        "poll": {"options": ["Tea", " Coffee "], "duration_minutes": 60, "multiple": True},
    }  # fmt: skip
    draft = Draft("what?", thread=(Segment("so"),), options=options)
    assert mastodon.check(draft) == []
    for number in "12":
        server.answers(200, status(number))
    await mastodon.publish(login, draft, STAGED, Saves())
    common = {
        "spoiler_text": "Spoiler", "sensitive": True, "visibility": "private", "language": "de"
    }  # fmt: skip
    poll = {
        "options": ["Tea", "Coffee"],
        "expires_in": 3600,
        "multiple": True,
        "hide_totals": False,
    }
    assert server.seen[0].json == {"status": "what?", "poll": poll, **common}
    assert server.seen[1].json == {"status": "so", "in_reply_to_id": "1", **common}


def polling(*answers: str, **more: Any) -> dict[str, Any]:
    return {"poll": {"options": list(answers), **more}}


@pytest.mark.parametrize(
    ("draft", "found"),
    [
        (Draft("a", options=polling("x")), [("option_invalid", "options.poll.options")]),
        (Draft("a", options=polling(*"abcde")), [("option_invalid", "options.poll.options")]),
        (Draft("a", options=polling("x", "x")), [("option_invalid", "options.poll.options")]),
        (
            Draft("a", options=polling("x", "y" * 51)),
            [("option_invalid", "options.poll.options.1")],
        ),
        (
            Draft("a", options=polling("x", "y", duration_minutes=4)),
            [("option_invalid", "options.poll.duration_minutes")],
        ),
        (
            Draft("a", (picture(1),), options=polling("x", "y")),
            [("poll_with_media", "options.poll")],
        ),
        (Draft("a", options={"visibility": "all"}), [("option_invalid", "options.visibility")]),
        (
            Draft("a" * 490, options={"content_warning": "w" * 11}),
            [("text_too_long", "text")],
        ),
        (
            Draft("a", options={"first_comment": "c" * 501}),
            [("text_too_long", "options.first_comment")],
        ),
        (Draft("a", thread=(Segment(" "),)), [("text_missing", "thread.0.text")]),
        (
            Draft("a", (picture(1),), (Segment("b", (picture(1),)),)),
            [("media_twice", "thread.0.media")],
        ),
        (Draft("a", thread=(Segment("b"),) * 25), [("thread_too_long", "thread")]),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(
    draft: Draft, found: list[tuple[str, str]], mastodon: Mastodon
) -> None:
    assert [(problem.code, problem.field) for problem in mastodon.check(draft)] == found


def test_a_server_may_take_more(http: Http, clock: OwnedClock) -> None:
    tuned = {"max_characters": "5000", "max_media": "6", "poll_options": "10"}
    generous = Mastodon(http, clock, {**tuned, "poll_option_characters": "100"})
    media = tuple(picture(n) for n in range(6))
    assert generous.check(Draft("a" * 5000, media)) == []
    assert generous.check(Draft("a", options=polling(*"abcdefghi", "z" * 100))) == []


@pytest.mark.parametrize("code", [200, 404])
async def test_taking_a_status_back(
    code: int, mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(code, {"id": "1"} if code == 200 else {"error": "Record not found"})
    await mastodon.delete(login, "1")
    assert paths(server.seen) == ["DELETE /api/v1/statuses/1"]


@pytest.mark.parametrize(
    ("code", "error"),
    [(401, LoginRevoked), (403, LoginRevoked), (429, RateLimited), (503, OutcomeUnknown)],
)
async def test_a_status_that_is_not_taken_back(
    code: int, error: type[PlatformError], mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(code, {"error": "no"})
    with pytest.raises(error):
        await mastodon.delete(login, "1")


async def test_a_part_that_is_late_proves_less(
    mastodon: Mastodon, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    clock.at = NOW + timedelta(minutes=51)
    server.answers(200, [])
    staged = {**STAGED, "parts": [part("1")]}
    assert await mastodon.find(login, THREAD, staged, NOW, NONE) == NotSeen()


async def test_a_part_that_is_still_processed_waits(
    mastodon: Mastodon, login: Login, server: ScriptedServer
) -> None:
    server.answers(422, {"error": "Cannot attach files that have not finished processing. Try…"})
    with pytest.raises(NotPublished) as raised:
        await mastodon.publish(login, THREAD, STAGED, Saves())
    assert raised.value.problem.code == "media_processing"
