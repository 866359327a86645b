"""The TikTok client and its twin over real HTTP: consent, large videos, and what goes wrong.

The conformance suite plays every fault; here is what only this platform has.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from postclock.http import Http
from postclock.scheduler.model import Absent
from postclock.scheduler.states import State
from postclock.services.platforms.base import LoginRevoked, OutcomeUnknown, ScopesMissing
from postclock.services.platforms.connecting import AppKeys, Profile, Visit
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.tiktok import TikTok
from postclock.services.platforms.tiktok_chunks import SMALLEST
from postclock.services.platforms.tiktok_outcome import INBOX_NOTE
from postclock.services.platforms.tiktok_status import AGAIN, FAILURES
from tests.conformance.cases import Case, film, image
from tests.conformance.driver import Crashes, Delivery
from tests.conformance.stage import Served, Stage, serving, staged_for

from .test_tiktok import PUBLIC, VIDEO

LARGE = film() + bytes(3 * SMALLEST + 77 - len(film()))
BACK = "https://our.test/callback"
SMALL_VIDEO = replace(VIDEO, size=len(film()))
LARGE_VIDEO = replace(VIDEO, size=len(LARGE))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as one:
        yield one


def case(text: str, media: Media = SMALL_VIDEO, content: bytes = film(), **options: Any) -> Case:
    said = options or PUBLIC
    return Case(TikTok, "video", Draft(text, (media,), options=said), {media.id: content})


def photo(text: str, **options: Any) -> Case:
    assert TikTok.capabilities.images
    media, content = image(1, TikTok.capabilities.images, "")
    return case(text, media, content, **options)


@asynccontextmanager
async def played(
    one: Case, served: Served, *faults: str, crash_after: int | None = None
) -> AsyncIterator[tuple[Stage, Delivery]]:
    """One delivery, from its scheduling until it rests."""
    async with staged_for(one, served) as stage:
        for fault in faults:
            stage.fail(fault)
        made = Delivery(
            stage.platform, stage.login, one.draft, stage.files, stage.clock,
            Crashes(at_save=crash_after),
        )  # fmt: skip
        await made.run()
        yield stage, made


async def test_a_large_video_arrives_whole_and_only_its_end_is_left(served: Served) -> None:
    async with played(case("Large", LARGE_VIDEO, LARGE), served) as (stage, made):
        assert made.state is State.PUBLISHED, made.told
        (entry,) = stage.entries()
        assert entry.media[0]["sha256"] == sha256(LARGE).hexdigest()
        assert made.receipt
        assert made.receipt.remote_id == entry.id
        assert made.receipt.permalink == f"https://www.tiktok.com/@acme/video/{entry.id}"
        *_, (start, end) = stage.files.ranges
        assert end - start < SMALLEST + 1000


@pytest.mark.parametrize(
    "fault",
    ["commit_then_drop", "commit_then_error", "drop_before_commit", "server_error", "rate_limit"],
)
@pytest.mark.parametrize("crash_after", [None, 2, 3, 5])
async def test_a_large_video_is_published_once_whatever_happens(
    fault: str, crash_after: int | None, served: Served
) -> None:
    one = case("Large", LARGE_VIDEO, LARGE)
    async with played(one, served, fault, crash_after=crash_after) as (stage, made):
        assert made.state is State.PUBLISHED, made.told
        (entry,) = stage.entries()
        assert made.receipt
        assert made.receipt.remote_id == entry.id


async def test_an_answer_that_is_too_slow_is_looked_for(served: Served) -> None:
    one = case("Slow")
    async with staged_for(one, served, Http(1.0)) as stage:
        stage.sandbox.faults.add({"platform": "tiktok", "fault": "slow", "seconds": 2})
        made = Delivery(stage.platform, stage.login, one.draft, stage.files, stage.clock)
        await made.run()
        assert (made.state, len(stage.entries())) == (State.PUBLISHED, 1), made.told


async def test_a_part_that_met_a_500_is_sent_again(served: Served) -> None:
    one = case("sandbox-chunk-fails", LARGE_VIDEO, LARGE)
    async with played(one, served) as (stage, made):
        assert (made.state, len(stage.entries())) == (State.PUBLISHED, 1), made.told
        assert stage.files.ranges[1] == stage.files.ranges[2]


async def test_the_last_part_follows_to_the_same_task(served: Served) -> None:
    """Not before the sheet's ten minutes after a lost request, at once after a 5xx."""
    waits = []
    for fault in ("drop_before_commit", "server_error"):
        async with played(case("Again"), served, fault) as (stage, made):
            assert made.state is State.PUBLISHED, made.told
            (entry,) = stage.entries()
            waits.append(entry.accepted_at - made.due_at)
            assert made.requests == 2
            assert sum("staging" in told for told in made.told) == 0
    assert waits[0] > timedelta(minutes=10)
    assert waits[1] < timedelta(minutes=1)


@pytest.mark.parametrize("reason", sorted(FAILURES))
async def test_each_failure_ends_with_a_sentence(reason: str, served: Served) -> None:
    async with played(case(f"sandbox-fail-{reason}"), served) as (stage, made):
        assert (made.state, stage.entries()) == (State.FAILED, []), made.told
        assert made.problem
        assert made.requests == (3 if reason in AGAIN else 1)
        if reason not in AGAIN:
            assert made.problem == FAILURES[reason]


