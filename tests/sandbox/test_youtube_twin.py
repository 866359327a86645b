"""YouTube's twin by itself: sessions, privacy, quotas by Pacific days, tokens, refusals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.types import ASGIApp

from postclock.sandbox.app import create_sandbox
from postclock.sandbox.credentials import sandbox_account
from postclock.sandbox.youtube_answers import next_midnight
from tests.fixtures.discovery import answer_faults, schema_faults
from tests.sandbox.rig import MORNING, Answer, Api, OwnedClock, Running

pytestmark = pytest.mark.asyncio

NUMBER, _, SECRETS = sandbox_account("youtube", "acme")
TOKEN = SECRETS["access_token"]
OTHER = sandbox_account("youtube", "other")[2]["access_token"]
STEP = 262_144
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(2 * STEP)
SNIPPET = {"title": "A film", "description": "About it"}
STATUS = {"privacyStatus": "private"}


def reason(answer: Answer) -> tuple[int, str]:
    found: str = answer.json["error"]["errors"][0]["reason"]
    return answer.status, found


async def opened(api: Api, size: int = len(FILM), token: str = TOKEN, **meta: Any) -> Answer:
    headers = {"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": "video/mp4"}
    body = {"snippet": SNIPPET, "status": STATUS, **meta}
    path = "/youtube/upload/videos?uploadType=resumable&part=snippet,status"
    return await api("POST", path, token=token, json=body, headers=headers)


async def put(api: Api, session: str, span: str, piece: bytes = b"") -> Answer:
    path = session.removeprefix(api.url)
    return await api("PUT", path, data=piece, headers={"Content-Range": span})


async def uploaded(api: Api, film: bytes = FILM, **meta: Any) -> Answer:
    session = (await opened(api, len(film), **meta)).headers["Location"]
    return await put(api, session, f"bytes 0-{len(film) - 1}/{len(film)}", film)


async def read(api: Api, video_id: str, part: str = "status", token: str = TOKEN) -> list[Any]:
    answer = await api("GET", f"/youtube/videos?part={part}&id={video_id}", token=token)
    assert answer_faults("GET", "/videos", answer.json) == []
    items: list[Any] = answer.json["items"]
    return items


async def update(api: Api, video_id: str, token: str = TOKEN, **status: Any) -> Answer:
    body = {"id": video_id, "status": status}
    return await api("PUT", "/youtube/videos?part=status", token=token, json=body)


async def test_a_session_tells_what_it_holds_and_then_its_video(api_anywhere: Api) -> None:
    api = api_anywhere
    session = (await opened(api)).headers["Location"]
    assert session.startswith(f"{api.url}/youtube/upload/videos?")
    probe = f"bytes */{len(FILM)}"
    empty = await put(api, session, probe)
    assert (empty.status, "Range" in empty.headers) == (308, False)
    first = await put(api, session, f"bytes 0-{STEP - 1}/{len(FILM)}", FILM[:STEP])
    assert (first.status, first.headers["Range"]) == (308, f"bytes=0-{STEP - 1}")
    again = await put(api, session, f"bytes 0-{STEP - 1}/{len(FILM)}", FILM[:STEP])
    assert (again.status, again.headers["Range"]) == (308, f"bytes=0-{STEP - 1}")
    odd = await put(api, session, f"bytes {STEP}-{STEP + 9}/{len(FILM)}", FILM[:10])
    assert odd.status == 400
    rest = f"bytes {STEP}-{len(FILM) - 1}/{len(FILM)}"
    done = await put(api, session, rest, FILM[STEP:])
    assert done.status == 200
    assert schema_faults(done.json, "Video", "video") == []
    for span, piece in ((probe, b""), (rest, FILM[STEP:])):
        known = await put(api, session, span, piece)
        assert (known.status, known.json["id"]) == (200, done.json["id"])
    assert (await put(api, session + "x", probe)).status == 404
    for wrong in ("bytes */7", "bytes 5-1/9", "items 0-1/2"):
        assert (await put(api, session, wrong)).status == 400


async def test_a_file_may_come_whole_and_without_a_range(api: Api) -> None:
    session = (await opened(api)).headers["Location"].removeprefix(api.url)
    assert (await api("PUT", session, data=FILM)).status == 200


async def test_a_session_ends_after_a_day(api: Api, running: Running) -> None:
    session = (await opened(api)).headers["Location"]
    running.clock.advance(hours=24)
    assert (await put(api, session, f"bytes */{len(FILM)}")).status == 404


async def test_a_video_is_processed_by_the_clock(api: Api, running: Running) -> None:
    video = (await uploaded(api)).json["id"]
    [working] = await read(api, video, "status,processingDetails")
    assert working["status"]["uploadStatus"] == "uploaded"
    assert working["processingDetails"]["processingStatus"] == "processing"
    assert working["processingDetails"]["processingProgress"]["timeLeftMs"] == "2000"
    running.clock.advance(seconds=2)
    [done] = await read(api, video, "status,processingDetails,snippet,contentDetails,statistics")
    assert done["status"]["uploadStatus"] == "processed"
    assert done["processingDetails"]["processingStatus"] == "succeeded"
    garbage = (await uploaded(api, b"no film at all")).json["id"]
    running.clock.advance(seconds=2)
    [failed] = await read(api, garbage)
    assert failed["status"]["uploadStatus"] == "failed"


async def test_it_is_in_the_ledger_while_others_may_see_it(api: Api, running: Running) -> None:
    video = (await uploaded(api)).json["id"]
    ledger = running.app.ledger
    assert await read(api, video, token=OTHER) == []
    assert list(ledger.entries("youtube")) == []
    assert reason(await update(api, video, OTHER, privacyStatus="public")) == (403, "forbidden")
    for privacy in ("unlisted", "public", "public"):
        answer = await update(api, video, privacyStatus=privacy, containsSyntheticMedia=True)
        assert answer.json["status"]["privacyStatus"] == privacy
    [entry] = ledger.entries("youtube")
    assert (entry.id, entry.text, entry.live) == (video, "About it", True)
    assert len(await read(api, video, token=OTHER)) == 1
    answer = await update(api, video, privacyStatus="private")
    assert not answer.json["status"]["containsSyntheticMedia"]  # an update replaces them all
    assert not entry.live
    await update(api, video, privacyStatus="public")
    path = f"/youtube/videos?id={video}"
    assert (await api("DELETE", path, token=TOKEN)).status == 204
    assert reason(await api("DELETE", path, token=TOKEN)) == (404, "videoNotFound")
    assert [one.live for one in ledger.entries("youtube")] == [False, False]


async def test_a_video_opens_by_itself_at_its_time(api: Api, running: Running) -> None:
    at = (MORNING + timedelta(hours=1)).isoformat()
    video = (await uploaded(api, status={**STATUS, "publishAt": at})).json["id"]
    running.clock.advance(minutes=59)
    assert (await read(api, video))[0]["status"]["privacyStatus"] == "private"
    running.clock.advance(minutes=1)
    assert (await read(api, video))[0]["status"]["privacyStatus"] == "public"
    [entry] = running.app.ledger.entries("youtube")
    assert entry.accepted_at == MORNING + timedelta(hours=1)


async def test_what_is_not_said_is_public_at_once(api: Api, running: Running) -> None:
    await uploaded(api, status={})
    assert len(running.app.ledger.entries("youtube")) == 1


async def test_the_uploads_are_listed_newest_first_to_their_channel(api: Api) -> None:
    ids = [(await uploaded(api)).json["id"] for _ in range(3)]
    channels = await api(
        "GET", "/youtube/channels?part=snippet,contentDetails,statistics,status&mine=true",
        token=TOKEN,
    )  # fmt: skip
    assert answer_faults("GET", "/channels", channels.json) == []
    [channel] = channels.json["items"]
    assert channel["id"] == NUMBER
    playlist = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    path = f"/youtube/playlistItems?part=snippet,contentDetails,status&playlistId={playlist}"
    listed = await api("GET", path + "&maxResults=50", token=TOKEN)
    assert answer_faults("GET", "/playlistItems", listed.json) == []
    items = listed.json["items"]
    assert [one["contentDetails"]["videoId"] for one in items] == ids[::-1]
    assert {one["status"]["privacyStatus"] for one in items} == {"private"}
    assert (await api("GET", path, token=OTHER)).status == 404


@pytest.mark.parametrize(
    ("meta", "told"),
    [
        ({"snippet": {}}, "invalidTitle"),
        ({"snippet": {**SNIPPET, "title": "t" * 101}}, "invalidTitle"),
        ({"snippet": {**SNIPPET, "title": "a < b"}}, "invalidTitle"),
        ({"snippet": {**SNIPPET, "description": "ä" * 2501}}, "invalidDescription"),
        ({"snippet": {**SNIPPET, "description": "a > b"}}, "invalidDescription"),
        ({"snippet": {**SNIPPET, "tags": ["t" * 501]}}, "invalidTags"),
        ({"snippet": {**SNIPPET, "tags": "t"}}, "invalidTags"),
        ({"snippet": {**SNIPPET, "categoryId": "music"}}, "invalidCategoryId"),
        ({"status": {"privacyStatus": "secret"}}, "invalidVideoMetadata"),
        ({"status": {"embeddable": "yes"}}, "invalidVideoMetadata"),
        ({"status": {"privacyStatus": "public", "publishAt": "2026-12-01T00:00:00Z"}},
         "invalidPublishAt"),
        ({"status": {**STATUS, "publishAt": "soon"}}, "invalidPublishAt"),
    ],
)  # fmt: skip
async def test_what_is_said_of_a_video_is_checked(
    api: Api, meta: dict[str, Any], told: str
) -> None:
    assert reason(await opened(api, **meta)) == (400, told)
    assert reason(await opened(api, size=0)) == (400, "mediaBodyRequired")


async def test_comments_and_their_refusals(api: Api) -> None:
    video = (await uploaded(api)).json["id"]

    async def comment(text: str, on: str = video) -> Answer:
        top = {"snippet": {"textOriginal": text}}
        body = {"snippet": {"videoId": on, "topLevelComment": top}}
        return await api("POST", "/youtube/commentThreads?part=snippet", token=TOKEN, json=body)

    assert reason(await comment("First")) == (403, "commentsDisabled")
    await update(api, video, privacyStatus="public")
    made = await comment("First")
    assert answer_faults("POST", "/commentThreads", made.json) == []
    assert reason(await comment(" ")) == (400, "commentTextRequired")
    assert reason(await comment("x", "AAAAAAAAAAA")) == (404, "videoNotFound")
    path = f"/youtube/commentThreads?part=snippet&videoId={video}"
    listed = await api("GET", path, token=TOKEN)
    assert answer_faults("GET", "/commentThreads", listed.json) == []
    assert len(listed.json["items"]) == 1


async def test_who_may_do_what(api: Api, running: Running) -> None:
    assert reason(await opened(api, token="wrong")) == (401, "authError")
    grants = running.app.grants["youtube"]
    account = grants.read(TOKEN)
    assert account is not None
    scope = "https://www.googleapis.com/auth/youtube"
    token = grants.issue(account.account, "access", [f"{scope}.upload"], timedelta(hours=1))
    video = (await uploaded(api)).json["id"]
    assert (await opened(api, token=token)).status == 200
    refused = await update(api, video, token, privacyStatus="public")
    assert reason(refused) == (403, "insufficientPermissions")
    running.clock.advance(hours=1)
    assert reason(await opened(api, token=token)) == (401, "authError")
    nobody = "sandbox-youtube-123456789012345678-nochannel"
    assert reason(await opened(api, token=nobody)) == (401, "youtubeSignupRequired")
    missing = await api("GET", "/youtube/videos?id=x", token=TOKEN)
    assert reason(missing) == (400, "missingRequiredParameter")


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2026-11-22T09:00", "2026-11-23T08:00"),
        ("2026-07-01T06:59", "2026-07-01T07:00"),
        ("2026-11-01T07:30", "2026-11-02T08:00"),
        ("2027-03-14T08:30", "2027-03-15T07:00"),
    ],
)
async def test_a_day_ends_at_midnight_in_california(now: str, midnight: str) -> None:
    at, ends = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (now, midnight))
    assert next_midnight(at) == ends


async def test_a_hundred_uploads_a_day_for_all_channels(
    serve: Callable[[ASGIApp], str], session: aiohttp.ClientSession
) -> None:
    clock = OwnedClock(datetime(2026, 11, 22, 7, 0, tzinfo=UTC))
    app = create_sandbox(clock=clock, enforce_quotas=True)
    with closing(app):
        api = Api(serve(app), session)
        for n in range(100):
            assert (await opened(api, token=TOKEN if n % 2 else OTHER)).status == 200
        assert reason(await opened(api)) == (403, "quotaExceeded")
        assert (await api("GET", "/youtube/videos?part=status&id=x", token=TOKEN)).status == 200
        clock.advance(minutes=59)
        assert reason(await opened(api)) == (403, "quotaExceeded")
        clock.advance(minutes=1)
        assert (await opened(api)).status == 200


async def test_public_videos_outlive_a_restart(
    serve: Callable[[ASGIApp], str], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    clock, ids = OwnedClock(MORNING), []
    for _ in range(2):
        app = create_sandbox(clock=clock, journal=tmp_path / "ledger.jsonl")
        with closing(app):
            api = Api(serve(app), session)
            clock.advance(seconds=1)
            ids.append((await uploaded(api)).json["id"])
            assert (await update(api, ids[0], privacyStatus="public")).status == 200
            assert len(app.ledger.entries("youtube")) == 1
    assert ids[0] != ids[1]


async def test_a_rate_limit_is_no_empty_quota(api: Api) -> None:
    video = (await uploaded(api)).json["id"]
    fault = {"platform": "youtube", "fault": "rate_limit"}
    assert (await api("PUT", "/faults", json=fault)).status == 200
    assert reason(await update(api, video, privacyStatus="public")) == (403, "rateLimitExceeded")
