"""TikTok's twin, by its contract sheet: tasks, parts, numbers, limits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from starlette.types import ASGIApp

from postclock.sandbox.app import create_sandbox
from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.rig import MORNING, Answer, Api, OwnedClock, Running

FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(100)
PART = 5_242_880
INFO = {"title": "Hello", "privacy_level": "PUBLIC_TO_EVERYONE", "brand_content_toggle": False}
AT = "/tiktok/v2/post/publish/"


def token(handle: str = "acme") -> str:
    return sandbox_account("tiktok", handle)[2]["access_token"]


def source(size: int = len(FILM), chunk: int | None = None, count: int = 1) -> dict[str, Any]:
    return {
        "source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk or size,
        "total_chunk_count": count,
    }  # fmt: skip


async def post(api: Api, path: str, body: Any, handle: str = "acme") -> Answer:
    return await api("POST", path, token=token(handle), json=body)


async def opened(api: Api, **more: Any) -> dict[str, Any]:
    info = {**INFO, **more.pop("info", {})}
    body = {"post_info": info, "source_info": more.pop("source_info", source())}
    answer = await post(api, f"{AT}video/init/", body, more.pop("handle", "acme"))
    data: dict[str, Any] = answer.json["data"]
    return data or answer.json["error"]


async def put(
    api: Api, task: dict[str, Any], content: bytes, start: int = 0, total: int | None = None
) -> Answer:
    end = start + len(content)
    headers = {
        "Content-Type": "video/mp4",
        "Content-Range": f"bytes {start}-{end - 1}/{end if total is None else total}",
    }
    url = urlsplit(task["upload_url"])
    return await api("PUT", f"{url.path}?{url.query}", data=BytesIO(content), headers=headers)


async def status(api: Api, task: dict[str, Any], handle: str = "acme") -> dict[str, Any]:
    body = {"publish_id": task["publish_id"]}
    answer = await post(api, f"{AT}status/fetch/", body, handle)
    data: dict[str, Any] = answer.json["data"]
    return data or answer.json["error"]


async def test_a_video_from_its_opening_to_its_number(api: Api, running: Running) -> None:
    task = await opened(api)
    assert task["publish_id"].startswith("v_pub_file~")
    assert task["upload_url"].startswith(f"{running.url}/tiktok/upload/video/?upload_id=")
    assert (await status(api, task))["uploaded_bytes"] == 0
    assert (await put(api, task, FILM)).status == 201
    (entry,) = running.app.ledger.entries("tiktok")
    assert (entry.text, entry.key, len(entry.id)) == ("Hello", task["publish_id"], 19)
    assert (await status(api, task))["status"] == "PROCESSING_UPLOAD"
    running.clock.advance(seconds=2)
    told = await status(api, task)
    assert (told["status"], told["publicaly_available_post_id"]) == ("PUBLISH_COMPLETE", [])
    running.clock.advance(seconds=10)
    assert (await status(api, task))["publicaly_available_post_id"] == [int(entry.id)]
    listed = await post(api, "/tiktok/v2/video/list/?fields=id,title,create_time", {"max_count": 5})
    assert [one["id"] for one in listed.json["data"]["videos"]] == [entry.id]
    asked = {"filters": {"video_ids": [entry.id, "7"]}}
    queried = await post(api, "/tiktok/v2/video/query/?fields=share_url", asked)
    (video,) = queried.json["data"]["videos"]
    assert video["share_url"].endswith(f"/@acme/video/{entry.id}")


async def test_parts_follow_each_other(api: Api) -> None:
    size = 2 * PART + 7
    film = FILM + bytes(size - len(FILM))
    task = await opened(api, source_info=source(size, PART, 2))
    first = await put(api, task, film[:PART], total=size)
    assert (first.status, first.headers["Content-Range"]) == (206, f"bytes 0-{PART - 1}/{size}")
    assert (await put(api, task, film[:PART], total=size)).status == 416
    assert (await put(api, task, film[PART : PART + 9], PART, size)).status == 400
    assert (await put(api, task, film[PART:], PART, size + 1)).status == 400
    assert (await status(api, task))["uploaded_bytes"] == PART
    assert (await put(api, task, film[PART:], PART, size)).status == 201
    assert (await put(api, task, film[PART:], PART, size)).status == 416


async def test_an_address_ends_and_an_unknown_one_is_none(api: Api, running: Running) -> None:
    task = await opened(api)
    strange = {"upload_url": task["upload_url"].replace("upload_token=", "upload_token=0")}
    assert (await put(api, strange, FILM)).status == 404
    running.clock.advance(hours=1)
    assert (await put(api, task, FILM)).status == 403
    assert (await status(api, task))["status"] == "PROCESSING_UPLOAD"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"info": {"privacy_level": ""}}, "invalid_param"),
        ({"info": {"privacy_level": "FOLLOWER_OF_CREATOR"}}, "privacy_level_option_mismatch"),
        ({"handle": "private_ada"}, "privacy_level_option_mismatch"),
        ({"handle": "banned_ada"}, "spam_risk_user_banned_from_posting"),
        ({"handle": "busy_ada"}, "spam_risk_too_many_posts"),
        ({"info": {"brand_content_toggle": None}}, "invalid_param"),
        (
            {"info": {"brand_content_toggle": True, "privacy_level": "SELF_ONLY"}},
            "invalid_param",
        ),
        ({"info": {"title": "🌍" * 1101}}, "invalid_param"),
        ({"info": {"title": "a\ud800"}}, "invalid_param"),
        ({"info": {"title": "sandbox-error-reached_active_user_cap"}}, "reached_active_user_cap"),
        ({"source_info": {"source": "MAGIC"}}, "invalid_param"),
        ({"source_info": source(10, 5, 2)}, "invalid_param"),
        ({"source_info": source(3 * PART, PART, 2)}, "invalid_param"),
        ({"source_info": source(70_000_000)}, "invalid_param"),
        ({"source_info": source(0)}, "invalid_param"),
    ],
    ids=str,
)
async def test_what_is_not_opened(more: dict[str, Any], code: str, api: Api) -> None:
    assert (await opened(api, **more))["code"] == code


async def test_what_an_account_may_post(api: Api) -> None:
    path = f"{AT}creator_info/query/"
    data = (await post(api, path, {})).json["data"]
    assert data["privacy_level_options"][0] == "PUBLIC_TO_EVERYONE"
    assert data["max_video_post_duration_sec"] == 600
    strict = (await post(api, path, {}, "strict_ada")).json["data"]
    assert (strict["comment_disabled"], strict["max_video_post_duration_sec"]) == (True, 60)
    banned = await post(api, path, {}, "banned_ada")
    assert (banned.status, banned.json["data"]) == (200, {})
    assert banned.json["error"]["code"] == "spam_risk_user_banned_from_posting"


async def test_an_inbox_takes_the_video_alone(api: Api, running: Running) -> None:
    answer = await post(api, f"{AT}inbox/video/init/", {"source_info": source()})
    task = answer.json["data"]
    assert (await put(api, task, FILM)).status == 201
    running.clock.advance(seconds=2)
    assert (await status(api, task))["status"] == "SEND_TO_USER_INBOX"
    (entry,) = running.app.ledger.entries("tiktok")
    assert (entry.id, entry.text) == (task["publish_id"], "")


async def test_what_only_few_see_never_has_a_number(api: Api, running: Running) -> None:
    task = await opened(api, info={"privacy_level": "SELF_ONLY"})
    await put(api, task, FILM)
    running.clock.advance(days=1)
    told = await status(api, task)
    assert (told["status"], told["publicaly_available_post_id"]) == ("PUBLISH_COMPLETE", [])


@pytest.mark.parametrize(
    ("caption", "state", "reason"),
    [
        ("sandbox-fail-spam_risk_text", "FAILED", "spam_risk_text"),
        ("sandbox-stuck", "PROCESSING_UPLOAD", ""),
    ],
)
async def test_a_caption_makes_it_go_wrong(
    caption: str, state: str, reason: str, api: Api, running: Running
) -> None:
    task = await opened(api, info={"title": caption})
    await put(api, task, FILM)
    running.clock.advance(days=1)
    told = await status(api, task)
    assert (told["status"], told["fail_reason"]) == (state, reason)
    assert running.app.ledger.entries("tiktok") == []


async def test_what_is_no_video_fails(api: Api, running: Running) -> None:
    task = await opened(api, source_info=source(5))
    assert (await put(api, task, b"hello")).status == 201
    running.clock.advance(seconds=2)
    assert (await status(api, task))["fail_reason"] == "file_format_check_failed"


async def test_a_task_is_its_owners(api: Api) -> None:
    task = await opened(api)
    assert (await status(api, task, "other"))["code"].startswith("token_not_authorized")
    assert (await status(api, {"publish_id": "v~1"}))["code"] == "invalid_publish_id"
    answer = await post(api, f"{AT}cancel/", task)
    assert answer.json["error"]["code"] == "publish_not_cancellable"


async def test_bad_tokens_and_bad_bodies(api: Api) -> None:
    answer = await api("POST", f"{AT}video/init/", token="wrong", json={})
    assert (answer.status, answer.json["error"]["code"]) == (401, "access_token_invalid")
    for body in (b"[]", b"{", b'{"post_info": 7}', b"\xff"):
        answer = await api("POST", f"{AT}video/init/", token=token(), data=body)
        assert answer.status == 400
    answer = await api("GET", "/tiktok/v2/nothing/")
    assert answer.status == 404


async def test_what_was_published_is_known_after_a_restart(
    serve: Callable[[ASGIApp], str], session: ClientSession, tmp_path: Path
) -> None:
    clock = OwnedClock(MORNING)
    for again in (False, True):
        with closing(create_sandbox(clock=clock, journal=tmp_path / "feeds.jsonl")) as app:
            api = Api(serve(app), session)
            if not again:
                task = await opened(api)
                await put(api, task, FILM)
            clock.advance(seconds=20)
            assert (await status(api, task))["status"] == "PUBLISH_COMPLETE"


async def test_quotas_refuse_where_they_are_enforced(
    serve: Callable[[ASGIApp], str], session: ClientSession
) -> None:
    clock = OwnedClock(MORNING)
    with closing(create_sandbox(clock=clock, enforce_quotas=True)) as app:
        api = Api(serve(app), session)
        for n in range(20):
            task = await opened(api, info={"privacy_level": "SELF_ONLY"})
            if n < 15:
                assert (await put(api, task, FILM)).status == 201
            else:
                assert task["code"] == "spam_risk_too_many_posts"
            clock.advance(seconds=10 if n % 5 else 30)
        answers = [await post(api, f"{AT}creator_info/query/", {}, "other") for _ in range(21)]
        assert answers[-1].status == 429
        assert answers[-1].json["error"]["code"] == "rate_limit_exceeded"
