"""LinkedIn's pictures and videos (contract sheet 2b): owned by the post's author, uploaded ahead.

A picture is one upload; a video goes in pieces, each to an address of its own, and is put together
by their ETags. Whether they are processed, an organisation's token may ask and a person's may not:
then a while is waited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, Response, verbatim
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login, NotPublished, Refused
from postclock.services.platforms.capabilities import ImageLimits, VideoLimits
from postclock.services.platforms.drafting import Draft, Files, Media, Save
from postclock.services.platforms.json_reading import field, objects, word
from postclock.services.platforms.linkedin_answers import (
    author_of,
    bearer,
    is_organization,
    refusal,
    rest,
    url,
)
from postclock.services.platforms.uploads import Entry, Uploads

IMAGES = ImageLimits(
    most=20,
    types=frozenset({"image/jpeg", "image/png", "image/gif"}),
    max_bytes=5_000_000,
    max_alt=4086,
    max_pixels=36_152_319,
)
"""LinkedIn names no size in bytes; tools claim 5 to 8 MB."""
VIDEOS = VideoLimits(
    types=frozenset({"video/mp4"}),
    max_bytes=500_000_000,
    min_seconds=3,
    max_seconds=30 * 60,
    max_alt=4086,
)
MIN_VIDEO_BYTES = 75_000
IMAGE_LEAD, VIDEO_LEAD = timedelta(minutes=15), timedelta(minutes=60)
"""A video: its upload, half an hour of processing, and a second try."""
UPLOAD_LIFE = timedelta(hours=24)
"""How long an upload in no post is counted on; LinkedIn does not say."""
FIRST_PAUSE, LONGEST_PAUSE = 3.0, 30.0
"""Seconds between two questions; LinkedIn names none."""

_AVAILABLE, _FAILED = "AVAILABLE", "PROCESSING_FAILED"
_URL_OVER = frozenset({401, 403, 404, 410})
"""What the address of a piece answers when its time is over; it says nothing of the token."""


class MediaUploads:
    """Uploads a draft's media: ``{"id", "expires_at", "sent", "ready"}`` for each, of a video also
    how far its pieces are (``pieces``, ``etags``, ``upload_token``)."""

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str]) -> None:
        self._http, self._clock, self._tuned = http, clock, tuned

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Everything uploaded and, as far as LinkedIn tells, processed."""
        uploads = Uploads(staged, save, self._clock)
        for media in draft.all_media:
            entry = uploads.of(media)
            if not entry.get("sent"):
                sent = self._send_video if media.is_video else self._send_image
                entry = await sent(login, media, entry, uploads, files)
            if not entry["ready"]:
                await self._processed(login, media, entry, uploads)
                await uploads.keep(media, {**entry, "ready": True})
        return uploads.staged

    # --- pictures -------------------------------------------------------------------------------

    async def _send_image(
        self, login: Login, media: Media, _entry: Entry, uploads: Uploads, files: Files
    ) -> Entry:
        value = await self._begin(login, "images", {})
        remote_id, to = word(field(value, "image")), word(field(value, "uploadUrl"))
        content = await files.read(media)
        headers = {**bearer(login), "Content-Type": media.mime_type}
        answer = await self._put(to, content, headers)
        if "expired_upload_url" in answer.text().lower():
            raise await uploads.lost(media, "LinkedIn")
        self._taken(login, answer)
        return await _kept(media, {"id": remote_id}, uploads)

    # --- videos ---------------------------------------------------------------------------------

    async def _send_video(
        self, login: Login, media: Media, entry: Entry, uploads: Uploads, files: Files
    ) -> Entry:
        if not entry:
            entry = await self._begin_video(login, media, uploads)
            await uploads.keep(media, entry)
        etags: list[str] = list(entry["etags"])
        for piece in entry["pieces"][len(etags) :]:
            content = await files.read_range(media, piece["first"], piece["last"] + 1)
            etags.append(await self._send_piece(login, media, piece["url"], content, uploads))
            entry = {**entry, "etags": etags}
            await uploads.keep(media, entry)
        asked = {
            "video": entry["id"],
            "uploadToken": entry["upload_token"],
            "uploadedPartIds": etags,
        }
        answer = await self._post(
            login, "videos", "finalizeUpload", {"finalizeUploadRequest": asked}
        )
        if answer.status == 404 or "expired_upload_url" in answer.text().lower():
            raise await uploads.lost(media, "LinkedIn")
        self._taken(login, answer)
        return await _kept(media, {"id": entry["id"]}, uploads)

    async def _begin_video(self, login: Login, media: Media, uploads: Uploads) -> Entry:
        more = {"fileSizeBytes": media.size, "uploadCaptions": False, "uploadThumbnail": False}
        value = await self._begin(login, "videos", more)
        pieces = _pieces(field(value, "uploadInstructions"), media.size)
        until = _from_millis(field(value, "uploadUrlsExpireAt"))
        return {
            "id": word(field(value, "video")),
            "upload_token": word(field(value, "uploadToken")),
            "pieces": pieces,
            "etags": [],
            "expires_at": until.isoformat() if until else uploads.until(UPLOAD_LIFE),
            "sent": False,
            "ready": False,
        }

    async def _send_piece(
        self, login: Login, media: Media, to: str, content: bytes, uploads: Uploads
    ) -> str:
        """The piece's ETag. Its address is signed: no token of ours goes there."""
        answer = await self._put(to, content, {"Content-Type": "application/octet-stream"})
        if answer.status in _URL_OVER:
            raise await uploads.lost(media, "LinkedIn")
        etag = self._taken(login, answer).headers.get("ETag", "")
        if not etag:
            message = "LinkedIn did not confirm a piece of the video."
            raise NotPublished("upload_failed", message)
        return etag

    # --- both -----------------------------------------------------------------------------------

    async def _begin(self, login: Login, kind: str, more: Mapping[str, Any]) -> Mapping[str, Any]:
        """``initializeUpload``: the ``value`` it answers."""
        asked = {"initializeUploadRequest": {"owner": author_of(login), **more}}
        answer = self._taken(login, await self._post(login, kind, "initializeUpload", asked))
        value = field(answer.json(), "value")
        if not word(field(value, kind.removesuffix("s"))):
            raise refusal(answer, login, self._clock.now(), upload=True)
        begun: Mapping[str, Any] = value
        return begun

    async def _processed(self, login: Login, media: Media, entry: Entry, uploads: Uploads) -> None:
        kind = "videos" if media.is_video else "images"
        if kind == "images" and not is_organization(login):
            await self._wait(kind)
            return
        pause = FIRST_PAUSE

        async def ask() -> float | None:
            nonlocal pause
            with uploading("LinkedIn"):
                answer = await self._http.request(
                    "GET", url(login, "rest", kind, entry["id"]), headers=self._headers(login)
                )
            if answer.status == 403:
                await self._wait(kind)
                return None
            if answer.status == 404:
                raise await uploads.lost(media, "LinkedIn")
            status = word(field(self._taken(login, answer).json(), "status"))
            if status == _FAILED:
                await uploads.keep(media, {})
                raise _unusable(answer)
            waited, pause = pause, min(pause * 2, LONGEST_PAUSE)
            return None if status == _AVAILABLE else waited

        await uploads.ready("LinkedIn", ask)

    async def _wait(self, kind: str) -> None:
        """As long as processing takes, where nobody may ask."""
        await self._clock.sleep(
            float(self._tuned["video_wait" if kind == "videos" else "image_wait"])
        )

    def _headers(self, login: Login) -> dict[str, str]:
        return rest(login, self._tuned["version"])

    async def _post(self, login: Login, kind: str, action: str, asked: Any) -> Response:
        to, headers = url(login, "rest", kind, action=action), self._headers(login)
        with uploading("LinkedIn"):
            return await self._http.request("POST", to, json=asked, headers=headers)

    async def _put(self, to: str, content: bytes, headers: Mapping[str, str]) -> Response:
        try:
            where = verbatim(to)
        except ValueError as error:
            message = "LinkedIn did not say where the file goes."
            raise NotPublished("upload_failed", message) from error
        with uploading("LinkedIn"):
            return await self._http.request("PUT", where, data=content, headers=headers)

    def _taken(self, login: Login, answer: Response) -> Response:
        if not answer.ok:
            raise refusal(answer, login, self._clock.now(), upload=True)
        return answer


