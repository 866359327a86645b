"""What a Facebook Page's post shows (contract sheet 2.b), brought up before its moment.

Photos are uploaded unpublished. A video of the feed goes up in pieces whose size Facebook chooses;
reels and stories as one stream that goes on where it broke off. Nothing of it is public.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, Part, Response
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login, NotPublished, Refused, UploadGone
from postclock.services.platforms.drafting import Draft, Files, Media, Save
from postclock.services.platforms.facebook_answers import (
    ANSWERS,
    LABEL,
    MISSING,
    WRONG_OFFSET,
    signed,
    token_of,
)
from postclock.services.platforms.facebook_states import STATUS, VideoState, read_state
from postclock.services.platforms.graph import same_host, upload_headers
from postclock.services.platforms.graph_answers import read_error
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.uploads import Entry, Uploads, uploaded

LEAD = timedelta(minutes=15)
VIDEO_LEAD = timedelta(minutes=40)
UPLOAD_LIFE = timedelta(hours=20)
"""How long an upload in no post is counted on; Facebook names no time."""
PIECE = 1 << 20
"""Bytes read at once of a file that is streamed."""
MOST_PIECES = 100_000
PAUSE = 3.0
"""Seconds between two questions about a video."""
EDGES = {"post": "videos", "reel": "video_reels", "story": "video_stories"}


def lead_of(draft: Draft) -> timedelta | None:
    """How long before the moment its uploads begin."""
    if any(media.is_video for media in draft.media):
        return VIDEO_LEAD
    return LEAD if draft.media else None


def whole_uploads(draft: Draft, staged: Staged, kind: str, now: datetime) -> list[Entry]:
    """What stands for each file; raises UploadGone where one is not wholly there."""
    entries = uploaded(LABEL, draft, staged, now)
    for media, entry in zip(draft.media, entries, strict=True):
        if not entry.get("done") or (media.is_video and entry.get("kind") != kind):
            raise UploadGone("media_missing", "Facebook does not have the whole video (yet).")
    return entries


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Page's things are: its addresses in the version that is spoken."""

    login: Login
    version: str

    def graph(self, path: str) -> str:
        return f"{self.login.base_url.rstrip('/')}/{self.version}/{path}"

    def edge(self, name: str) -> str:
        """One of the Page's own lists."""
        return self.graph(f"{self.login.remote_id}/{name}")

    def videos(self, kind: str) -> str:
        """Where a video of this kind is begun and finished."""
        if kind != "post":
            return self.edge(EDGES[kind])
        host = self.login.hosts.get("video", self.login.base_url).rstrip("/")
        return f"{host}/{self.version}/{self.login.remote_id}/{EDGES[kind]}"


