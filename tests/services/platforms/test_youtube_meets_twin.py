"""YouTube's client and its twin over real HTTP: staged, opened, lost, found, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from postclock.clock import HostClock
from postclock.http import Http
from postclock.scheduler.model import Absent, Declined, Found, NotSeen, Resume, Staged
from postclock.services.platforms.base import (
    LoginExpired,
    LoginRevoked,
    OutcomeUnknown,
    Refused,
    UploadGone,
    UploadUsed,
)
from postclock.services.platforms.drafting import Media
from postclock.services.platforms.youtube import YouTube
from tests.fixtures.pictures import picture

from .pictures import Crashed, Saves
from .youtube_stage import FILM, SIZE, MovingClock, YouTubeStage, draft, served, with_secrets

pytestmark = pytest.mark.asyncio
NONE: frozenset[str] = frozenset()


@pytest.fixture
def stage(http: Http) -> Iterator[YouTubeStage]:
    with served(http) as one:
        yield one


async def settled(stage: YouTubeStage, staged: Staged, **options: str) -> str:
    """What follows a lost answer: looks, and the update again while it is absent. The id."""
    what = draft(**options)
    saves = Saves()
    for _ in range(3):
        sighting = await stage.platform.find(
            stage.login, what, staged, stage.clock.now(), NONE, saves
        )
        if isinstance(sighting, Found):
            return sighting.receipt.remote_id
        assert isinstance(sighting, Absent | Resume)
        staged = saves.last or staged
        try:
            return (await stage.publish(what, staged, saves)).remote_id
        except OutcomeUnknown:
            continue
    raise AssertionError("it is not settled")


async def test_it_is_private_until_its_moment_and_then_as_its_author_chose(
    stage: YouTubeStage,
) -> None:
    what = draft(tags=["a b", "c"], category="music", contains_synthetic_media=True)
    staged = await stage.stage(what)
    [video_id] = stage.uploaded()
    assert stage.entries() == []
    assert (await stage.stage(what, staged)) == staged
    receipt = await stage.publish(what, staged)
    [entry] = stage.entries()
    assert (entry.id, entry.text) == (receipt.remote_id, "About it")
    assert receipt.remote_id == video_id
    assert receipt.permalink == f"https://www.youtube.com/watch?v={video_id}"
    assert not receipt.note
    said = entry.record
    assert said["snippet"]["title"] == "My film"
    assert (said["snippet"]["tags"], said["snippet"]["categoryId"]) == (["a b", "c"], "10")
    assert said["status"]["privacyStatus"] == "public"
    assert said["status"]["containsSyntheticMedia"]
    assert entry.media[0]["bytes"] == SIZE
    assert stage.twin.uploads.read(entry.media[0]["sha256"]) == (FILM, "video/mp4")


@pytest.mark.parametrize("privacy", ["public", "unlisted", "private"])
@pytest.mark.parametrize(
    "fault", ["commit_then_drop", "commit_then_error", "drop_before_commit", "server_error"]
)
async def test_a_lost_answer_to_the_update_is_settled_by_reading_the_video(
    stage: YouTubeStage, privacy: str, fault: str
) -> None:
    what = draft(privacy=privacy)
    staged = await stage.stage(what)
    stage.fail(fault)
    with pytest.raises(OutcomeUnknown):
        await stage.publish(what, staged)
    found = await settled(stage, staged, privacy=privacy)
    assert stage.uploaded() == [found]
    seen = [entry.id for entry in stage.ledger.entries("youtube")]
    assert seen == ([] if privacy == "private" else [found])


class Dawdling(MovingClock):
    """Whoever sleeps really does."""

    async def sleep(self, seconds: float) -> None:
        await HostClock().sleep(seconds)


async def test_a_slow_update_that_was_given_up_is_there(stage: YouTubeStage) -> None:
    what = draft()
    staged = await stage.stage(what)
    stage.faults.add({"platform": "youtube", "fault": "slow", "seconds": 1.0})
    stage.twin.clock = Dawdling(stage.clock.now())
    async with Http(0.3) as hasty:
        with pytest.raises(OutcomeUnknown):
            await YouTube(hasty, stage.clock).publish(stage.login, what, staged)
    assert await settled(stage, staged) == stage.uploaded()[0]
    assert stage.paths().count("PUT /videos") == 1
    assert len(stage.ledger.entries("youtube")) == 1


async def test_the_same_update_twice_is_one_video(stage: YouTubeStage) -> None:
    staged = await stage.stage(draft())
    first, again = await stage.publish(draft(), staged), await stage.publish(draft(), staged)
    assert first.remote_id == again.remote_id
    assert len(stage.ledger.entries("youtube")) == 1


async def test_a_thumbnail_is_set_and_its_refusal_keeps_no_post_back(stage: YouTubeStage) -> None:
    stage.files.others = picture("JPEG", (80, 60))
    what = draft("a", Media(UUID(int=1), "image/jpeg", 99, 80, 60, "words"))
    assert stage.platform.check(what) == []
    assert not (await stage.publish(what, await stage.stage(what))).note
    assert "POST /upload/thumbnails/set" in stage.paths()
    stage.twin.knobs.refuses_thumbnails = True
    receipt = await stage.publish(what, await stage.stage(what))
    assert receipt.note.startswith("The thumbnail was not taken: ")
    assert "youtube.thumbnail" in receipt.note
    assert len(stage.entries()) == 2


async def test_the_first_comment_is_posted_once_and_its_failure_is_a_note(
    stage: YouTubeStage,
) -> None:
    what, saves = draft(first_comment="First!"), Saves()
    staged = await stage.stage(what)
    receipt = await stage.publish(what, staged, saves)
    assert not receipt.note
    found = await stage.platform.find(stage.login, what, saves.last, stage.clock.now(), NONE)
    assert isinstance(found, Found)  # noted as under way: it is never sent twice
    assert "may be missing" in found.receipt.note
    answer = stage.twin.videos.get(receipt.remote_id, stage.clock.now())
    assert answer is not None
    assert len(answer.comments) == 1
    hidden = draft("b", first_comment="First!", privacy="private")
    receipt = await stage.publish(hidden, await stage.stage(hidden))
    assert receipt.note.startswith("The first comment was not posted: The video takes no comments")


async def test_a_crash_before_the_comment_sends_the_comment_alone(stage: YouTubeStage) -> None:
    what, crash = draft(first_comment="First!"), Saves(crash_after=1)
    staged = await stage.stage(what)
    with pytest.raises(Crashed):
        await stage.publish(what, staged, crash)
    saves = Saves()
    sighting = await stage.platform.find(stage.login, what, staged, stage.clock.now(), NONE, saves)
    assert isinstance(sighting, Resume)
    updates = stage.paths().count("PUT /videos")
    assert await stage.stage(what, saves.last) == saves.last
    assert not (await stage.publish(what, saves.last, saves)).note
    assert stage.paths().count("PUT /videos") == updates
    assert stage.paths().count("POST /commentThreads") == 1


async def test_what_youtube_rejects_is_told_before_the_moment(stage: YouTubeStage) -> None:
    stage.twin.knobs.rejects = "duplicate"
    with pytest.raises(Refused, match="the channel has the same video already"):
        await stage.stage(draft())
    stage.twin.knobs.rejects = ""
    stage.fail("upload_fails")
    with pytest.raises(Refused, match="it could not be converted"):
        await stage.stage(draft())
    assert stage.entries() == []


async def test_what_is_rejected_later_is_told_at_its_moment_or_after(stage: YouTubeStage) -> None:
    stage.fail("upload_slow")
    stage.twin.knobs.rejects = "copyright"
    staged = await stage.stage(draft())
    early = await stage.publish(draft(), staged)
    assert early.note.startswith("YouTube is still processing")
    stage.clock.at += timedelta(minutes=1)
    since = stage.clock.now()
    assert isinstance(
        await stage.platform.find(stage.login, draft(), staged, since, NONE), Declined
    )
    with pytest.raises(Refused, match="of a copyright"):
        await stage.publish(draft(), staged)


async def test_a_video_that_the_account_holds_back_is_not_called_published(
    stage: YouTubeStage,
) -> None:
    stage.twin.knobs.holds_private = True
    staged = await stage.stage(draft())
    with pytest.raises(Refused) as raised:
        await stage.publish(draft(), staged)
    assert raised.value.problem.code == "privacy_held"
    assert stage.entries() == []


async def test_a_video_somebody_deleted_is_uploaded_again_unless_it_was_public(
    stage: YouTubeStage,
) -> None:
    staged = await stage.stage(draft())
    await stage.platform.delete(stage.login, stage.uploaded()[0])
    await stage.platform.delete(stage.login, "AAAAAAAAAAA")
    with pytest.raises(UploadUsed) as raised:
        await stage.publish(draft(), staged)
    assert raised.value.problem.code == "video_missing"
    since = stage.clock.now()
    assert await stage.platform.find(stage.login, draft(), staged, since, NONE) == NotSeen()
    with pytest.raises(UploadGone):
        await stage.publish(draft(), {})
    await stage.publish(draft(), await stage.stage(draft()))
    assert len(stage.entries()) == 1


async def test_a_wrong_token_asks_for_a_fresh_login(stage: YouTubeStage) -> None:
    staged = await stage.stage(draft())
    wrong = with_secrets(stage.login, access_token="wrong")
    with pytest.raises(LoginExpired):
        await stage.platform.publish(wrong, draft(), staged)
    with pytest.raises(LoginExpired):
        await stage.platform.stage(wrong, draft(), {}, Saves(), stage.files)
    with pytest.raises(LoginExpired):
        await stage.platform.find(wrong, draft(), staged, stage.clock.now(), NONE)
    with pytest.raises(LoginRevoked):
        await stage.platform.refresh(wrong)
