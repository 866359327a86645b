"""TikTok's media (contract sheet 4.b): videos by chunks of which the last one publishes, photos
by an address of ours.

``staged["media"]`` of a video: ``{"publish_id", "upload_url", "size", "chunk", "sent", "said",
"expires_at"}``, ``said`` being what the task was opened with. Of a photo: ``{"url", "closed",
"expires_at"}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, Response
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login, NotPublished, Refused
from postclock.services.platforms.capabilities import ImageLimits, VideoLimits
from postclock.services.platforms.drafting import Draft, Files, Media, Save
from postclock.services.platforms.json_reading import field, word, words
from postclock.services.platforms.tiktok_answers import (
    LABEL,
    bearer,
    error_of,
    harmless,
    succeeded,
    url,
)
from postclock.services.platforms.tiktok_chunks import Cut, content_range, cut, even_cut
from postclock.services.platforms.tiktok_options import AUDIENCES, is_inbox, video_body
from postclock.services.platforms.tiktok_status import Forgotten, Status, fetch_status
from postclock.services.platforms.uploads import Entry, Uploads

VIDEOS = VideoLimits(
    types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
    max_bytes=4_000_000_000,
    max_seconds=600,
    min_side=360,
    max_side=4096,
    min_frame_rate=23,
    max_frame_rate=60,
    codecs=frozenset({"h264", "hevc", "vp8", "vp9"}),
)
PHOTOS = ImageLimits(
    most=35,
    types=frozenset({"image/jpeg", "image/webp"}),
    max_bytes=20_000_000,
    max_alt=0,
    max_width=1080,
)
UPLOAD_LIFE = timedelta(minutes=59)
"""TikTok's hour, less a minute."""
LINK_LIFE = timedelta(hours=20)
"""Of the day that a photo's address is good for, what is left once TikTok has fetched."""
LEAD, LONGEST_LEAD = timedelta(minutes=10), timedelta(minutes=45)
BYTES_A_MINUTE = 60_000_000
"""What a modest line uploads; a slower one starts its video anew in the worst case."""
CLOSABLE = ("comment", "duet", "stitch")


def lead_of(draft: Draft) -> timedelta:
    """How long before the moment it begins: a large video takes longer, and no upload lasts an
    hour."""
    size = sum(media.size for media in draft.media if media.is_video)
    return min(LEAD + timedelta(minutes=size / BYTES_A_MINUTE), LONGEST_LEAD)


def cut_of(entry: Entry) -> Cut:
    """How the video of an entry is cut."""
    return cut(entry["size"], entry["chunk"])


