"""X's pictures (contract sheet 1b): uploaded ahead, described, named by id in the post."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, Part, Response
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login, Refused
from postclock.services.platforms.capabilities import ImageLimits, VideoLimits
from postclock.services.platforms.drafting import Draft, Files, Media, Save
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.twitter_answers import UPLOADS, bearer, url
from postclock.services.platforms.uploads import Entry, Uploads

IMAGES = ImageLimits(
    most=4,
    types=frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"}),
    max_bytes=5_000_000,
    max_alt=1000,
)
GIFS = ImageLimits(
    most=1,
    types=frozenset({"image/gif"}),
    max_bytes=15_000_000,
    max_alt=1000,
    max_pixels=1280 * 1080,
)
"""Moving pictures. X also limits them to 350 frames, which are not counted here."""
VIDEOS = VideoLimits(
    types=frozenset({"video/mp4", "video/quicktime"}),
    max_bytes=512_000_000,
    min_seconds=0.5,
    max_seconds=140,
    min_side=32,
    max_side=1280,
    min_ratio=1 / 3,
    max_ratio=3,
    max_frame_rate=60,
    codecs=frozenset({"h264"}),
    max_alt=1000,
)
"""What every account may post. X announced more in September 2026; the sheet is not certain."""
LEAD = timedelta(minutes=10)
"""Four pictures, their alt texts, and a second try in peace."""
VIDEO_LEAD = timedelta(minutes=40)
"""Half a gigabyte up a slow line, its processing, and a second try."""
UPLOAD_LIFE = timedelta(hours=24)
"""How long X keeps an upload that is in no post, where its answer does not say."""
CHUNK = 4 << 20
"""Bytes: what X's own client sends; the server's maximum is not certain (5 or 8 MB)."""
CHECK_AFTER = 1.0
"""Seconds between two questions, where X names none."""

_ITSELF = re.compile(r"/status/\d+/(photo|video)/\d+$")


class MediaUploads:
    """Uploads a draft's pictures: ``{"id", "expires_at", "ready", "alt"}`` for each."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http, self._clock = http, clock

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Everything uploaded, processed and described."""
        uploads = Uploads(staged, save, self._clock)
        for media in draft.all_media:
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
        sent = self._in_chunks if media.animated or media.is_video else self._at_once
        data = await sent(login, media, files)
        lasts = data.get("expires_after_secs")
        life = timedelta(seconds=lasts) if isinstance(lasts, int) and lasts > 0 else UPLOAD_LIFE
        ready = _pause(data) is None
        until = uploads.until(min(life, UPLOAD_LIFE))
        return {"id": word(data.get("id")), "expires_at": until, "ready": ready, "alt": ""}

    async def _at_once(self, login: Login, media: Media, files: Files) -> Mapping[str, Any]:
        parts = [Part("media_category", "tweet_image"), _file(media, await files.read(media))]
        return await self._data(login, "/2/media/upload", multipart=parts)

    async def _in_chunks(self, login: Login, media: Media, files: Files) -> Mapping[str, Any]:
        asked = {
            "media_type": media.mime_type,
            "total_bytes": media.size,
            "media_category": "tweet_video" if media.is_video else "tweet_gif",
        }
        begun = await self._data(login, "/2/media/upload/initialize", json=asked)
        path = f"/2/media/upload/{word(begun.get('id'))}"
        for i, at in enumerate(range(0, media.size, CHUNK)):
            piece = await files.read_range(media, at, min(at + CHUNK, media.size))
            parts = [Part("segment_index", str(i)), _file(media, piece)]
            self._taken(login, await self._sent("POST", login, f"{path}/append", multipart=parts))
        return {**begun, **await self._data(login, f"{path}/finalize")}

    async def _processed(
        self, login: Login, media: Media, remote_id: str, uploads: Uploads
    ) -> None:
        query = {"command": "STATUS", "media_id": remote_id}

        async def ask() -> float | None:
            answer = await self._sent("GET", login, "/2/media/upload", params=query)
            if answer.status == 404:
                raise await uploads.lost(media, "X")
            return _pause(field(self._taken(login, answer).json(), "data") or {})

        await uploads.ready("X", ask)

    async def _describe(self, login: Login, media: Media, remote_id: str, uploads: Uploads) -> None:
        asked = {"id": remote_id, "metadata": {"alt_text": {"text": media.alt}}}
        answer = await self._sent("POST", login, "/2/media/metadata", json=asked)
        if answer.status == 404:
            raise await uploads.lost(media, "X")
        self._taken(login, answer)

    async def _data(self, login: Login, path: str, **sent: Any) -> Mapping[str, Any]:
        """What an upload call answers; raises NotPublished when it names no upload."""
        answer = self._taken(login, await self._sent("POST", login, path, **sent))
        data = field(answer.json(), "data")
        if not word(field(data, "id")):
            raise UPLOADS.upload_error(answer, login, self._clock.now())
        found: Mapping[str, Any] = data
        return found

    async def _sent(self, method: str, login: Login, path: str, **sent: Any) -> Response:
        with uploading("X"):
            return await self._http.request(method, url(login, path), headers=bearer(login), **sent)

    def _taken(self, login: Login, answer: Response) -> Response:
        if not answer.ok:
            raise UPLOADS.upload_error(answer, login, self._clock.now())
        return answer


def lead_for(media: Sequence[Media]) -> timedelta | None:
    """How long before the moment the uploads begin; None without any."""
    if any(one.is_video for one in media):
        return VIDEO_LEAD
    return LEAD if media else None


def _file(media: Media, content: bytes) -> Part:
    return Part("media", content, "media", media.mime_type)


def _pause(data: Mapping[str, Any]) -> float | None:
    """How long X still processes; None when it is done. Raises Refused when it failed."""
    info = data.get("processing_info")
    state = word(field(info, "state"))
    if not state or state == "succeeded":
        return None
    if state == "failed":
        reason = word(field(info, "error", "message")) or "no reason given"
        raise Refused("media_refused", f"X could not process a picture: {reason}.")
    named = field(info, "check_after_secs")
    return float(named) if isinstance(named, int) and named > 0 else CHECK_AFTER


def without_media_links(
    text: str, links: Sequence[Mapping[str, Any]]
) -> tuple[str, list[Mapping[str, Any]]]:
    """``text`` without the links to the post's own pictures that X puts at its end, and the rest
    of ``links``."""
    written = []
    for link in links:
        short = word(link.get("url"))
        if short and ("media_key" in link or _ITSELF.search(word(link.get("expanded_url")))):
            text = text.replace(short, "")
        else:
            written.append(link)
    return text, written
