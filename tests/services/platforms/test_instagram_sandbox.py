"""Instagram's client against its twin, over real HTTP: staged, published, taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from postclock.scheduler.model import Absent, Found, Staged
from postclock.services.platforms.base import (
    LoginExpired,
    LoginRevoked,
    NotReady,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.uploads import KEY
from tests.conformance.stage import Served

from .instagram_stage import DRAFTS, PICTURES, Stage, served, stage
from .pictures import Saves

__all__ = ["served", "stage"]

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("name", DRAFTS)
async def test_each_kind_is_published_once_and_found_again(stage: Stage, name: str) -> None:
    draft = DRAFTS[name]
    done = await stage.staged(draft)
    receipt = await stage.publish(draft, done)
    assert receipt.note == ""
    assert (receipt.permalink or "").startswith("https://www.instagram.com/")
    assert receipt.accepted_at == stage.clock.now().replace(microsecond=0)
    entry = stage.entries()[0]
    assert (entry.id, entry.text) == (receipt.remote_id, draft.text)
    assert [one["mime_type"] for one in entry.media] == [one.mime_type for one in draft.media]
    comments = [one.text for one in stage.entries()[1:]]
    assert comments == (["First!"] if name == "comment" else [])
    plain = replace(draft, options={**draft.options, "first_comment": ""})
    sighting = await stage.find(plain, done)
    assert isinstance(sighting, Found)
    assert (sighting.receipt.remote_id, sighting.receipt.permalink) == (
        receipt.remote_id, receipt.permalink,
    )  # fmt: skip


async def test_alt_texts_and_choices_arrive(stage: Stage) -> None:
    draft = replace(DRAFTS["carousel"], options={"collaborators": ["@grace"], "location_id": "7"})
    await stage.publish(draft, await stage.staged(draft))
    entry = stage.entries()[0]
    assert [one["alt"] for one in entry.media] == ["no. 1", "no. 2"]
    assert entry.record["asked"] == {"collaborators": ["grace"], "location_id": "7"}


async def test_a_container_that_ended_is_made_again(stage: Stage) -> None:
    draft, saves = DRAFTS["picture"], Saves()
    done = await stage.staged(draft)
    stage.clock.at += timedelta(hours=24)
    with pytest.raises(UploadGone):
        await stage.publish(draft, done)
    assert await stage.find(draft, done, saves) == Absent()
    assert saves.last[KEY]["container"] == {}
    again = await stage.staged(draft, done)
    assert again[KEY]["container"]["id"] != done[KEY]["container"]["id"]
    await stage.publish(draft, again)


async def test_a_container_with_other_words_is_not_published(stage: Stage) -> None:
    draft = DRAFTS["carousel"]
    done = await stage.staged(draft)
    changed = replace(draft, text="Other words")
    with pytest.raises(UploadGone):
        await stage.publish(changed, done)
    again = await stage.staged(changed, done)
    children = [str(one.id) for one in PICTURES]
    assert [again[KEY][one]["id"] for one in children] == [done[KEY][one]["id"] for one in children]
    await stage.publish(changed, again)
    assert [one.text for one in stage.entries()] == ["Other words"]


async def test_what_takes_long_is_waited_for_and_is_no_failure(stage: Stage) -> None:
    draft = DRAFTS["picture"]
    stage.fail("upload_slow", seconds=200)
    staged: Staged = {}
    for _ in range(4):
        saves = Saves()
        with pytest.raises(NotReady) as raised:
            await stage.client.stage(stage.login, draft, staged, saves, stage.files)
        assert raised.value.until == stage.clock.now() + timedelta(seconds=15)
        staged = {**staged, **saves.last}
    done = await stage.staged(draft, staged)
    await stage.publish(draft, done)
    assert len(stage.entries()) == 1


async def test_no_post_left_is_told_before_the_moment(stage: Stage, served: Served) -> None:
    draft, stage.twin._keeps_quota = DRAFTS["picture"], True
    stage.knobs.quota_total = 1
    await stage.publish(draft, await stage.staged(draft))
    done: Staged = {}
    with pytest.raises(RateLimited) as raised:
        await stage.client.stage(stage.login, draft, done, Saves(), stage.files)
    assert str(raised.value) == (
        "Instagram takes 1 posts of an account in 24 hours: these are used up."
    )


async def test_a_file_that_cannot_be_fetched_says_so(stage: Stage) -> None:
    for draft in (DRAFTS["picture"], DRAFTS["reel"]):
        stage.files.at = "http://127.0.0.1:1/nothing"
        if stage.login.secrets.get("way") == "facebook" and draft.media[0].is_video:
            continue
        with pytest.raises(UploadGone) as raised:
            await stage.client.stage(stage.login, draft, {}, Saves(), stage.files)
        assert raised.value.problem.code == "media_not_fetched"


async def test_taking_back(stage: Stage) -> None:
    draft = DRAFTS["picture"]
    receipt = await stage.publish(draft, await stage.staged(draft))
    if stage.login.secrets.get("way") != "facebook":
        with pytest.raises(Refused):
            await stage.client.delete(stage.login, receipt.remote_id)
        return
    await stage.client.delete(stage.login, receipt.remote_id)
    assert not stage.entries()[0].live
    await stage.client.delete(stage.login, receipt.remote_id)


async def test_a_login_that_was_taken_back(stage: Stage) -> None:
    draft = DRAFTS["picture"]
    done = await stage.staged(draft)
    stage.sandbox.grants["instagram"].revoke(stage.login.remote_id)
    with pytest.raises(LoginRevoked):
        await stage.publish(draft, done)
    wrong = replace(stage.login, secrets={**stage.login.secrets, "access_token": "wrong"})
    with pytest.raises(LoginExpired):
        await stage.client.publish(wrong, draft, done)


async def test_bytes_go_only_where_a_token_may_go(stage: Stage) -> None:
    if stage.login.secrets.get("way") != "facebook":
        pytest.skip("only through a Page bytes are sent")
    astray = replace(stage.login, hosts={**stage.login.hosts, "upload": "https://elsewhere.test"})
    with pytest.raises(Exception, match="not known to be its own"):
        await stage.client.stage(astray, DRAFTS["reel"], {}, Saves(), stage.files)