def digest_of(draft: Draft) -> str:
    """What a task is opened with, in short: another caption needs another task."""
    said = json.dumps([draft.text, dict(draft.options)], sort_keys=True, default=str)
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class MediaUploads:
    """Prepares a draft's video or photos; nothing becomes public by it."""

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str]) -> None:
        self._http, self._clock = http, clock
        self._chunk = int(tuned["chunk_bytes"])
        self._tries_again = timedelta(hours=int(tuned["daily_cap_wait_hours"]))

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """A video but for its last chunk, or the photos' addresses."""
        uploads = Uploads(staged, save, self._clock)
        closed: Sequence[str] | None = None
        for media in draft.media:
            entry = uploads.of(media)
            if not entry or entry.get("said", digest_of(draft)) != digest_of(draft):
                if closed is None:
                    closed = await self._may_post(login, draft)
                entry = await self._begun(login, draft, media, closed, uploads, files)
                await uploads.keep(media, entry)
            if media.is_video:
                await self._send(login, media, entry, uploads, files)
        return uploads.staged

    async def _begun(
        self, login: Login, draft: Draft, media: Media, closed: Sequence[str],
        uploads: Uploads, files: Files,
    ) -> Entry:  # fmt: skip
        if not media.is_video:
            link, until = await files.link(media), uploads.until(LINK_LIFE)
            return {"url": link, "closed": list(closed), "expires_at": until}
        plan = even_cut(media.size, self._chunk)
        source = {
            "source": "FILE_UPLOAD", "video_size": plan.size, "chunk_size": plan.chunk,
            "total_chunk_count": plan.count,
        }  # fmt: skip
        kind = "inbox/video" if is_inbox(draft) else "video"
        body = video_body(draft, source, closed)
        data = await self._data(login, f"/v2/post/publish/{kind}/init/", body)
        handle = {name: word(data.get(name)) for name in ("publish_id", "upload_url")}
        if not all(handle.values()):
            raise NotPublished("upload_failed", "TikTok opened no upload: it is tried again.")
        return {
            **handle, "size": plan.size, "chunk": plan.chunk, "sent": 0, "said": digest_of(draft),
            "expires_at": uploads.until(UPLOAD_LIFE),
        }  # fmt: skip

    # --- the account ----------------------------------------------------------------------------

    async def _may_post(self, login: Login, draft: Draft) -> Sequence[str]:
        """Ask what this account may do now; the interactions that it has turned off.

        Raises a PlatformError when it may not post, not to this audience, or not this long.
        """
        if is_inbox(draft):
            return ()
        data = await self._data(login, "/v2/post/publish/creator_info/query/", {})
        audiences = words(data.get("privacy_level_options"))
        if audiences and draft.options.get("privacy") not in audiences:
            offered = ", ".join(AUDIENCES.get(one, one) for one in audiences)
            message = f"TikTok lets this account post for {offered} only: choose one of them."
            raise Refused("privacy_unavailable", message)
        longest = data.get("max_video_post_duration_sec")
        lasts = max((media.duration or 0 for media in draft.media), default=0)
        if isinstance(longest, int) and 0 < longest < lasts:
            message = f"TikTok takes {longest} s of video from this account, this is {lasts:.1f} s."
            raise Refused("video_too_long", message)
        return tuple(one for one in CLOSABLE if data.get(f"{one}_disabled") is True)

    async def _data(self, login: Login, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        with uploading(LABEL):
            answer = await self._http.request(
                "POST", url(login, path), json=body, headers=bearer(login)
            )
        data = field(answer.json(), "data")
        if not succeeded(answer) or not isinstance(data, dict):
            raise harmless(error_of(answer, login, self._clock.now(), self._tries_again))
        return data

    # --- a video's chunks -----------------------------------------------------------------------

    async def _send(
        self, login: Login, media: Media, entry: Entry, uploads: Uploads, files: Files
    ) -> None:
        """Every chunk but the last, each noted before the next."""
        plan = cut_of(entry)
        while entry["sent"] < plan.last_start:
            start = entry["sent"]
            end = min(start + plan.chunk, plan.last_start)
            content = await files.read_range(media, start, end)
            with uploading(LABEL):
                answer = await put_chunk(self._http, media, entry, start, content)
            if answer.status == 206:
                entry = {**entry, "sent": end}
            else:
                entry = await self._after_refusal(login, media, entry, answer, uploads)
            await uploads.keep(media, entry)

    async def _after_refusal(
        self, login: Login, media: Media, entry: Entry, answer: Response, uploads: Uploads
    ) -> Entry:
        """Where to go on after a chunk that was not taken; raises NotPublished to begin anew, or
        to send the same again later."""
        if answer.status == 416:
            try:
                status = await fetch_status(self._http, login, entry["publish_id"])
            except Forgotten:
                raise await uploads.lost(media, LABEL) from None
            uploaded = status.uploaded if isinstance(status, Status) else None
            if uploaded is not None and entry["sent"] != uploaded <= cut_of(entry).last_start:
                return {**entry, "sent": uploaded}
        if answer.status < 500 and answer.status not in (408, 429):
            raise await uploads.lost(media, LABEL)
        message = f"TikTok did not take a part of the video (HTTP {answer.status}): sent again."
        raise NotPublished("upload_failed", message)


async def put_chunk(http: Http, media: Media, entry: Entry, start: int, content: bytes) -> Response:
    """Send the bytes from ``start`` to the address that the task was opened with."""
    headers = {
        "Content-Type": media.mime_type,
        "Content-Range": content_range(start, start + len(content), entry["size"]),
    }
    return await http.request("PUT", entry["upload_url"], data=content, headers=headers)
