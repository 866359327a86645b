"""Instagram: lost and doubtful answers, settled by the container, against the twin."""

from __future__ import annotations

from datetime import timedelta

import pytest

from postclock.scheduler.model import Absent, Found, Pending, Resume
from postclock.services.platforms.base import (
    LoginExpired,
    LoginRevoked,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UploadUsed,
)
from postclock.services.platforms.uploads import KEY

from .instagram_stage import DRAFTS, NONE, Stage, served, stage
from .pictures import Saves

__all__ = ["served", "stage"]

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("fault", ["commit_then_drop", "commit_then_error"])
@pytest.mark.parametrize("name", ["picture", "story", "carousel"])
async def test_a_lost_answer_is_found(stage: Stage, name: str, fault: str) -> None:
    draft = DRAFTS[name]
    done = await stage.staged(draft)
    stage.fail(fault)
    with pytest.raises(OutcomeUnknown):
        await stage.publish(draft, done)
    sighting = await stage.find(draft, done)
    assert isinstance(sighting, Found)
    assert [one.id for one in stage.entries()] == [sighting.receipt.remote_id]


@pytest.mark.parametrize("fault", ["drop_before_commit", "server_error"])
async def test_what_never_arrived_is_published_with_the_same_container(
    stage: Stage, fault: str
) -> None:
    draft = DRAFTS["picture"]
    done = await stage.staged(draft)
    stage.fail(fault)
    with pytest.raises(OutcomeUnknown):
        await stage.publish(draft, done)
    early = await stage.client.find(stage.login, draft, done, stage.clock.now(), NONE)
    assert isinstance(early, Pending)
    assert await stage.find(draft, done) == Absent()
    await stage.publish(draft, done)
    assert len(stage.entries()) == 1
    assert stage.entries()[0].key == done[KEY]["container"]["id"]


@pytest.mark.parametrize("gives_id", [True, False])
async def test_a_second_publish_of_the_same_container_makes_no_second_post(
    stage: Stage, gives_id: bool
) -> None:
    draft, stage.knobs.repeat_gives_id = DRAFTS["picture"], gives_id
    done = await stage.staged(draft)
    first = await stage.publish(draft, done)
    if gives_id:
        assert (await stage.publish(draft, done)).remote_id == first.remote_id
    else:
        with pytest.raises(OutcomeUnknown) as raised:
            await stage.publish(draft, done)
        assert raised.value.problem.code == "refused_but_published"
        assert isinstance(await stage.find(draft, done), Found)
    assert len(stage.entries()) == 1


async def test_an_answer_of_spam_is_doubted(stage: Stage) -> None:
    draft, stage.knobs.flagged = DRAFTS["picture"], 1
    done = await stage.staged(draft)
    with pytest.raises(OutcomeUnknown) as raised:
        await stage.publish(draft, done)
    assert raised.value.problem.code == "refused_but_published"
    assert isinstance(await stage.find(draft, done), Found)
    assert len(stage.entries()) == 1


@pytest.mark.parametrize(
    ("code", "subcode", "error"),
    [
        (4, 2207051, RateLimited), (80002, None, RateLimited), (9, 2207042, RateLimited),
        (36003, 2207009, Refused), (24, 2207006, UploadUsed), (190, 463, LoginExpired),
        (25, 2207050, LoginRevoked), (100, None, Refused), (99_999, None, Refused),
    ],
)  # fmt: skip
async def test_a_refusal_is_believed_once_the_container_is_not_published(
    stage: Stage, code: int, subcode: int | None, error: type[Exception]
) -> None:
    draft = DRAFTS["picture"]
    done = await stage.staged(draft)
    stage.knobs.refuses.append((code, subcode))
    with pytest.raises(error):
        await stage.publish(draft, done)
    await stage.publish(draft, done)
    assert len(stage.entries()) == 1


@pytest.mark.parametrize("code", [(80002, None), (4, 2207051), (100, None)])
async def test_a_refusal_is_not_believed_while_the_container_cannot_be_read(
    stage: Stage, code: tuple[int, int | None]
) -> None:
    draft = DRAFTS["picture"]
    done = await stage.staged(draft)
    stage.knobs.refuses.append(code)
    stage.knobs.unreadable = 6
    with pytest.raises(OutcomeUnknown):
        await stage.publish(draft, done)
    assert isinstance(await stage.find(draft, done), Pending)
    stage.knobs.unreadable = 0
    assert await stage.find(draft, done) == Absent()


async def test_a_container_that_cannot_be_read_does_not_hide_a_listed_post(stage: Stage) -> None:
    draft = DRAFTS["picture"]
    done = await stage.staged(draft)
    await stage.publish(draft, done)
    stage.knobs.unreadable = 2
    assert isinstance(await stage.find(draft, done), Found)


async def test_a_permalink_that_cannot_be_read_is_no_failure(stage: Stage) -> None:
    draft = DRAFTS["picture"]
    done = await stage.staged(draft)
    stage.knobs.unreadable = 1
    receipt = await stage.publish(draft, done)
    assert receipt.permalink == f"https://www.instagram.com/{stage.login.handle}"
    assert receipt.remote_id == stage.entries()[0].id


async def test_what_is_published_and_not_listed_counts_in_the_end(stage: Stage) -> None:
    draft, stage.knobs.listing_lag = DRAFTS["picture"], timedelta(hours=1)
    since, done = stage.clock.now(), await stage.staged(draft)
    await stage.publish(draft, done)
    assert isinstance(await stage.find(draft, done), Pending)
    stage.clock.at += timedelta(minutes=10)
    told = await stage.client.find(stage.login, draft, done, since, NONE)
    assert isinstance(told, Found)
    assert told.receipt.remote_id == done[KEY]["container"]["id"]
    assert told.receipt.note


async def test_another_post_with_the_same_words_is_not_taken_for_it(stage: Stage) -> None:
    draft = DRAFTS["picture"]
    first = await stage.publish(draft, await stage.staged(draft))
    done = await stage.staged(draft)
    stage.fail("commit_then_drop")
    with pytest.raises(OutcomeUnknown):
        await stage.publish(draft, done)
    since, taken = stage.clock.now(), frozenset({first.remote_id})
    told = await stage.client.find(stage.login, draft, done, since, taken)
    assert isinstance(told, Found)
    assert told.receipt.remote_id == stage.entries()[1].id


async def test_a_lost_answer_and_a_comment_still_to_come(stage: Stage) -> None:
    draft, saves = DRAFTS["comment"], Saves()
    done = await stage.staged(draft)
    stage.fail("commit_then_drop")
    with pytest.raises(OutcomeUnknown):
        await stage.publish(draft, done)
    assert await stage.find(draft, done, saves) == Resume()
    receipt = await stage.publish(draft, saves.last)
    assert [one.text for one in stage.entries()] == ["One", "First!"]
    assert receipt.remote_id == stage.entries()[0].id
