"""What a look at TikTok shows: the task's own words, then what the account lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from postclock.scheduler.model import Absent, CannotTell, Declined, Found, Pending, Staged
from postclock.services.platforms.base import Login, LoginExpired, OutcomeUnknown, PlatformError
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.tiktok import TikTok
from postclock.services.platforms.tiktok_outcome import INBOX_NOTE
from postclock.services.platforms.tiktok_status import AGAIN, FAILURES, MOST_TASKS

from .pictures import Saves
from .scripted import NOW, OwnedClock, ScriptedServer
from .test_tiktok import (
    CLIP,
    LATER,
    NONE,
    PHOTO,
    PHOTOS,
    POST,
    PUBLIC,
    TASK,
    VIDEO,
    login,
    no,
    ready,
    status,
    tiktok,
    yes,
)

__all__ = ["login", "tiktok"]


async def look(
    tiktok: TikTok, login: Login, staged: Staged, draft: Draft = CLIP, saves: Saves | None = None
) -> Any:
    return await tiktok.find(login, draft, staged, NOW, NONE, saves or Saves())


@pytest.mark.parametrize("reason", [*FAILURES, "something_new", ""])
async def test_each_reason_of_a_failure(
    reason: str, tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    staged, saves = ready(server), Saves()
    server.answers(200, status("FAILED", reason=reason))
    sighting = await look(tiktok, login, staged, saves=saves)
    if reason not in AGAIN:
        assert isinstance(sighting, Declined)
        assert len(sighting.problem.message.split()) > 4
        assert saves.seen == []
        return
    assert sighting == Absent()
    assert saves.last == {"failed_tasks": 1}
    again = {**ready(server), "failed_tasks": MOST_TASKS - 1}
    server.answers(200, status("FAILED", reason=reason))
    assert isinstance(await look(tiktok, login, again), Declined)


async def test_an_incomplete_upload_may_follow_after_a_while(
    tiktok: TikTok, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    staged, saves = ready(server), Saves()
    for _ in range(5):
        server.answers(200, status("PROCESSING_UPLOAD", uploaded=10))
    assert isinstance(await look(tiktok, login, staged), Pending)
    assert isinstance(await look(tiktok, login, {**staged, "arrived": True}), Pending)
    assert await look(tiktok, login, {**staged, "resend": True}, saves=saves) == Absent()
    assert saves.last == {"media": staged["media"]}
    clock.at += LATER
    assert await look(tiktok, login, staged, saves=saves) == Absent()
    assert saves.last == {"media": staged["media"]}
    clock.at += timedelta(minutes=50)
    assert await look(tiktok, login, staged, saves=saves) == Absent()
    assert saves.last == {}


@pytest.mark.parametrize(
    "answer",
    [status("PROCESSING_UPLOAD"), status("PROCESSING_DOWNLOAD"), status("SOMETHING_NEW"),
     yes(status="PROCESSING_UPLOAD")],
    ids=lambda one: str(one["data"]["status"]),
)  # fmt: skip
async def test_what_is_worked_on_is_pending(
    answer: Any, tiktok: TikTok, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    clock.at += timedelta(hours=3)
    server.answers(200, answer)
    assert isinstance(await look(tiktok, login, ready(server)), Pending)


async def test_the_number_of_a_public_post_is_waited_for_and_looked_up(
    tiktok: TikTok, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    server.answers(200, status("PUBLISH_COMPLETE"))
    assert isinstance(await look(tiktok, login, ready(server)), Pending)
    clock.at += timedelta(minutes=2)
    one = {"id": str(POST), "title": CLIP.text, "create_time": int(NOW.timestamp()),
           "share_url": "https://www.tiktok.com/@grace/video/1"}  # fmt: skip
    server.answers(200, status("PUBLISH_COMPLETE"))
    server.answers(200, yes(videos=[{"id": 1, "title": "Other", "create_time": 2}, one]))
    sighting = await look(tiktok, login, ready(server))
    assert sighting.receipt.remote_id == str(POST)
    server.answers(200, status("PUBLISH_COMPLETE"))
    server.answers(401, no("scope_not_authorized"))
    with pytest.raises(LoginExpired):
        await look(tiktok, login, ready(server))


@pytest.mark.parametrize(
    ("options", "name", "note"),
    [
        ({"privacy": "SELF_ONLY"}, "PUBLISH_COMPLETE", ""),
        ({"mode": "inbox"}, "SEND_TO_USER_INBOX", INBOX_NOTE),
    ],
)
async def test_what_never_gets_a_number_is_known_by_its_task(
    options: Mapping[str, Any], name: str, note: str, tiktok: TikTok, login: Login,
    server: ScriptedServer,
) -> None:  # fmt: skip
    draft = Draft("Hello", (VIDEO,), options=options)
    server.answers(200, status(name))
    sighting = await look(tiktok, login, ready(server, draft), draft)
    receipt = sighting.receipt
    assert (receipt.remote_id, receipt.note) == (TASK, note)
    assert receipt.permalink == "https://www.tiktok.com/@grace"


async def test_photos_whose_answer_was_lost_are_looked_for_by_their_words(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    staged = ready(server, PHOTOS)
    at = int(NOW.timestamp())
    listed = [
        {"id": "3", "video_description": PHOTOS.text, "create_time": at + 5, "share_url": "u3"},
        {"id": "2", "video_description": PHOTOS.text, "create_time": at, "share_url": "u2"},
        {"id": "1", "video_description": PHOTOS.text, "create_time": at - 600, "share_url": "u1"},
        "odd", {"id": "0", "create_time": "odd"},
    ]  # fmt: skip
    server.answers(200, yes(videos=listed))
    sighting = await tiktok.find(login, PHOTOS, staged, NOW, frozenset({"2"}))
    assert isinstance(sighting, Found)
    assert (sighting.receipt.remote_id, sighting.receipt.permalink) == ("3", "u3")
    assert server.seen[-1].json == {"max_count": 20}
    server.answers(200, yes(videos=[]))
    assert isinstance(await look(tiktok, login, staged, PHOTOS), CannotTell)
    narrow = Draft("Hello #tag", (PHOTO,), options={"privacy": "SELF_ONLY"})
    assert isinstance(await look(tiktok, login, staged, narrow), CannotTell)
    assert len(server.seen) == 2


async def test_a_long_caption_is_recognised_where_the_list_cuts_it(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    draft = Draft("word " * 60, (PHOTO,), options=PUBLIC)
    one = {"id": "3", "video_description": draft.text[:150], "create_time": int(NOW.timestamp())}
    for description, found in ((one["video_description"], True), ("word word", False)):
        server.answers(200, yes(videos=[{**one, "video_description": description}]))
        sighting = await look(tiktok, login, ready(server, draft), draft)
        assert isinstance(sighting, Found) is found


async def test_nothing_that_could_have_left_is_absent(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    assert await look(tiktok, login, {"sending_at": NOW.isoformat()}) == Absent()
    failed = {"media": ready(server, PHOTOS)["media"], "failed_tasks": 1}
    assert await look(tiktok, login, failed, PHOTOS) == Absent()
    assert server.seen == []


@pytest.mark.parametrize(
    ("code", "body", "error"),
    [
        (401, no("access_token_invalid"), LoginExpired),
        (429, no("rate_limit_exceeded"), OutcomeUnknown),
        (500, no("internal_error"), OutcomeUnknown),
        (502, "<html>", OutcomeUnknown),
        (200, "{", OutcomeUnknown),
    ],
)
async def test_a_look_that_fails_says_nothing(
    code: int, body: Any, error: type[PlatformError], tiktok: TikTok, login: Login,
    server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(code, body)
    with pytest.raises(error):
        await look(tiktok, login, ready(server))


async def test_a_task_that_tiktok_forgot_is_not_guessed_at(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    server.answers(400, no("invalid_publish_id"))
    server.answers(200, yes(videos=[]))
    assert isinstance(await look(tiktok, login, ready(server)), CannotTell)
