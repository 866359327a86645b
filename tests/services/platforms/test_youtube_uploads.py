"""A video on its way to the pretend YouTube: pieces, probes, lost answers, lost sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from postclock.http import Http
from postclock.scheduler.model import Staged
from postclock.services.platforms.base import (
    LoginExpired,
    NotPublished,
    RateLimited,
)
from postclock.services.platforms.drafting import Media
from tests.fixtures.pictures import picture

from .pictures import Crashed, Saves
from .youtube_stage import FILM, SIZE, STEP, YouTubeStage, draft, film, served, with_secrets

pytestmark = pytest.mark.asyncio


@pytest.fixture
def stage(http: Http) -> Iterator[YouTubeStage]:
    with served(http) as one:
        yield one


@pytest.mark.parametrize("takes", [0, STEP])
async def test_only_what_youtube_says_it_holds_counts(stage: YouTubeStage, takes: int) -> None:
    stage.twin.knobs.takes = takes
    if not takes:
        with pytest.raises(NotPublished, match="keeps nothing"):
            await stage.stage(draft())
        stage.twin.knobs.takes = None
    await stage.publish(draft(), await stage.stage(draft()))
    spans = [one.headers["content-range"] for one in stage.seen if one.path == "/upload/videos"
             and one.method == "PUT" and one.status in (200, 308)]  # fmt: skip
    if takes:
        assert spans == [
            f"bytes {at}-{min(at + 2 * STEP, SIZE) - 1}/{SIZE}"
            for at in (0, STEP, 2 * STEP, 3 * STEP, 4 * STEP)
        ]
    [entry] = stage.entries()
    assert stage.twin.uploads.read(entry.media[0]["sha256"]) == (FILM, "video/mp4")


async def test_pieces_are_read_never_the_whole(stage: YouTubeStage) -> None:
    await stage.stage(draft())
    assert stage.files.ranges == [(0, 2 * STEP), (2 * STEP, 4 * STEP), (4 * STEP, SIZE)]


async def test_the_lost_answer_to_the_last_piece_is_asked_for(stage: YouTubeStage) -> None:
    stage.fail("upload_commit_then_drop")
    staged = await stage.stage(draft())
    assert len(stage.uploaded()) == 1
    await stage.publish(draft(), staged)
    assert len(stage.entries()) == 1


@pytest.mark.parametrize("fault", ["upload_drop", "upload_server_error"])
async def test_the_last_piece_is_sent_again_where_it_was_lost(
    stage: YouTubeStage, fault: str
) -> None:
    stage.fail(fault)
    await stage.publish(draft(), await stage.stage(draft()))
    assert len(stage.uploaded()) == len(stage.entries()) == 1


@pytest.mark.parametrize("fault", ["", "upload_commit_then_drop", "upload_drop"])
async def test_a_crash_after_any_save_makes_no_second_video(
    stage: YouTubeStage, fault: str
) -> None:
    what = draft("About it", Media(UUID(int=1), "image/png", 99, 80, 60, "alt"), first_comment="1")
    stage.files.others = picture("PNG", (80, 60))
    whole = Saves()
    await stage.stage(what, saves=whole)
    for crash_after in range(1, len(whole.seen) + 1):
        words = replace(what, text=f"after save {crash_after} {fault}")
        before = len(stage.uploaded())
        saves = Saves(crash_after)
        if fault:
            stage.fail(fault)
        with pytest.raises(Crashed):
            await stage.stage(words, saves=saves)
        stage.faults.clear()
        staged = await stage.stage(words, saves.last)
        assert len(stage.uploaded()) == before + 1
        await stage.publish(words, staged)
        assert [entry.text for entry in stage.entries()].count(words.text) == 1
    assert len(whole.seen) == 7


async def test_a_session_that_is_gone_before_its_last_byte_is_opened_anew(
    stage: YouTubeStage,
) -> None:
    saves = Saves(crash_after=2)
    with pytest.raises(Crashed):
        await stage.stage(draft(), saves=saves)
    stage.clock.at += timedelta(hours=25)
    await stage.publish(draft(), await stage.stage(draft(), saves.last))
    assert stage.paths().count("POST /upload/videos") == 2
    assert len(stage.uploaded()) == 1


async def lost_after_the_last_byte(stage: YouTubeStage) -> Staged:
    """All is uploaded, but nothing is known of it, and the session is gone."""
    saves = Saves()
    await stage.stage(draft(), saves=saves)
    [known] = [one for one in saves.seen if "last_at" in one["media"][str(film().id)]][:1]
    stage.clock.at += timedelta(hours=25)
    return known


async def test_a_session_that_is_gone_after_it_is_looked_for_on_the_channel(
    stage: YouTubeStage,
) -> None:
    known = await lost_after_the_last_byte(stage)
    staged = await stage.stage(draft(), known)
    assert len(stage.uploaded()) == 1
    assert (await stage.publish(draft(), staged)).remote_id == stage.uploaded()[0]


async def test_a_video_that_is_not_listed_yet_is_waited_for(stage: YouTubeStage) -> None:
    stage.twin.knobs.listing_lag = timedelta(hours=25, minutes=3)
    known, saves = await lost_after_the_last_byte(stage), Saves()
    with pytest.raises(RateLimited) as raised:
        await stage.stage(draft(), known, saves)
    assert raised.value.until == stage.clock.now() + timedelta(minutes=5)
    stage.clock.at = raised.value.until
    await stage.stage(draft(), saves.last)
    assert len(stage.uploaded()) == 1


async def test_what_was_never_made_is_uploaded_again_after_a_while(stage: YouTubeStage) -> None:
    stage.fail("upload_drop")
    known, saves = Saves(), Saves()
    stage.twin.knobs.session_life = timedelta(0)
    with pytest.raises(NotPublished):
        await stage.stage(draft(), saves=known)
    stage.twin.knobs.session_life = timedelta(hours=24)
    stage.faults.clear()
    sent = {"last_at": stage.clock.now().isoformat(), "session": f"{stage.login.base_url}/upload"
            "/videos?upload_id=gone", "began_at": stage.clock.now().isoformat(), "size": SIZE,
            "made": "", "sent": 0}  # fmt: skip
    with pytest.raises(RateLimited):
        await stage.stage(draft(), {"media": {str(film().id): sent}}, saves)
    stage.clock.at += timedelta(minutes=5)
    await stage.publish(draft(), await stage.stage(draft(), saves.last))
    assert len(stage.uploaded()) == 1


async def test_the_video_of_another_post_is_not_taken_for_it(stage: YouTubeStage) -> None:
    """Neither an older one with these words, nor one with others, nor one that is public."""
    older = await stage.stage(draft())
    stage.clock.at += timedelta(minutes=2)
    known = await lost_after_the_last_byte(stage)
    for video_id in stage.uploaded():
        if video_id not in str(older):
            await stage.platform.delete(stage.login, video_id)
    other = await stage.stage(draft("Other words"))
    with pytest.raises(RateLimited):
        await stage.stage(draft(), known)
    await stage.publish(draft("Other words"), other)
    assert len(stage.uploaded()) == 2


async def test_an_upload_that_vanishes_is_made_again(stage: YouTubeStage) -> None:
    stage.fail("upload_expires")
    saves = Saves()
    with pytest.raises(NotPublished) as raised:
        await stage.stage(draft(), saves=saves)
    assert raised.value.problem.code == "video_missing"
    await stage.publish(draft(), await stage.stage(draft(), saves.last))
    assert len(stage.entries()) == 1


async def test_the_channels_cap_waits_a_day(stage: YouTubeStage) -> None:
    stage.twin.knobs.upload_limit = True
    with pytest.raises(RateLimited) as raised:
        await stage.stage(draft())
    assert raised.value.until == stage.clock.now() + timedelta(hours=24)


async def test_a_login_that_ends_while_bytes_go_is_renewed_and_goes_on(
    stage: YouTubeStage,
) -> None:
    saves = Saves(crash_after=2)
    with pytest.raises(Crashed):
        await stage.stage(draft(), saves=saves)
    wrong = with_secrets(stage.login, access_token="ended")
    with pytest.raises(LoginExpired):
        await stage.platform.stage(wrong, draft(), saves.last, saves, stage.files)
    await stage.stage(draft(), saves.last)
    assert stage.paths().count("POST /upload/videos") == 1
    assert len(stage.uploaded()) == 1
