"""What TikTok is sent before the moment: tasks, parts of a video, addresses of photos."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Http
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    PlatformError,
    RateLimited,
    Refused,
)
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.tiktok import TikTok
from postclock.services.platforms.tiktok_chunks import SMALLEST
from tests.fixtures.files import HeldFiles

from .pictures import Crashed, Saves, paths
from .scripted import NOW, OwnedClock, ScriptedServer
from .test_tiktok import PHOTO, PUBLIC, TASK, VIDEO, no, status, yes

PART = SMALLEST
SIZE = 3 * PART + 123
LARGE = replace(VIDEO, size=SIZE)
FILM = HeldFiles(others=bytes(SIZE))
ALLOWED = {"allow_comment": True, "allow_duet": True, "cover_ms": 1000}
DRAFT = Draft("Hello", (LARGE,), options={**PUBLIC, **ALLOWED})
ME = "/v2/post/publish/creator_info/query/"
INIT = "/v2/post/publish/video/init/"


@pytest.fixture
def tiktok(http: Http, clock: OwnedClock) -> TikTok:
    return TikTok(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, "7", "grace", {"access_token": "secret-token"})


def creator(**more: Any) -> dict[str, Any]:
    known = {
        "creator_username": "grace", "max_video_post_duration_sec": 300,
        "privacy_level_options": ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
        "comment_disabled": False, "duet_disabled": True, "stitch_disabled": False,
    }  # fmt: skip
    return yes(**{**known, **more})


def opened(server: ScriptedServer) -> dict[str, Any]:
    return yes(publish_id=TASK, upload_url=f"{server.url}/video/?upload_token=t")


async def test_all_parts_but_the_last_are_sent_ahead(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, creator())
    server.answers(200, opened(server))
    server.answers(206)
    server.answers(206)
    saves = Saves()
    done = await tiktok.stage(login, DRAFT, {}, saves, FILM)
    assert done == saves.last
    entry = done["media"][str(LARGE.id)]
    piece = tiktok.held_back(DRAFT, done)
    assert piece
    assert (piece.start, piece.end, entry["sent"]) == (2 * entry["chunk"], SIZE, piece.start)
    assert piece.end - piece.start < PART + 1000
    me, init, first, second = server.seen
    assert [me.path, init.path] == [ME, INIT]
    assert init.json == {
        "post_info": {
            "title": "Hello", "privacy_level": "PUBLIC_TO_EVERYONE", "disable_duet": True,
            "disable_comment": False, "disable_stitch": True, "brand_content_toggle": False,
            "brand_organic_toggle": False, "is_aigc": False, "video_cover_timestamp_ms": 1000,
        },
        "source_info": {
            "source": "FILE_UPLOAD", "video_size": SIZE, "chunk_size": entry["chunk"],
            "total_chunk_count": 3,
        },
    }  # fmt: skip
    assert second.headers["Content-Range"] == f"bytes {len(first.body)}-{piece.start - 1}/{SIZE}"
    assert [len(saved["media"]) for saved in saves.seen] == [1, 1, 1]
    assert await tiktok.stage(login, DRAFT, done, saves, FILM) == done
    assert len(server.seen) == 4


async def test_another_caption_needs_another_task(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    small = Draft("Hello", (VIDEO,), options=PUBLIC)
    for _ in range(2):
        server.answers(200, creator())
        server.answers(200, opened(server))
    done = await tiktok.stage(login, small, {}, Saves(), FILM)
    await tiktok.stage(login, replace(small, text="Changed"), done, Saves(), FILM)
    assert [one.path for one in server.seen] == [ME, INIT] * 2


async def test_an_inbox_asks_for_nothing_but_the_video(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, opened(server))
    await tiktok.stage(login, Draft("x", (VIDEO,), options={"mode": "inbox"}), {}, Saves(), FILM)
    (seen,) = server.seen
    assert seen.path == "/v2/post/publish/inbox/video/init/"
    assert list(seen.json) == ["source_info"]


async def test_photos_are_given_as_addresses(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, creator(comment_disabled=True))
    done = await tiktok.stage(login, Draft("x", (PHOTO,), options=PUBLIC), {}, Saves(), FILM)
    entry = done["media"][str(PHOTO.id)]
    assert entry["url"] == f"{FILM.at}/{PHOTO.name}"
    assert entry["closed"] == ["comment", "duet"]


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (creator(privacy_level_options=["SELF_ONLY"]), Refused, "privacy_unavailable"),
        (creator(max_video_post_duration_sec=10), Refused, "video_too_long"),
        (no("spam_risk_too_many_posts"), RateLimited, "posts_exhausted"),
        (no("spam_risk_user_banned_from_posting"), LoginRevoked, "account_banned"),
        (no("reached_active_user_cap"), RateLimited, "app_full"),
        (no("internal_error"), NotPublished, "upload_failed"),
        ("{", NotPublished, "upload_failed"),
    ],
)
async def test_what_the_account_may_not_is_told_before_anything_is_uploaded(
    answer: Any, error: type[PlatformError], code: str, tiktok: TikTok, login: Login,
    server: ScriptedServer,
) -> None:  # fmt: skip
    server.answers(200, answer)
    with pytest.raises(error) as raised:
        await tiktok.stage(login, DRAFT, {}, Saves(), FILM)
    assert raised.value.problem.code == code
    assert len(server.seen) == 1


@pytest.mark.parametrize("answer", [(500, no("internal_error")), (200, yes(publish_id=TASK))])
async def test_a_task_that_was_not_opened_is_opened_again(
    answer: tuple[int, Any], tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    server.answers(200, creator())
    server.answers(*answer)
    with pytest.raises(NotPublished) as raised:
        await tiktok.stage(login, DRAFT, {}, Saves(), FILM)
    assert raised.value.problem.code == "upload_failed"


async def begun(tiktok: TikTok, login: Login, server: ScriptedServer) -> dict[str, Any]:
    """A crash right after the first part was noted."""
    server.answers(200, creator())
    server.answers(200, opened(server))
    server.answers(206)
    saves = Saves(crash_after=2)
    with pytest.raises(Crashed):
        await tiktok.stage(login, DRAFT, {}, saves, FILM)
    server.seen.clear()
    return {**saves.last}


async def test_after_a_crash_the_next_part_follows(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    before = await begun(tiktok, login, server)
    server.answers(206)
    await tiktok.stage(login, DRAFT, before, Saves(), FILM)
    (seen,) = server.seen
    assert seen.headers["Content-Range"].startswith(f"bytes {before_sent(before)}-")


def before_sent(staged: dict[str, Any]) -> int:
    sent: int = staged["media"][str(LARGE.id)]["sent"]
    return sent


async def test_a_part_that_was_taken_unnoticed_is_not_sent_twice(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    before = await begun(tiktok, login, server)
    server.answers(416)
    server.answers(200, status("PROCESSING_UPLOAD", uploaded=2 * before_sent(before)))
    done = await tiktok.stage(login, DRAFT, before, Saves(), FILM)
    assert done["media"][str(LARGE.id)]["sent"] == 2 * before_sent(before)
    assert paths(server.seen) == ["PUT /video/", "POST /v2/post/publish/status/fetch/"]


@pytest.mark.parametrize("code", [500, 503, 429])
async def test_a_part_that_was_not_taken_is_sent_again_later(
    code: int, tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    before, saves = await begun(tiktok, login, server), Saves()
    server.answers(code)
    with pytest.raises(NotPublished) as raised:
        await tiktok.stage(login, DRAFT, before, saves, FILM)
    assert (raised.value.problem.code, saves.seen) == ("upload_failed", [])


@pytest.mark.parametrize("code", [400, 403, 404, 416])
async def test_an_upload_that_is_lost_begins_anew(
    code: int, tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    before, saves = await begun(tiktok, login, server), Saves()
    server.answers(code)
    server.answers(400, no("invalid_publish_id"))
    with pytest.raises(NotPublished) as raised:
        await tiktok.stage(login, DRAFT, before, saves, FILM)
    assert raised.value.problem.code == "media_missing"
    assert saves.last["media"][str(LARGE.id)] == {}


async def test_an_upload_that_ends_too_soon_begins_anew(
    tiktok: TikTok, login: Login, server: ScriptedServer, clock: OwnedClock
) -> None:
    before = await begun(tiktok, login, server)
    clock.at = NOW + timedelta(minutes=50)
    server.answers(200, creator())
    server.answers(200, opened(server))
    server.answers(206)
    server.answers(206)
    await tiktok.stage(login, DRAFT, before, Saves(), FILM)
    assert server.seen[1].path == INIT
