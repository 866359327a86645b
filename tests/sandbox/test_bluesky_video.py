"""Bluesky's video service on the twin: let in by the server, processed, then shown."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from postclock.sandbox.dag_cbor import raw_cid
from tests.sandbox.bluesky_repo import RKEY, Repo, open_repo, record
from tests.sandbox.pictures import MP4, picture
from tests.sandbox.rig import MORNING, Answer, Api, Running

SERVICE = "/bluesky/video/xrpc/app.bsky.video."
LXM = "com.atproto.repo.uploadBlob"


async def permission(api: Api, repo: Repo, **query: str) -> Answer:
    asked = {"aud": "did:web:127.0.0.1", "lxm": LXM, "exp": str(int(MORNING.timestamp()) + 1800)}
    return await api(
        "GET", "/bluesky/xrpc/com.atproto.server.getServiceAuth",
        token=repo.session["accessJwt"], params=asked | query,
    )  # fmt: skip


async def send(api: Api, repo: Repo, data: bytes, token: str) -> Answer:
    return await api(
        "POST", SERVICE + "uploadVideo", token=token, data=BytesIO(data),
        params={"did": repo.did, "name": "a.mp4"}, headers={"Content-Type": "video/mp4"},
    )  # fmt: skip


async def sent(api: Api, repo: Repo, data: bytes) -> str:
    token = (await permission(api, repo)).json["token"]
    answer = await send(api, repo, data, token)
    assert answer.status == 200, answer.json
    job_id: str = answer.json["jobId"]
    return job_id


async def job(api: Api, job_id: str) -> Any:
    return (await api("GET", SERVICE + "getJobStatus", params={"jobId": job_id})).json["jobStatus"]


def showing(blob: Any) -> dict[str, Any]:
    return record("", embed={"$type": "app.bsky.embed.video", "video": blob, "alt": "a film"})


async def test_a_video_is_processed_and_then_shown(api: Api, running: Running) -> None:
    repo = await open_repo(api)
    job_id = await sent(api, repo, MP4)
    waiting = await job(api, job_id)
    assert (waiting["state"], "blob" in waiting) == ("JOB_STATE_ENCODING", False)
    guessed = {"$type": "blob", "ref": {"$link": raw_cid(MP4)}, "mimeType": "video/mp4"}
    early = await repo.write("createRecord", record=showing({**guessed, "size": len(MP4)}))
    assert early.json["error"] == "BlobNotFound"
    running.clock.advance(seconds=3)
    done = await job(api, job_id)
    assert (done["state"], done["blob"]["size"]) == ("JOB_STATE_COMPLETED", len(MP4))
    created = await repo.write("createRecord", rkey=RKEY, record=showing(done["blob"]))
    assert created.status == 200, created.json
    [entry] = (await api("GET", "/ledger")).json
    assert [(one["mime_type"], one["alt"]) for one in entry["media"]] == [("video/mp4", "a film")]
    again = await job(api, await sent(api, repo, MP4))
    assert (again["state"], again["message"]) == ("JOB_STATE_FAILED", "already_exists")
    assert again["blob"] == done["blob"]


async def test_a_video_that_cannot_be_processed(api: Api, running: Running) -> None:
    repo = await open_repo(api)
    await api("PUT", "/faults", json={"platform": "bluesky", "fault": "upload_fails"})
    job_id = await sent(api, repo, MP4)
    running.clock.advance(seconds=3)
    failed = await job(api, job_id)
    assert (failed["state"], failed["failureCode"]) == ("JOB_STATE_FAILED", "encoding_failure")
    assert "blob" not in failed
    retried = await sent(api, repo, MP4)
    running.clock.advance(seconds=3)
    assert (await job(api, retried))["state"] == "JOB_STATE_COMPLETED"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"exp": "1"}, "BadExpiration"),
        ({"exp": str(int(MORNING.timestamp()) + 7200)}, "BadExpiration"),
        ({"lxm": ""}, "InvalidRequest"),
    ],
)
async def test_who_may_not_be_let_in(api: Api, query: dict[str, str], error: str) -> None:
    answer = await permission(api, await open_repo(api), **query)
    assert (answer.status, answer.json["error"]) == (400, error)


async def test_only_a_video_that_was_let_in_is_taken(api: Api, running: Running) -> None:
    repo = await open_repo(api)
    session = repo.session["accessJwt"]
    assert (await send(api, repo, MP4, session)).status == 401
    elsewhere = (await permission(api, repo, aud="did:web:elsewhere.test")).json["token"]
    assert (await send(api, repo, MP4, elsewhere)).status == 401
    other_call = (await permission(api, repo, lxm="com.atproto.repo.putRecord")).json["token"]
    assert (await send(api, repo, MP4, other_call)).status == 401
    token = (await permission(api, repo)).json["token"]
    assert (await send(api, repo, picture(), token)).status == 400
    running.clock.advance(minutes=31)
    assert (await send(api, repo, MP4, token)).json["error"] == "ExpiredToken"
    assert (await api("GET", SERVICE + "getJobStatus", params={"jobId": "x"})).status == 400
