"""Facebook's twin over real HTTP: videos of the feed, reels, stories."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import FormData
from starlette.types import ASGIApp

from postclock.sandbox.app import create_sandbox
from tests.sandbox.pictures import MP4
from tests.sandbox.rig import MORNING, Answer, Api, OwnedClock, Running
from tests.sandbox.test_facebook_twin import HERE, PAGE, TOKEN, error, ledger, posts

pytestmark = pytest.mark.asyncio

VIDEO = MP4 + bytes(600_000 - len(MP4))
VIDEOS = f"/facebook/video/v26.0/{PAGE}/videos"


async def said(api: Api, path: str, **form: str) -> Answer:
    return await api("POST", path, token=TOKEN, data=form)


async def transfer(api: Api, session: str, start: str, content: bytes) -> Answer:
    form = FormData()
    fields = {"upload_phase": "transfer", "upload_session_id": session, "start_offset": start}
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("video_file_chunk", BytesIO(content), filename="piece")
    return await api("POST", VIDEOS, token=TOKEN, data=form)


async def status(api: Api, video: str, fields: str = "status,published,post_id") -> Any:
    return (await api("GET", f"/facebook/v26.0/{video}?fields={fields}", token=TOKEN)).json


async def up(api: Api) -> Any:
    """A feed video whose bytes are all there."""
    begun = (await said(api, VIDEOS, upload_phase="start", file_size=str(len(VIDEO)))).json
    at: Any = begun
    while at["start_offset"] != at["end_offset"]:
        piece = VIDEO[int(at["start_offset"]) : int(at["end_offset"])]
        at = (await transfer(api, begun["upload_session_id"], at["start_offset"], piece)).json
    return begun


async def begun(api: Api, edge: str = "video_reels") -> tuple[str, str]:
    """The id of a reel or story, and the path for its bytes."""
    answer = await said(api, f"{HERE}/{edge}", upload_phase="start")
    url: str = answer.json["upload_url"]
    assert url.startswith(f"{api.url}/facebook/rupload/video-upload/v26.0/")
    return answer.json["video_id"], url.removeprefix(api.url)


async def stream(api: Api, path: str, content: bytes = VIDEO, **headers: str) -> Answer:
    given = {"Authorization": f"OAuth {TOKEN}", "offset": "0", "file_size": str(len(VIDEO))}
    given["Content-Type"] = "application/octet-stream"
    return await api("POST", path, data=content, headers={**given, **headers})


async def test_a_video_in_three_phases(api: Api, running: Running) -> None:
    video = await up(api)
    before = await status(api, video["video_id"])
    assert before["status"]["video_status"] == "upload_complete"
    assert before["status"]["publishing_phase"]["publish_status"] == "draft"
    finish = {"upload_phase": "finish", "upload_session_id": video["upload_session_id"]}
    for _ in range(2):
        answer = await said(api, VIDEOS, **finish, description="A film", title="T")
        assert answer.json == {"success": True}
    [entry] = await ledger(api)
    assert (entry["id"], entry["text"]) == (video["video_id"], "A film")
    running.clock.advance(seconds=1)
    working = await status(api, video["video_id"])
    assert working["status"]["video_status"] == "processing"
    assert (working["published"], "post_id" in working) == (False, False)
    running.clock.advance(seconds=5)
    ready = await status(api, video["video_id"])
    assert ready["status"]["publishing_phase"] == {
        "status": "complete", "publish_status": "published",
    }  # fmt: skip
    [shown] = (await posts(api, "id,attachments{media_type,target{id}}"))["data"]
    assert shown["id"] == ready["post_id"] != video["video_id"]
    assert shown["attachments"]["data"][0]["target"]["id"] == video["video_id"]
    comment = await api(
        "POST", f"/facebook/v26.0/{ready['post_id']}/comments", token=TOKEN, json={"message": "c"}
    )
    assert comment.status == 200
    gone = await api("DELETE", f"/facebook/v26.0/{video['video_id']}", token=TOKEN)
    assert gone.json == {"success": True}
    assert "error" in await status(api, video["video_id"])


async def test_a_wrong_piece_is_told_which_is_right(api: Api) -> None:
    begun = (await said(api, VIDEOS, upload_phase="start", file_size=str(len(VIDEO)))).json
    session, end = begun["upload_session_id"], int(begun["end_offset"])
    assert (begun["start_offset"], end) == ("0", 1 << 18)
    for start in ("7", "600000"):
        answer = await transfer(api, session, start, b"x")
        assert error(answer)[1] == 1363037
        named = {"start_offset": 0, "end_offset": end}
        assert answer.json["error"]["error_data"] == named
    early = await said(api, VIDEOS, upload_phase="finish", upload_session_id=session)
    assert error(early)[1] == 6000
    assert (await said(api, VIDEOS, upload_phase="cancel", upload_session_id=session)).status == 200
    assert error(await transfer(api, session, "0", b"x")) == (400, 100, 33)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"upload_phase": "start", "file_size": "1023"}, 1363022),
        ({"upload_phase": "start", "file_size": str(1 << 40)}, 1363023),
        ({"upload_phase": "start", "file_size": "x"}, 100),
        ({"upload_phase": "start"}, 100),
        ({"upload_phase": "begin", "upload_session_id": "11"}, 100),
        ({"description": "no file"}, 100),
    ],
)
async def test_a_video_that_cannot_begin(api: Api, form: dict[str, str], code: int) -> None:
    assert error(await said(api, VIDEOS, **form))[1] == code


async def test_a_video_at_once(api: Api) -> None:
    form = FormData()
    form.add_field("source", BytesIO(VIDEO), filename="a.mp4", content_type="video/mp4")
    form.add_field("description", "At once")
    answer = await api("POST", f"{HERE}/videos", token=TOKEN, data=form)
    [entry] = await ledger(api)
    assert (entry["id"], entry["text"]) == (answer.json["id"], "At once")


async def test_a_reel_is_published_once_it_was_processed(api: Api, running: Running) -> None:
    video, path = await begun(api)
    early = await said(api, f"{HERE}/video_reels", upload_phase="finish", video_id=video)
    assert error(early)[1] == 100
    assert (await stream(api, path)).json == {"success": True}
    form = {"upload_phase": "finish", "video_id": video, "video_state": "PUBLISHED"}
    for _ in range(2):
        answer = await said(api, f"{HERE}/video_reels", **form, description="A reel")
        assert answer.json == {"success": True}
    assert [one["id"] for one in await ledger(api)] == [video]
    running.clock.advance(seconds=5)
    assert [one["message"] for one in (await posts(api))["data"]] == ["A reel"]
    told = await status(api, video, "permalink_url")
    assert told == {"id": video, "permalink_url": f"/reel/{video}/"}


async def test_a_stream_goes_on_where_it_broke_off(api: Api) -> None:
    video, path = await begun(api)
    await api("PUT", "/faults", json={"platform": "facebook", "fault": "upload_drop"})
    with pytest.raises(aiohttp.ClientError):
        await stream(api, path)
    phase = (await status(api, video))["status"]["uploading_phase"]
    half = len(VIDEO) // 2
    assert (phase["status"], phase["bytes_transfered"]) == ("in_progress", half)
    wrong = (await stream(api, path)).json["debug_info"]
    assert (wrong["type"], wrong["retriable"]) == ("OffsetInvalidError", False)
    short = await stream(api, path, VIDEO[half:-9], offset=str(half))
    assert short.json["debug_info"]["type"] == "PartialRequestError"
    rest = await stream(api, path, VIDEO[-9:], offset=str(len(VIDEO) - 9))
    assert rest.json == {"success": True}


async def test_bytes_are_fetched_from_their_address(api: Api, running: Running) -> None:
    first, path = await begun(api)
    await stream(api, path)
    done = {"upload_phase": "finish", "video_id": first, "video_state": "PUBLISHED"}
    await said(api, f"{HERE}/video_reels", **done)
    [entry] = await ledger(api)
    _, path = await begun(api)
    url = f"{running.url}/{entry['media'][0]['url']}"
    assert (await stream(api, path, b"", file_url=url)).json == {"success": True}
    _, path = await begun(api)
    missing = await stream(api, path, b"", file_url=f"{running.url}/nothing")
    assert missing.json["debug_info"]["type"] == "ProcessingFailedError"


async def test_strangers_bring_no_bytes(api: Api) -> None:
    _, path = await begun(api)
    answer = await stream(api, path, Authorization="OAuth wrong")
    assert answer.json["debug_info"]["type"] == "NotAuthorizedError"
    assert error(await stream(api, f"{path}9")) == (400, 100, 33)


async def test_a_reel_may_fail_after_it_was_finished(api: Api, running: Running) -> None:
    video, path = await begun(api)
    await api("PUT", "/faults", json={"platform": "facebook", "fault": "upload_fails"})
    await stream(api, path)
    form = {"upload_phase": "finish", "video_id": video, "video_state": "PUBLISHED"}
    assert (await said(api, f"{HERE}/video_reels", **form)).json == {"success": True}
    running.clock.advance(seconds=5)
    told = (await status(api, video))["status"]
    assert (told["video_status"], told["publishing_phase"]["publish_status"]) == ("error", "error")
    assert told["processing_phase"]["errors"][0]["code"] == 1363128
    assert await ledger(api) == []


async def test_a_story_waits_until_its_video_is_processed(api: Api, running: Running) -> None:
    video, path = await begun(api, "video_stories")
    await stream(api, path)
    form = {"upload_phase": "finish", "video_id": video}
    assert (await status(api, video))["status"]["video_status"] == "processing"
    assert error(await said(api, f"{HERE}/video_stories", **form))[1] == 6000
    running.clock.advance(seconds=2)
    assert (await status(api, video))["status"]["video_status"] == "upload_complete"
    created = await said(api, f"{HERE}/video_stories", **form)
    assert created.json["success"] is True
    assert error(await said(api, f"{HERE}/video_reels", **form)) == (400, 100, 33)
    running.clock.advance(seconds=5)
    [story] = (await api("GET", f"{HERE}/stories", token=TOKEN)).json["data"]
    assert (story["post_id"], story["media_id"]) == (created.json["post_id"], video)
    assert story["media_type"] == "video"


async def test_videos_that_are_never_finished_are_forgotten(api: Api, running: Running) -> None:
    video, path = await begun(api)
    await stream(api, path)
    running.clock.advance(hours=24)
    form = {"upload_phase": "finish", "video_id": video, "video_state": "PUBLISHED"}
    assert error(await said(api, f"{HERE}/video_reels", **form)) == (400, 100, 33)


async def test_what_is_published_outlives_a_restart(
    serve: Callable[[ASGIApp], str], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    clock, journal = OwnedClock(MORNING), tmp_path / "ledger.jsonl"
    with closing(create_sandbox(clock=clock, journal=journal)) as first:
        api = Api(serve(first), session)
        video, path = await begun(api)
        await stream(api, path)
        form = {"upload_phase": "finish", "video_id": video, "video_state": "PUBLISHED"}
        await said(api, f"{HERE}/video_reels", **form)
    with closing(create_sandbox(clock=clock, journal=journal)) as second:
        api = Api(serve(second), session)
        clock.advance(seconds=9)
        told = await status(api, video)
        assert (told["status"]["video_status"], told["published"]) == ("ready", True)
        assert [one["id"] for one in (await posts(api))["data"]] == [told["post_id"]]
        other, _ = await begun(api)
        assert int(other) > int(video)
