"""Every client against its twin with pictures, over real HTTP: staged, published, lost, found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from postclock.scheduler.model import Absent, Found, NotSeen, Staged
from postclock.services.platforms.base import NotPublished, OutcomeUnknown, Refused, UploadGone
from postclock.services.platforms.drafting import Draft, Files, Media
from tests.fixtures.files import HeldFiles
from tests.fixtures.pictures import moving
from tests.fixtures.pictures import picture as made

from .pictures import Crashed, Saves
from .scripted import OwnedClock
from .test_sandbox import NONE, Stage, serve, signed_in, stage

__all__ = ["serve", "stage"]

FILES = {1: ("image/png", made("PNG", (40, 30))), 2: ("image/jpeg", made("JPEG", (30, 40)))}
GIF = {1: ("image/gif", moving((40, 30)))}


@dataclass
class MovingClock(OwnedClock):
    """Time passes for whoever sleeps, and for nobody else."""

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> OwnedClock:
    return MovingClock()


def shown(
    files: dict[int, tuple[str, bytes]] = FILES, text: str = "Look at this"
) -> tuple[Draft, Files]:
    """A draft with these files, and how a node reads them."""
    media = tuple(
        Media(UUID(int=n), kind, len(content), 40, 30, f"no. {n} <&>", kind == "image/gif")
        for n, (kind, content) in files.items()
    )

    return Draft(text, media), HeldFiles(
        {UUID(int=n): content for n, (_, content) in files.items()}
    )


async def staged(stage: Stage, draft: Draft, held: Files, before: Staged | None = None) -> Staged:
    """Staged, saved, and staged once more: that changes nothing."""
    platform, saves = stage.platform, Saves()
    done = await platform.stage(stage.login, draft, before or {}, saves, held)
    assert done == saves.last
    assert await platform.stage(stage.login, draft, done, saves, held) == done
    return done


def planned(stage: Stage, draft: Draft, done: Staged) -> Staged:
    return stage.platform.plan(stage.login, draft, done, f"key {draft.text}", stage.clock.now())


@pytest.mark.parametrize("text", ["Look at this https://example.com/a?b=c", "", "日本語 & <b>"])
async def test_pictures_are_published_with_their_words_and_found_again(
    stage: Stage, text: str
) -> None:
    if not text and stage.platform.capabilities.text.required:
        pytest.skip("it takes no post without a text")
    await signed_in(stage)
    draft, held = shown(text=text)
    since = stage.clock.now()
    request = planned(stage, draft, await staged(stage, draft, held))
    receipt = await stage.platform.publish(stage.login, draft, request)
    entry = stage.entries()[-1]
    assert (entry.id, entry.text) == (receipt.remote_id, text)
    assert [one["alt"] for one in entry.media] == ["no. 1 <&>", "no. 2 <&>"]
    stage.time_passes()
    sighting = await stage.platform.find(stage.login, draft, request, since, NONE)
    assert isinstance(sighting, Found)
    assert sighting.receipt.remote_id == receipt.remote_id
    if stage.platform.name not in ("bluesky", "facebook"):  # a key, a photo's id decides there
        fewer = replace(draft, media=draft.media[:1])
        sighting = await stage.platform.find(stage.login, fewer, request, since, NONE)
        assert isinstance(sighting, Absent | NotSeen)


async def test_a_lost_answer_is_found_and_not_sent_again(stage: Stage) -> None:
    await signed_in(stage)
    draft, held = shown(text="words" if stage.platform.capabilities.text.required else "")
    before, since = len(stage.entries()), stage.clock.now()
    request = planned(stage, draft, await staged(stage, draft, held))
    stage.fail("commit_then_drop")
    with pytest.raises(OutcomeUnknown):
        await stage.platform.publish(stage.login, draft, request)
    stage.time_passes()
    sighting = await stage.platform.find(stage.login, draft, request, since, NONE)
    assert isinstance(sighting, Found)
    assert [entry.id for entry in stage.entries()[before:]] == [sighting.receipt.remote_id]


@pytest.mark.parametrize("fault", ["upload_server_error", "upload_drop"])
async def test_an_upload_that_failed_is_made_again(stage: Stage, fault: str) -> None:
    await signed_in(stage)
    draft, held = shown()
    stage.fail(fault)
    with pytest.raises(NotPublished):
        await stage.platform.stage(stage.login, draft, {}, Saves(), held)
    request = planned(stage, draft, await staged(stage, draft, held))
    await stage.platform.publish(stage.login, draft, request)
    assert len(stage.entries()[-1].media) == 2


async def test_staging_goes_on_after_a_crash_at_any_save(stage: Stage) -> None:
    await signed_in(stage)
    draft, held = shown()
    whole = Saves()
    await stage.platform.stage(stage.login, draft, {}, whole, held)
    for crash_after in range(1, len(whole.seen) + 1):
        saves = Saves(crash_after)
        with pytest.raises(Crashed):
            await stage.platform.stage(stage.login, draft, {}, saves, held)
        done = await staged_on(stage, draft, held, saves.last)
        words = replace(draft, text=f"after save {crash_after}")
        await stage.platform.publish(stage.login, words, planned(stage, words, done))
        assert [one["alt"] for one in stage.entries()[-1].media] == ["no. 1 <&>", "no. 2 <&>"]


async def staged_on(stage: Stage, draft: Draft, held: Files, before: Staged) -> Staged:
    return await stage.platform.stage(stage.login, draft, before, Saves(), held)


@pytest.mark.parametrize("alt", ["", "words"])
async def test_uploads_the_platform_forgot_are_made_again(stage: Stage, alt: str) -> None:
    """Noticed while they are described, or when they are to be shown."""
    await signed_in(stage)
    draft, held = shown()
    draft = replace(draft, media=tuple(replace(media, alt=alt) for media in draft.media))
    stage.fail("upload_expires")
    saves = Saves()
    with pytest.raises(NotPublished) as raised:
        await at_once(stage, draft, held, saves)
    assert raised.value.problem.code == "media_missing"
    kept = {} if isinstance(raised.value, UploadGone) else saves.last
    done = await staged(stage, draft, held, kept)
    await stage.platform.publish(stage.login, draft, planned(stage, draft, done))
    assert [one["alt"] for one in stage.entries()[-1].media] == [alt, alt]


async def at_once(stage: Stage, draft: Draft, held: Files, saves: Saves) -> None:
    done = await stage.platform.stage(stage.login, draft, {}, saves, held)
    await stage.platform.publish(stage.login, draft, planned(stage, draft, done))


async def test_what_is_processed_is_waited_for(stage: Stage) -> None:
    name = stage.platform.name
    if name == "bluesky":
        pytest.skip("it takes a file as it is: there is nothing to wait for")
    await signed_in(stage)
    draft, held = shown(GIF)
    request = planned(stage, draft, await staged(stage, draft, held))
    await stage.platform.publish(stage.login, draft, request)
    assert len(stage.entries()[-1].media) == 1
    still, held = shown(text="slow")
    stage.sandbox.faults.add({"platform": name, "fault": "upload_slow", "seconds": 20})
    request = planned(stage, still, await staged(stage, still, held))
    await stage.platform.publish(stage.login, still, request)
    assert stage.entries()[-1].text == "slow"
    stage.fail("upload_fails")
    with pytest.raises(Refused):
        await stage.platform.stage(stage.login, still, {}, Saves(), held)