class MediaUploads:
    """Uploads a draft's files: ``{"id", "expires_at", "done", …}`` for each."""

    def __init__(self, http: Http, clock: Clock, version: str) -> None:
        self._http, self._clock, self._version = http, clock, version

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files, kind: str
    ) -> Staged:
        """Everything uploaded, described, and ready to be shown."""
        uploads = Uploads(staged, save, self._clock)
        for media in draft.media:
            if media.is_video:
                one = _Video(media, kind, Place(login, self._version), uploads, files)
                await self._video(one)
            elif uploads.of(media).get("alt") != media.alt:
                await self._photo(login, media, await files.read(media), uploads)
        return uploads.staged

    async def _photo(self, login: Login, media: Media, content: bytes, uploads: Uploads) -> None:
        parts = [
            Part("published", "false"), Part("source", content, media.name, media.mime_type),
        ]  # fmt: skip
        if media.alt:
            parts.append(Part("alt_text_custom", media.alt))
        url = Place(login, self._version).edge("photos")
        answer = await self._sent("POST", url, login, multipart=parts)
        remote_id = self._told(answer, login, "id")
        until = uploads.until(UPLOAD_LIFE)
        kept = {"id": remote_id, "alt": media.alt, "done": True, "expires_at": until}
        await uploads.keep(media, kept)

    # --- videos -----------------------------------------------------------------------------------

    async def _video(self, video: _Video) -> None:
        if not video.entry or video.entry.get("kind") != video.kind:
            await self._begin(video)
        if video.entry.get("done"):
            return
        if video.kind == "post":
            await self._pieces(video)
        else:
            await self._stream(video)
            if video.kind == "story":
                await video.uploads.ready(LABEL, lambda: self._unready(video))
        await video.keep(done=True)

    async def _begin(self, video: _Video) -> None:
        asked = {"upload_phase": "start"}
        if video.kind == "post":
            asked["file_size"] = str(video.media.size)
        login, url = video.place.login, video.place.videos(video.kind)
        answer = await self._sent("POST", url, login, form=asked)
        begun = {"id": self._told(answer, login, "video_id"), "kind": video.kind}
        if video.kind == "post":
            begun |= _span(answer.json())
            begun["session"] = self._told(answer, login, "upload_session_id")
        else:
            begun["url"] = self._told(answer, login, "upload_url")
        await video.uploads.keep(
            video.media, {**begun, "expires_at": video.uploads.until(UPLOAD_LIFE)}
        )

    async def _pieces(self, video: _Video) -> None:
        """Send what Facebook asks for until it asks for nothing more."""
        for _ in range(MOST_PIECES):
            start, end = int(video.entry["start"]), int(video.entry["end"])
            if start >= end:
                return
            content = await video.files.read_range(video.media, start, end)
            parts = [
                Part("upload_phase", "transfer"), Part("start_offset", str(start)),
                Part("upload_session_id", str(video.entry["session"])),
                Part("video_file_chunk", content, video.media.name, "application/octet-stream"),
            ]  # fmt: skip
            login = video.place.login
            url = video.place.videos(video.kind)
            answer = await self._sent("POST", url, login, multipart=parts)
            await video.keep(**await self._next_span(answer, video))
        raise NotPublished("upload_failed", "Facebook asks for ever more pieces of the video.")

    async def _next_span(self, answer: Response, video: _Video) -> dict[str, str]:
        said = read_error(answer)
        if said and WRONG_OFFSET in (said.code, said.subcode):
            named = _span(field(answer.json(), "error", "error_data"))
            if named and named["start"] != video.entry["start"]:
                return named
        await self._not_lost(answer, video)
        span = _span(answer.json()) if answer.ok else {}
        if not span:
            raise ANSWERS.upload_error(answer, video.place.login, self._clock.now())
        return span

    async def _stream(self, video: _Video) -> None:
        """Send the rest of the file, from where Facebook has it, as long as that moves on."""
        login, size = video.place.login, video.media.size
        if not same_host(video.entry["url"], login.hosts.get("rupload", login.base_url)):
            raise NotPublished("upload_failed", "Facebook named a strange address for the video.")
        start = (await self._state(video)).received if video.entry.get("begun") else 0
        while start < size:
            await video.keep(begun=True)
            broken = await self._send_from(video, start)
            if broken is None:
                return
            reached = (await self._state(video)).received
            if reached <= start:
                raise broken
            start = reached

    async def _send_from(self, video: _Video, start: int) -> NotPublished | None:
        """One request with the rest of the file; why it broke off, if it may go on."""
        login, size = video.place.login, video.media.size
        headers = upload_headers(token_of(login), size, start)
        headers["Content-Length"] = str(size - start)
        headers["Content-Type"] = "application/octet-stream"
        try:
            with uploading(LABEL):
                answer = await self._http.request(
                    "POST", video.entry["url"], headers=headers, stream=video.bytes_from(start)
                )
        except NotPublished as error:
            return error
        if answer.ok and field(answer.json(), "success") is True:
            return None
        await self._not_lost(answer, video)
        refusal = ANSWERS.upload_error(answer, login, self._clock.now())
        if isinstance(refusal, NotPublished):
            return refusal
        raise refusal

    async def _unready(self, video: _Video) -> float | None:
        """Seconds to wait until a story's video may be shown; None when it may."""
        state = await self._state(video)
        if state.failed:
            await video.uploads.keep(video.media, {})
            raise Refused(state.problem.code, state.problem.message)
        return None if state.uploaded else PAUSE

    async def _state(self, video: _Video) -> VideoState:
        url = video.place.graph(video.entry["id"])
        login = video.place.login
        answer = await self._sent("GET", url, login, params={"fields": STATUS})
        await self._not_lost(answer, video)
        if not answer.ok:
            raise ANSWERS.upload_error(answer, login, self._clock.now())
        return read_state(answer.json())

    async def _not_lost(self, answer: Response, video: _Video) -> None:
        said = read_error(answer)
        if said and (said.code, said.subcode) == MISSING:
            raise await video.uploads.lost(video.media, LABEL)

    # --- requests ---------------------------------------------------------------------------------

    async def _sent(self, method: str, url: str, login: Login, **sent: Any) -> Response:
        with uploading(LABEL):
            return await self._http.request(method, url, headers=signed(login), **sent)

    def _told(self, answer: Response, login: Login, name: str) -> str:
        """What an answer must say; raises the error that it means otherwise."""
        value = word(field(answer.json(), name))
        if not answer.ok or not value:
            raise ANSWERS.upload_error(answer, login, self._clock.now())
        return value


@dataclass(frozen=True, slots=True)
class _Video:
    """One video on its way up."""

    media: Media
    kind: str
    place: Place
    uploads: Uploads
    files: Files

    @property
    def entry(self) -> Entry:
        return self.uploads.of(self.media)

    async def keep(self, **more: Any) -> None:
        await self.uploads.keep(self.media, {**self.entry, **more})

    async def bytes_from(self, start: int) -> AsyncIterator[bytes]:
        for at in range(start, self.media.size, PIECE):
            yield await self.files.read_range(self.media, at, min(at + PIECE, self.media.size))


def _span(said: Any) -> dict[str, str]:
    """Which bytes are wanted next; empty where it is not told."""
    named = {name: word(field(said, f"{name}_offset")) for name in ("start", "end")}
    return named if all(value.isdecimal() for value in named.values()) else {}
