"""Mastodon's media (contract sheet 4b): uploaded ahead with their description, and waited for.

A server that answers 202 still processes; it is asked until it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http, Part, Response
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login
from postclock.services.platforms.capabilities import ImageLimits, VideoLimits
from postclock.services.platforms.drafting import Draft, Files, Media, Save
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.mastodon_answers import UPLOADS, bearer, url
from postclock.services.platforms.streams import stream_of
from postclock.services.platforms.uploads import Entry, Uploads

IMAGES = ImageLimits(
    most=4,
    types=frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"}),
    max_bytes=16_777_216,
    max_alt=1500,
    max_pixels=33_177_600,
)
"""Mastodon's defaults; each server may set its own (``configuration`` of /api/v2/instance)."""
VIDEOS = VideoLimits(
    types=frozenset({"video/mp4", "video/webm", "video/quicktime"}),
    max_bytes=103_809_024,
    max_frame_rate=120,
    max_alt=1500,
)
MAX_VIDEO_PIXELS = 8_294_400
LEAD = timedelta(minutes=15)
"""Uploads, processing of up to ten minutes, and a second try."""
VIDEO_LEAD = timedelta(minutes=40)
"""The same for a video of 100 MB over a slow line."""
UPLOAD_LIFE = timedelta(hours=20)
"""How long an upload in no post is counted on: "about a day" says the sheet, not certain."""
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 5.0
"""Seconds between two questions; the protocol names none."""

_WORKING = frozenset({202, 206})


def lead_of(draft: Draft) -> timedelta | None:
    """How long before its moment the uploads of ``draft`` begin."""
    if any(media.is_video for media in draft.all_media):
        return VIDEO_LEAD
    return LEAD if draft.all_media else None


def pixel_problems(media: Sequence[Media], most: int) -> list[Problem]:
    """The videos with more pixels than a server takes."""
    return [
        Problem(
            "media_too_many_pixels",
            f"Mastodon takes videos up to {most / 1e6:.1f} million pixels, "
            f"this one has {one.width} × {one.height}.",
            f"media.{i}",
        )
        for i, one in enumerate(media)
        if one.is_video and (one.width or 0) * (one.height or 0) > most
    ]


def twice_problems(draft: Draft) -> list[Problem]:
    """A file in two posts of a thread: an upload belongs to one status only."""
    seen: set[UUID] = {media.id for media in draft.media}
    problems = []
    for i, segment in enumerate(draft.thread):
        ids = {media.id for media in segment.media}
        if ids & seen:
            words = "The same file is in the thread twice: upload it once more."
            problems.append(Problem("media_twice", words, f"thread.{i}.media"))
        seen |= ids
    return problems


class MediaUploads:
    """Uploads files: ``{"id", "expires_at", "ready", "alt"}`` for each."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http, self._clock = http, clock

    async def stage(
        self, login: Login, chosen: Sequence[Media], staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Everything uploaded, described and processed."""
        uploads = Uploads(staged, save, self._clock)
        for media in chosen:
            entry = uploads.of(media)
            if not entry:
                entry = await self._upload(login, media, files, uploads)
                await uploads.keep(media, entry)
            if not entry["ready"]:
                await self._processed(login, media, entry["id"], uploads)
                entry = {**entry, "ready": True}
                await uploads.keep(media, entry)
            if media.alt != entry["alt"]:
                await self._describe(login, media, entry["id"], uploads)
                await uploads.keep(media, {**entry, "alt": media.alt})
        return uploads.staged

    async def _upload(self, login: Login, media: Media, files: Files, uploads: Uploads) -> Entry:
        content = stream_of(media, files) if media.is_video else await files.read(media)
        parts = [Part("file", content, media.name, media.mime_type)]
        if media.alt:
            parts.append(Part("description", media.alt))
        sent = await self._sent("POST", login, "/api/v2/media", multipart=parts)
        answer = self._taken(login, sent)
        remote_id = word(field(answer.json(), "id"))
        if not remote_id:
            raise UPLOADS.upload_error(answer, login, self._clock.now())
        ready = answer.status not in _WORKING
        until = uploads.until(UPLOAD_LIFE)
        return {"id": remote_id, "expires_at": until, "ready": ready, "alt": media.alt}

    async def _processed(
        self, login: Login, media: Media, remote_id: str, uploads: Uploads
    ) -> None:
        pause = FIRST_PAUSE

        async def ask() -> float | None:
            nonlocal pause
            answer = await self._sent("GET", login, f"/api/v1/media/{remote_id}")
            if answer.status == 404:
                raise await uploads.lost(media, "Mastodon")
            self._taken(login, answer)
            waited, pause = pause, min(pause * 2, LONGEST_PAUSE)
            return waited if answer.status in _WORKING else None

        await uploads.ready("Mastodon", ask)

    async def _describe(self, login: Login, media: Media, remote_id: str, uploads: Uploads) -> None:
        said = {"description": media.alt}
        answer = await self._sent("PUT", login, f"/api/v1/media/{remote_id}", json=said)
        if answer.status == 404:
            raise await uploads.lost(media, "Mastodon")
        self._taken(login, answer)

    def _taken(self, login: Login, answer: Response) -> Response:
        if not answer.ok:
            raise UPLOADS.upload_error(answer, login, self._clock.now())
        return answer

    async def _sent(self, method: str, login: Login, path: str, **sent: Any) -> Response:
        with uploading("Mastodon"):
            return await self._http.request(method, url(login, path), headers=bearer(login), **sent)
