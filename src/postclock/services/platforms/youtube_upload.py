"""A video's way to YouTube, ahead of its moment and private (contract sheet 5.b, 5.e).

The session's address is committed before the first byte. Only what YouTube says it holds counts;
after any doubt it is asked, and it names the video if it had it all. A session that is gone after
the last byte left may have made a video: the channel's uploads are looked through for it.

An entry is ``{"session", "began_at", "size", "made", "sent"}`` while bytes go, with ``last_at``
once the last of them are under way and ``gone_at`` once the session is lost; then ``{"id"}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from postclock.clock import Clock
from postclock.http import Http, HttpFailure, Response
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login, NotPublished, PlatformError, RateLimited
from postclock.services.platforms.drafting import Draft, Files, Media
from postclock.services.platforms.json_reading import field, instant, word
from postclock.services.platforms.uploads import KEY, Entry, Uploads
from postclock.services.platforms.youtube_answers import (
    ANSWERS,
    LABEL,
    bearer,
    reason_of,
    upload_url,
)
from postclock.services.platforms.youtube_channel import Channel
from postclock.services.platforms.youtube_options import (
    options_of,
    snippet_of,
    status_of,
    title_of,
)

STEP = 262_144
"""Every piece but the last is a multiple of it."""
STALLS = 3
"""So many pieces in a row of which nothing was kept are enough."""
TRUSTED = frozenset({"www.googleapis.com", "youtube.googleapis.com"})
"""Where a session may be, beside the host that opened it: the login goes there, too."""
UNCLEAR = (
    "YouTube lost the upload after its last byte, and may have made the video of it: the channel "
    "is looked through once more before it is uploaded again."
)

Held = int | str
"""How many bytes YouTube holds, or the id of the video it made of them all."""


class SessionGone(Exception):
    """YouTube no longer knows the session."""


@dataclass(frozen=True, slots=True)
class Job:
    """One video to upload."""

    login: Login
    draft: Draft
    video: Media
    files: Files
    uploads: Uploads

    @property
    def entry(self) -> Entry:
        """What is known of its upload."""
        return entry_of(self.uploads.staged, self.video)

    async def note(self, **more: Any) -> None:
        """Commit more of it."""
        await self.uploads.keep(self.video, {**self.entry, **more})


def entry_of(staged: Staged, video: Media) -> Entry:
    """What is known of the upload of ``video``; nothing where the bytes were others."""
    entry: Entry = staged.get(KEY, {}).get(str(video.id), {})
    same = (entry.get("size"), entry.get("made")) == (video.size, video.rendition)
    return entry if same else {}


class VideoUpload:
    """Uploads a video, from wherever an earlier try came to."""

    def __init__(
        self, http: Http, clock: Clock, channel: Channel, tuned: Mapping[str, str]
    ) -> None:
        self._http, self._clock, self._channel = http, clock, channel
        self._piece = max(int(tuned["chunk_bytes"]) // STEP, 1) * STEP
        self._lag = timedelta(seconds=int(tuned["listing_seconds"]))

    async def whole(self, job: Job) -> str:
        """The id of the uploaded video, noted; raises a PlatformError."""
        for _ in range(2):
            if found := word(job.entry.get("id")):
                return found
            try:
                await self._made(job, await self._sent(job, await self._begun(job)))
            except SessionGone:
                await self._after_the_session(job)
        if found := word(job.entry.get("id")):
            return found
        raise NotPublished("upload_failed", "YouTube ended the upload twice: it begins again.")

    async def _begun(self, job: Job) -> Held:
        """Where to go on: at the start of a new session, or where an earlier one came to."""
        if job.entry.get("session"):
            return await self._ask(job)
        await self._open(job)
        return 0

    async def _open(self, job: Job) -> None:
        """Open a session and commit its address; if that is lost, nothing was made by it."""
        options, began = options_of(job.draft), self._clock.now()
        notify = str(options.notify_subscribers).lower()
        query = {"uploadType": "resumable", "part": "snippet,status", "notifySubscribers": notify}
        file = {
            "X-Upload-Content-Length": str(job.video.size),
            "X-Upload-Content-Type": job.video.mime_type,
        }
        said = {
            "snippet": snippet_of(options, job.draft),
            "status": status_of(options, "private"),
        }
        with uploading(LABEL):
            answer = await self._http.request(
                "POST", upload_url(job.login, "/videos"), params=query,
                headers={**bearer(job.login), **file}, json=said,
            )  # fmt: skip
        session = answer.headers.get("Location", "")
        if not answer.ok or not _trusted(session, job.login):
            raise self._refusal(job, answer)
        await job.uploads.keep(job.video, {
            "session": session, "began_at": began.isoformat(), "size": job.video.size,
            "made": job.video.rendition, "sent": 0,
        })  # fmt: skip

    async def _sent(self, job: Job, held: Held) -> str:
        """Send what is missing until the video has an id; raises SessionGone."""
        stalls = 0
        while isinstance(held, int):
            now = await self._send(job, held)
            if now is None:
                now = await self._ask(job)
            stalls = stalls + 1 if isinstance(now, int) and now <= held else 0
            if stalls > STALLS:
                raise NotPublished("upload_failed", "YouTube keeps nothing of what it is sent.")
            if stalls:
                await self._clock.sleep(2.0**stalls)
            held = now
            if isinstance(held, int):
                await job.note(sent=held)
        return held

    async def _send(self, job: Job, at: int) -> Held | None:
        """Send the piece from ``at`` on; None: what became of it is not known. That the last is
        under way is committed before."""
        size = job.video.size
        if at >= size:
            return None
        end = min(at + self._piece, size)
        if end == size:
            await job.note(last_at=self._clock.now().isoformat())
        piece = await job.files.read_range(job.video, at, end)
        try:
            answer = await self._put(job, f"bytes {at}-{end - 1}/{size}", piece)
        except HttpFailure:
            return None
        return self._held(job, answer)

    async def _ask(self, job: Job) -> Held:
        """What YouTube holds by now; raises SessionGone."""
        with uploading(LABEL):
            answer = await self._put(job, f"bytes */{job.video.size}", b"")
        held = self._held(job, answer)
        if held is None:
            raise self._refusal(job, answer)
        return held

    async def _put(self, job: Job, span: str, piece: bytes) -> Response:
        headers = {
            **bearer(job.login), "Content-Range": span, "Content-Type": job.video.mime_type,
        }  # fmt: skip
        return await self._http.request("PUT", job.entry["session"], headers=headers, data=piece)

    def _held(self, job: Job, answer: Response) -> Held | None:
        """What an answer of the session says; None when it says nothing about the bytes."""
        if answer.status == 308:
            _, _, last = answer.headers.get("Range", "").rpartition("-")
            return int(last) + 1 if last.isdecimal() else 0
        if answer.ok:
            return word(field(answer.json(), "id")) or None
        if answer.status in (404, 410):
            raise SessionGone
        if not 400 <= answer.status < 500 or answer.status == 408:
            return None
        if not reason_of(answer):
            raise SessionGone
        raise self._refusal(job, answer)

    async def _after_the_session(self, job: Job) -> None:
        """Forget a session that made nothing, or find what it made.

        Raises RateLimited while the channel may not list yet what was made of the last byte.
        """
        if not job.entry.get("last_at"):
            await job.uploads.keep(job.video, {})
            return
        began = instant(job.entry["began_at"]) or self._clock.now()
        title = title_of(options_of(job.draft), job.draft)
        if found := await self._channel.uploaded_since(job.login, began, title, job.draft.text):
            await self._made(job, found)
            return
        gone = instant(job.entry.get("gone_at"))
        if gone is None:
            gone = self._clock.now()
            await job.note(gone_at=gone.isoformat())
        if self._clock.now() < gone + self._lag:
            raise RateLimited("upload_unclear", UNCLEAR, until=gone + self._lag)
        await job.uploads.keep(job.video, {})

    async def _made(self, job: Job, video_id: str) -> None:
        size, made = job.video.size, job.video.rendition
        await job.uploads.keep(job.video, {"id": video_id, "size": size, "made": made})

    def _refusal(self, job: Job, answer: Response) -> PlatformError:
        return ANSWERS.upload_error(answer, job.login, self._clock.now())


def _trusted(session: str, login: Login) -> bool:
    """Whether a session's address is where the login may be sent to."""
    try:
        host, own = urlsplit(session), urlsplit(login.hosts["upload"])
    except ValueError:
        return False
    known = host.hostname in TRUSTED and host.scheme == "https"
    return known or (host.scheme, host.netloc) == (own.scheme, own.netloc)