async def test_what_is_stuck_is_asked_for_a_day_and_then_left_to_a_person(served: Served) -> None:
    async with played(case("sandbox-stuck"), served) as (_, made):
        assert (made.state, made.requests) == (State.UNCONFIRMED, 1)
        assert made.problem
        assert made.problem.code == "still_working"


async def test_without_its_number_the_profile_is_the_address(served: Served) -> None:
    async with played(case("sandbox-no-id"), served) as (stage, made):
        (entry,) = stage.entries()
        assert made.state is State.PUBLISHED
        assert made.receipt
        assert (made.receipt.remote_id, made.receipt.permalink) == (
            entry.key, "https://www.tiktok.com/@acme",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "note"),
    [
        (case("Mine", privacy="SELF_ONLY"), ""),
        (case("", mode="inbox"), INBOX_NOTE),
        (photo("Mine", privacy="SELF_ONLY"), ""),
        (photo("Later", mode="inbox"), INBOX_NOTE),
    ],
    ids=["video", "video-inbox", "photo", "photo-inbox"],
)
async def test_what_few_see_is_known_by_its_task(one: Case, note: str, served: Served) -> None:
    async with played(one, served) as (stage, made):
        (entry,) = stage.entries()
        assert made.state is State.PUBLISHED, made.told
        assert made.receipt
        assert (made.receipt.remote_id, made.receipt.note) == (entry.id, note)


async def test_private_photos_whose_answer_was_lost_are_left_to_a_person(served: Served) -> None:
    one = photo("Mine", privacy="SELF_ONLY")
    for fault, public in (("commit_then_drop", 1), ("drop_before_commit", 0)):
        async with played(one, served, fault) as (stage, made):
            assert (made.state, made.requests) == (State.UNCONFIRMED, 1), made.told
            assert len(stage.entries()) == public


async def test_photos_that_cannot_be_fetched_are_tried_three_times(served: Served) -> None:
    one = photo("Gone")
    async with staged_for(one, served) as stage:
        stage.files.at = f"{served.url}/nowhere"
        made = Delivery(stage.platform, stage.login, one.draft, stage.files, stage.clock)
        await made.run()
        assert (made.state, made.requests, stage.entries()) == (State.FAILED, 3, [])


async def test_two_resends_of_the_last_part_are_one_post(served: Served) -> None:
    """The first one did arrive, and its task said otherwise: the second meets a 416."""
    one = case("Once")
    async with staged_for(one, served) as stage:
        platform, login, files = stage.platform, stage.login, stage.files

        async def save(_staged: Any) -> None:
            return None

        staged = await platform.stage(login, one.draft, {}, save, files)
        staged = platform.plan(login, one.draft, staged, "key", stage.clock.now())
        draft = replace(one.draft, held=film())
        with pytest.raises(OutcomeUnknown):
            await platform.publish(login, draft, staged, save)
        stage.clock.at += timedelta(minutes=11)
        again = await platform.find(login, draft, staged, stage.clock.now(), frozenset(), save)
        assert again != Absent()
        assert len(stage.entries()) == 1


# --- the account ---------------------------------------------------------------------------------


async def connected(stage: Stage, http: Http, *scopes: str, handle: str = "") -> list[Profile]:
    """Through the consent page, as a browser does it."""
    way = stage.platform.ways[0]
    visit = Visit(
        stage.login.base_url, stage.login.hosts, BACK, "state", app=AppKeys("key", "secret")
    )
    url = stage.platform.authorize_url(way, visit)
    form = [("decision", "approve"), ("profile", "ada"), ("handle", handle)]
    form += [("scopes[]", one) for one in scopes]
    body = "&".join(f"{name}={value}" for name, value in form).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await http.request("POST", url, data=body, headers=kind)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query.pop("state") == ["state"]
    given = {name: value[0] for name, value in query.items()}
    return await stage.platform.profiles(way, visit, given)


async def test_an_account_is_connected_posts_and_is_renewed(served: Served, http: Http) -> None:
    async with staged_for(case("Hello"), served) as stage:
        way = stage.platform.ways[0]
        (profile,) = await connected(stage, http, *way.scopes, *way.more_scopes)
        assert (profile.handle, profile.name) == ("ada", "Ada")
        login = replace(
            stage.login, remote_id=profile.remote_id, handle=profile.handle,
            secrets=profile.secrets, app=AppKeys("key", "secret"),
        )  # fmt: skip
        stage.clock.at += timedelta(hours=3)
        made = Delivery(stage.platform, login, case("Hello").draft, stage.files, stage.clock)
        await made.run()
        assert made.state is State.PUBLISHED, made.told
        assert made.login.secrets["refresh_token"] != profile.secrets["refresh_token"]
        with pytest.raises(LoginRevoked):
            await stage.platform.refresh(login)


async def test_what_was_not_ticked_is_named(served: Served, http: Http) -> None:
    async with staged_for(case("Hello"), served) as stage:
        with pytest.raises(ScopesMissing) as raised:
            await connected(stage, http, "user.info.basic", "video.upload")
        assert raised.value.scopes == ("video.publish",)
        (profile,) = await connected(stage, http, *stage.platform.ways[0].scopes, handle="mary")
        assert profile.handle == "mary"