def lead_for(media: Sequence[Media]) -> timedelta | None:
    """How long before the moment uploads begin; None where there are none."""
    if not media:
        return None
    return VIDEO_LEAD if any(one.is_video for one in media) else IMAGE_LEAD


async def _kept(media: Media, entry: Entry, uploads: Uploads) -> Entry:
    """The entry of what is uploaded whole, kept."""
    whole = {**entry, "expires_at": uploads.until(UPLOAD_LIFE), "sent": True, "ready": False}
    await uploads.keep(media, whole)
    return whole


def _pieces(instructions: Any, size: int) -> list[dict[str, Any]]:
    """Which bytes go where; raises NotPublished unless they are the whole file, in order."""
    pieces, at = [], 0
    for one in objects(instructions):
        first, last, to = one.get("firstByte"), one.get("lastByte"), word(one.get("uploadUrl"))
        if first == at and isinstance(last, int) and last >= at and to:
            pieces.append({"url": to, "first": at, "last": last})
            at = last + 1
    if at != size:
        message = "LinkedIn did not say where all of the video goes."
        raise NotPublished("upload_failed", message)
    return pieces


def _from_millis(value: Any) -> datetime | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 47
    return datetime.fromtimestamp(value / 1000, UTC) if whole else None


def _unusable(answer: Response) -> Refused:
    reason = word(field(answer.json(), "processingFailureReason")) or "no reason given"
    return Refused("media_refused", f"LinkedIn could not process a file: {reason}.")
