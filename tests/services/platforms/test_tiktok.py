"""The TikTok client against a scripted server, row by row of its sheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from postclock.http import Http
from postclock.scheduler.model import Staged
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    OutcomeUnknown,
    Owner,
    PlatformError,
    RateLimited,
    Refused,
    UploadGone,
    UploadUsed,
)
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.tiktok import TikTok
from postclock.services.platforms.tiktok_answers import ANSWERS, LAST_CHUNK
from postclock.services.platforms.tiktok_media import digest_of

from .pictures import Saves
from .scripted import NOW, OwnedClock, ScriptedServer
from .tables import UNLISTED, Case, rows_without_a_case

NONE: frozenset[str] = frozenset()
PUBLIC = {"privacy": "PUBLIC_TO_EVERYONE"}
VIDEO = Media(
    UUID(int=9), "video/mp4", 40, 1080, 1920, duration=12.0, frame_rate=30.0, video_codec="h264"
)
PHOTO = Media(UUID(int=1), "image/jpeg", 40, 1080, 1080)
CLIP = Draft("Hello #tag", (VIDEO,), options=PUBLIC, held=b"x" * 40)
PHOTOS = Draft("Hello #tag", (PHOTO,), options=PUBLIC)
TASK = "v_pub_file~v2-1.7"
POST = 7341234567890123456
"""A number that a float would round."""
LATER = timedelta(minutes=10)


def no(code: str, message: str = "why") -> dict[str, Any]:
    return {"data": {}, "error": {"code": code, "message": message, "log_id": "l"}}


def yes(**data: Any) -> dict[str, Any]:
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "l"}}


def status(name: str, *ids: int, reason: str = "", uploaded: int = 40) -> dict[str, Any]:
    return yes(
        status=name, fail_reason=reason, publicaly_available_post_id=list(ids),
        uploaded_bytes=uploaded, downloaded_bytes=0,
    )  # fmt: skip


CASES = (
    Case(400, no("invalid_param"), Refused, "refused"),
    Case(200, no("invalid_params"), Refused, "refused"),
    Case(400, no("app_version_check_failed"), Refused, "app_outdated"),
    Case(400, no("invalid_publish_id"), Refused, "refused"),
    Case(400, no("token_not_authorized_for_specified_publish_id"), Refused, "refused"),
    Case(401, no("access_token_invalid"), LoginExpired, "login_expired"),
    Case(401, "", LoginExpired, "login_expired"),
    Case(401, no("scope_not_authorized"), LoginRevoked, "permission_missing"),
    Case(401, no("scope_permission_missed"), LoginRevoked, "permission_missing"),
    Case(403, no("spam_risk_too_many_posts"), RateLimited, "posts_exhausted"),
    Case(200, no("spam_risk_too_many_posts"), RateLimited, "posts_exhausted"),
    Case(403, no("spam_risk_user_banned_from_posting"), LoginRevoked, "account_banned"),
    Case(200, no("spam_risk_user_banned_from_posting"), LoginRevoked, "account_banned"),
    Case(403, no("spam_risk_too_many_pending_share"), RateLimited, "drafts_waiting"),
    Case(403, no("reached_active_user_cap"), RateLimited, "app_full"),
    Case(403, no("unaudited_client_can_only_post_to_private_accounts"), Refused, "app_unaudited"),
    Case(403, no("url_ownership_unverified"), Refused, "address_unverified"),
    Case(403, no("privacy_level_option_mismatch"), Refused, "privacy_unavailable"),
    Case(429, no("rate_limit_exceeded"), RateLimited, "rate_limited"),
    Case(429, "", RateLimited, "rate_limited"),
    Case(500, no("internal_error"), OutcomeUnknown, "server_error"),
    Case(200, no("internal_error"), OutcomeUnknown, "server_error"),
    Case(400, no("something_new"), Refused, "refused"),
)
LAST = (
    *(Case(code, "", UploadUsed, "media_missing") for code in (400, 403, 404, 416)),
    Case(429, "", RateLimited, "rate_limited"),
    Case(206, "", OutcomeUnknown, "answer_unclear"),
)


@pytest.fixture
def tiktok(http: Http, clock: OwnedClock) -> TikTok:
    return TikTok(http, clock)


@pytest.fixture
def login(server: ScriptedServer) -> Login:
    return Login(server.url, "7", "grace", {"access_token": "secret-token"})


def ready(server: ScriptedServer, draft: Draft = CLIP, **more: Any) -> Staged:
    """What staging leaves, and planning."""
    until = (NOW + timedelta(minutes=50)).isoformat()
    video = {
        "publish_id": TASK, "upload_url": f"{server.url}/video/?upload_id=7&upload_token=t",
        "size": 40, "chunk": 40, "sent": 0, "said": digest_of(draft), "expires_at": until,
    }  # fmt: skip
    photo = {"url": "https://media.test/1.jpg", "closed": [], "expires_at": until}
    media = {str(one.id): video if one.is_video else photo for one in draft.media}
    return {"media": media, "sending_at": NOW.isoformat(), **more}


# --- answers -----------------------------------------------------------------------------------


def test_every_row_of_the_tables_has_a_case() -> None:
    assert rows_without_a_case(LAST_CHUNK, LAST) == []
    as_refused = [
        Case(400 if c.status == 200 else c.status, c.body, c.error, c.code) for c in CASES
    ]
    assert rows_without_a_case(ANSWERS, as_refused) == []


@pytest.mark.parametrize("case", [*CASES, *UNLISTED], ids=str)
async def test_each_answer_to_photos_is_one_error(
    case: Case, tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    server.answers(case.status, case.body, case.headers)
    with pytest.raises(PlatformError) as raised:
        await tiktok.publish(login, PHOTOS, ready(server, PHOTOS))
    assert (type(raised.value), raised.value.problem.code) == (case.error, case.code)
    assert len(server.seen) == 1
    if isinstance(raised.value, OutcomeUnknown):
        assert raised.value.answered


@pytest.mark.parametrize("case", [*LAST, *UNLISTED], ids=str)
async def test_each_answer_to_the_last_part_is_one_error(
    case: Case, tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    saves = Saves()
    server.answers(case.status, case.body, case.headers)
    with pytest.raises(PlatformError) as raised:
        await tiktok.publish(login, CLIP, ready(server), saves)
    assert (type(raised.value), raised.value.problem.code) == (case.error, case.code)
    assert [saved.get("resend") for saved in saves.seen] == ([True] if case.status >= 500 else [])


@pytest.mark.parametrize(
    ("code", "wait"),
    [
        ("spam_risk_too_many_posts", timedelta(hours=6)),
        ("spam_risk_too_many_pending_share", timedelta(days=1)),
        ("reached_active_user_cap", timedelta(days=1)),
        ("rate_limit_exceeded", timedelta(seconds=65)),
    ],
)
async def test_each_limit_has_its_wait(
    code: str, wait: timedelta, tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    server.answers(403, no(code))
    with pytest.raises(RateLimited) as raised:
        await tiktok.publish(login, PHOTOS, ready(server, PHOTOS))
    assert raised.value.until == NOW + wait


# --- publishing ----------------------------------------------------------------------------------


async def test_the_last_part_publishes_a_video(
    tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    staged = ready(server)
    piece = tiktok.held_back(CLIP, staged)
    assert piece
    assert (piece.start, piece.end) == (0, 40)
    assert piece.url.startswith(server.url)
    server.answers(201)
    server.answers(200, status("PROCESSING_UPLOAD"))
    server.answers(200, status("PUBLISH_COMPLETE", POST))
    saves = Saves()
    receipt = await tiktok.publish(login, CLIP, staged, saves)
    assert receipt.remote_id == str(POST)
    assert receipt.permalink == f"https://www.tiktok.com/@grace/video/{POST}"
    put, *asked = server.seen
    assert (put.method, put.path, put.body) == ("PUT", "/video/", b"x" * 40)
    assert put.headers["Content-Range"] == "bytes 0-39/40"
    assert put.headers["Content-Length"] == "40"
    assert put.headers["Content-Type"] == "video/mp4"
    assert "Authorization" not in put.headers
    assert [one.json for one in asked] == [{"publish_id": TASK}] * 2
    assert saves.last["arrived"] is True


@pytest.mark.parametrize("draft", [CLIP, PHOTOS], ids=["video", "photos"])
async def test_what_is_still_processed_is_unknown_and_its_task_is_kept(
    draft: Draft, tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    server.answers(201, yes(publish_id="p_pub_url~v2.1"))
    server.answers(200, status("PROCESSING_UPLOAD"))
    server.answers(503)
    saves = Saves()
    with pytest.raises(OutcomeUnknown) as raised:
        await tiktok.publish(login, draft, ready(server, draft), saves)
    assert (raised.value.problem.code, raised.value.answered) == ("processing", True)
    assert saves.last.get("arrived") or saves.last["task"] == "p_pub_url~v2.1"


@pytest.mark.parametrize("draft", [CLIP, PHOTOS], ids=["video", "photos"])
async def test_a_lost_answer_is_of_unknown_outcome(
    draft: Draft, tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    server.drops()
    with pytest.raises(OutcomeUnknown) as raised:
        await tiktok.publish(login, draft, ready(server, draft))
    assert not raised.value.answered
    assert len(server.seen) == 1


async def test_what_photos_are_sent(tiktok: TikTok, login: Login, server: ScriptedServer) -> None:
    options = {**PUBLIC, "title": "Cats", "is_aigc": True, "auto_add_music": True}
    draft = Draft("Hello", (PHOTO,), options=options)
    staged: dict[str, Any] = {**ready(server, draft)}
    staged["media"][str(PHOTO.id)]["closed"] = ["comment"]
    server.answers(200, yes(publish_id="p_pub_url~v2.1"))
    server.answers(200, status("PUBLISH_COMPLETE", POST))
    receipt = await tiktok.publish(login, draft, staged)
    assert receipt.permalink == f"https://www.tiktok.com/@grace/photo/{POST}"
    assert server.seen[0].path == "/v2/post/publish/content/init/"
    assert server.seen[0].json == {
        "media_type": "PHOTO", "post_mode": "DIRECT_POST", "is_aigc": True,
        "post_info": {
            "title": "Cats", "description": "Hello", "privacy_level": "PUBLIC_TO_EVERYONE",
            "disable_comment": True, "auto_add_music": True, "brand_content_toggle": False,
            "brand_organic_toggle": False,
        },
        "source_info": {
            "source": "PULL_FROM_URL", "photo_cover_index": 0,
            "photo_images": ["https://media.test/1.jpg"],
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [{"media": {}}, {"sent": 10}, {"said": "another caption"}, {"expires_at": NOW.isoformat()}],
    ids=str,
)
async def test_a_video_that_is_not_ready_is_uploaded_again(
    change: Mapping[str, Any], tiktok: TikTok, login: Login, server: ScriptedServer
) -> None:
    staged: dict[str, Any] = {**ready(server)}
    if "media" in change:
        staged["media"] = {}
    else:
        staged["media"][str(VIDEO.id)] |= change
    with pytest.raises(UploadGone):
        await tiktok.publish(login, CLIP, staged)
    assert server.seen == []


# --- links and plans -----------------------------------------------------------------------------


def test_a_link_names_its_post(tiktok: TikTok) -> None:
    owner = Owner("7", "@Grace")
    for path in (f"@grace/video/{POST}", f"@Grace/photo/{POST}?lang=en"):
        assert tiktok.remote_id_in(f"https://www.tiktok.com/{path}", owner) == str(POST)
    for link in (f"https://www.tiktok.com/@ada/video/{POST}", "https://vm.tiktok.com/ZM1/"):
        assert tiktok.remote_id_in(link, owner) is None


async def test_nobody_can_delete(tiktok: TikTok, login: Login) -> None:
    assert not tiktok.capabilities.deletes
    with pytest.raises(Refused):
        await tiktok.delete(login, "7")


def test_a_plan_stays(tiktok: TikTok, login: Login) -> None:
    planned = tiktok.plan(login, CLIP, {}, "key", NOW)
    assert planned == {"sending_at": NOW.isoformat()}
    assert tiktok.plan(login, CLIP, planned, "other", NOW + LATER) == planned
