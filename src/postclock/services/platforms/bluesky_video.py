"""Bluesky's videos (contract sheet 3b): processed by its video service, which hands the blob to
the account's server; or sent there directly, where settings say so.

    Settings    bluesky.video_upload = service (processed before the moment) | server (afterwards)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http, Response
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login, NotPublished, Refused
from postclock.services.platforms.bluesky_answers import UPLOADS, bearer, url, words_of, xrpc
from postclock.services.platforms.bluesky_media import BLOB_LIFE, MAX_ALT, BlobUploads, head_of
from postclock.services.platforms.capabilities import VideoLimits
from postclock.services.platforms.drafting import Files, Media
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.streams import pieces_of
from postclock.services.platforms.uploads import Uploads

VIDEO = "video"
"""The video service, among the platform's addresses."""
BY_SERVICE = "service"
MAX_SECONDS = 180
"""Three minutes; the sheet is not certain that it is still so."""
VIDEOS = VideoLimits(types=frozenset({"video/mp4"}), max_bytes=300_000_000, max_alt=MAX_ALT)
TOKEN_LIFE = timedelta(minutes=30)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
"""Seconds between two questions."""
ALREADY_THERE = 409
FAILED = "JOB_STATE_FAILED"
AUTHORS_FAULT = frozenset(
    {"validation_failure", "encoding_failure", "pds_upload_unsupported_blob_size"}
)
"""The failures that the same file meets again."""


class VideoUploads:
    """Uploads a video: ``{"job", "expires_at"}`` while it is processed, then ``{"blob", …}``."""

    def __init__(self, http: Http, clock: Clock, blobs: BlobUploads, how: str) -> None:
        self._http, self._clock, self._blobs = http, clock, blobs
        self._by_service = how == BY_SERVICE

    def problems(self, media: Sequence[Media], most: int) -> list[Problem]:
        """The videos longer than ``most`` seconds."""
        return [
            Problem(
                "video_too_long",
                f"Bluesky takes up to {most} s of video, this is {one.duration:.1f} s.",
                f"media.{i}",
            )
            for i, one in enumerate(media)
            if one.is_video and (one.duration or 0) > most
        ]

    async def stage(self, login: Login, media: Media, uploads: Uploads, files: Files) -> None:
        """The blob of a video, processed."""
        entry = uploads.of(media)
        if not entry:
            entry = await self._sent(login, media, files)
            await uploads.keep(media, {**entry, "expires_at": uploads.until(BLOB_LIFE)})
        if "blob" not in entry:
            blob = await self._processed(media, entry["job"], login, uploads)
            await uploads.keep(media, {"blob": blob, "expires_at": uploads.until(BLOB_LIFE)})

    async def _sent(self, login: Login, media: Media, files: Files) -> Mapping[str, Any]:
        if not self._by_service:
            return {"blob": await self._blobs.upload(login, media, stream=pieces_of(media, files))}
        token = await self._permission(login)
        with uploading("Bluesky"):
            answer = await self._http.request(
                "POST",
                xrpc(login.hosts[VIDEO], "app.bsky.video.uploadVideo"),
                params={"did": login.remote_id, "name": media.name},
                headers={"Authorization": f"Bearer {token}", **head_of(media)},
                stream=pieces_of(media, files),
            )
        job = _job_in(answer)
        if blob := job.get("blob"):
            return {"blob": blob}
        if not word(job.get("jobId")) or not (answer.ok or answer.status == ALREADY_THERE):
            raise UPLOADS.upload_error(answer, login, self._clock.now())
        return {"job": word(job["jobId"])}

    async def _permission(self, login: Login) -> str:
        """A token by which the video service may hand the blob to the account's server."""
        server = urlsplit(login.secrets.get("pds") or login.base_url).hostname
        until = int((self._clock.now() + TOKEN_LIFE).timestamp())
        query = {
            "aud": f"did:web:{server}", "lxm": "com.atproto.repo.uploadBlob", "exp": str(until)
        }  # fmt: skip
        with uploading("Bluesky"):
            answer = await self._http.request(
                "GET",
                url(login, "com.atproto.server.getServiceAuth"),
                params=query,
                headers=bearer(login),
            )
        token = word(field(answer.json(), "token"))
        if answer.ok and token:
            return token
        raise UPLOADS.upload_error(answer, login, self._clock.now())

    async def _processed(
        self, media: Media, job_id: str, login: Login, uploads: Uploads
    ) -> Mapping[str, Any]:
        pause = FIRST_PAUSE
        blob: Mapping[str, Any] = {}

        async def ask() -> float | None:
            nonlocal pause, blob
            job = await self._job(login, job_id)
            blob = job.get("blob") or {}
            if blob:
                return None
            if job.get("state") == FAILED:
                await uploads.keep(media, {})
                raise _failed(job)
            waited, pause = pause, min(pause * 2, LONGEST_PAUSE)
            return waited

        await uploads.ready("Bluesky", ask)
        return blob

    async def _job(self, login: Login, job_id: str) -> Mapping[str, Any]:
        with uploading("Bluesky"):
            answer = await self._http.request(
                "GET",
                xrpc(login.hosts[VIDEO], "app.bsky.video.getJobStatus"),
                params={"jobId": job_id},
            )
        job = _job_in(answer)
        if not job:
            words = words_of(answer)[:200] or f"HTTP {answer.status}"
            raise NotPublished("media_processing", f"Bluesky did not tell of the video: {words}")
        return job


def _job_in(answer: Response) -> Mapping[str, Any]:
    """The state of a job: wrapped or bare, and also in an answer that calls itself an error."""
    body = answer.json()
    job = field(body, "jobStatus")
    found = job if isinstance(job, dict) else body
    known = isinstance(found, dict) and (found.get("jobId") or found.get("blob"))
    return found if known else {}


def _failed(job: Mapping[str, Any]) -> Refused | NotPublished:
    words = word(job.get("message")) or word(job.get("error")) or "no reason given"
    if word(job.get("failureCode")) in AUTHORS_FAULT:
        return Refused("media_refused", f"Bluesky refused the video: {words[:200]}")
    return NotPublished("upload_failed", f"Bluesky could not process the video: {words[:200]}")
