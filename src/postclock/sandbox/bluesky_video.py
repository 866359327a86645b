"""Bluesky's twin: the video service, which hands what it has processed to the account's server.

Source: the contract sheet of Bluesky, section 3b (Video). A video that was processed before is told
as an error that carries the blob all the same.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from postclock.sandbox.bluesky_answers import required
from postclock.sandbox.bluesky_media import LIFE, blob_json
from postclock.sandbox.bluesky_records import refuse
from postclock.sandbox.dag_cbor import raw_cid
from postclock.sandbox.faults import Fault
from postclock.sandbox.file_kinds import VIDEO, kind_of
from postclock.sandbox.quotas import Quota
from postclock.sandbox.twin import Call, Operation, Yard, base_url, bearer, json_answer
from postclock.sandbox.uploads import Upload

MAX_BODY = 104_857_600
VIDEOS = Quota("videos", 25, 24 * 3600)
READS = Quota("general", 3000, 300)
UPLOAD_BLOB = "com.atproto.repo.uploadBlob"
LONGEST_PERMISSION = timedelta(minutes=60)
AGAIN = timedelta(seconds=1)
"""How long after its processing a video may be sent once more and is new all the same."""
_KEY = b"postclock sandbox: a pretend server's signing key, no secret"


class BlueskyVideos:
    """Jobs: each a video that is processed."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._uploads = yard.uploads[platform]
        self._clock = yard.clock
        self._processing = yard.processing

    def operations(self) -> list[Operation]:
        """The service's calls, and the one by which a server lets it in."""
        auth = "/xrpc/com.atproto.server.getServiceAuth"
        at = "/video/xrpc/app.bsky.video."
        return [
            Operation("GET", auth, self._permit, READS),
            Operation(
                "POST", at + "uploadVideo", self._upload, VIDEOS, signed=False, uploads=True,
                max_body=MAX_BODY,
            ),
            Operation("GET", at + "getJobStatus", self._status, READS, signed=False),
        ]  # fmt: skip

    async def _permit(self, call: Call) -> Response:
        now, until = self._clock.now(), call.query.get("exp", "")
        ends = int(until) if until.isdecimal() and len(until) < 12 else None
        if ends is None or not now.timestamp() < ends <= (now + LONGEST_PERMISSION).timestamp():
            refuse(400, "BadExpiration", "expiration must be in the future, at most an hour")
        lxm = required(call, "lxm")
        claims = {"iss": call.author.remote_id, "aud": required(call, "aud"), "lxm": lxm}
        return json_answer({"token": _signed({**claims, "exp": ends})})

    async def _upload(self, call: Call) -> Response:
        did = required(call, "did")
        required(call, "name")
        self._require_permission(call, did)
        now = self._clock.now()
        kind = kind_of(call.body)
        if kind is None or kind.mime_type != VIDEO:
            refuse(400, "InvalidRequest", "Unsupported content type: a video is expected")
        link = raw_cid(call.body)
        earlier = self._uploads.get(did, link)
        if earlier is None or not earlier.ready(now) or earlier.expired(now):
            seconds = call.fault.seconds if call.fault and call.meets(Fault.UPLOAD_SLOW) else None
            takes = self._processing if seconds is None else timedelta(seconds=seconds)
            ready_at = now + takes
            ends_at = ready_at if call.meets(Fault.UPLOAD_EXPIRES) else ready_at + LIFE
            fails = call.meets(Fault.UPLOAD_FAILS)
            self._uploads.add(
                did, link, kind, call.body, now=now, ready_at=ready_at, expires_at=ends_at,
                fails=fails,
            )  # fmt: skip
        return json_answer({"jobId": _job_id(did, link), "did": did, "state": "JOB_STATE_CREATED"})

    async def _status(self, call: Call) -> Response:
        job_id = required(call, "jobId")
        did, _, link = job_id.rpartition("/")
        upload = self._uploads.get(did, link)
        if upload is None:
            refuse(400, "JobNotFound", "Job not found")
        return json_answer({"jobStatus": self._told(upload, job_id, self._clock.now())})

    def _told(self, upload: Upload, job_id: str, now: datetime) -> dict[str, Any]:
        job = {"jobId": job_id, "did": upload.account}
        if not upload.processed(now):
            done = (now - upload.added_at) / max(upload.ready_at - upload.added_at, AGAIN)
            return {**job, "state": "JOB_STATE_ENCODING", "progress": int(100 * done)}
        if upload.fails:
            told = {"error": "encoding_failed", "failureCode": "encoding_failure"}
            return {**job, "state": "JOB_STATE_FAILED", "message": "Video encoding failed", **told}
        blob = blob_json(upload)
        if upload.posts:
            words = {"error": "already_exists", "message": "already_exists"}
            return {**job, "state": "JOB_STATE_FAILED", **words, "blob": blob}
        return {**job, "state": "JOB_STATE_COMPLETED", "progress": 100, "blob": blob}

    def _require_permission(self, call: Call, did: str) -> None:
        claims = _read(bearer(call.request) or "")
        server = urlsplit(base_url(call.request)).hostname
        fits = claims.get("iss") == did and claims.get("lxm") == UPLOAD_BLOB
        ends = claims.get("exp", 0)
        if not fits or claims.get("aud") != f"did:web:{server}":
            refuse(401, "AuthenticationRequired", "The token is not for this upload")
        if self._clock.now().timestamp() >= ends:
            refuse(401, "ExpiredToken", "Token has expired")


def _job_id(did: str, link: str) -> str:
    return f"{did}/{link}"


def _signed(claims: dict[str, Any]) -> str:
    head = _pack({"typ": "JWT", "alg": "ES256K"})
    body = _pack(claims)
    return f"{head}.{body}.{_signature(f'{head}.{body}')}"


def _read(token: str) -> dict[str, Any]:
    """The claims of a token that was signed here; empty for any other."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(signed).encode(), signature.encode("utf-8", "replace")):
        return {}
    text = signed.partition(".")[2]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return claims


def _pack(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _signature(text: str) -> str:
    return _base64(hmac.digest(_KEY, text.encode("utf-8", "replace"), "sha256"))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
