"""The videos of YouTube's twin: private until somebody opens them, in the ledger from then on.

Source: the contract sheet of YouTube, sections 5.b, 5.f and 5.h.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from postclock.sandbox.consent import avatar
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.instants import iso, parse
from postclock.sandbox.ledger import Entry, Ledger
from postclock.sandbox.uploads import Upload, Uploads
from postclock.sandbox.youtube_metadata import opens_at

SEEN = ("public", "unlisted")


@dataclass
class Knobs:
    """How this YouTube behaves where the real one is not always the same."""

    listing_lag: timedelta = timedelta(0)
    """How long a new video is not yet in its channel's list of uploads."""
    takes: int | None = None
    """Of a piece that is not the last, only so many bytes are kept at once."""
    holds_private: bool = False
    """Whether a video stays private whatever is asked: the account's settings hold it."""
    rejects: str = ""
    """Why the next videos are rejected once they are processed."""
    refuses_thumbnails: bool = False
    """Whether the channel may not set thumbnails: its phone was not verified."""
    upload_limit: bool = False
    """Whether the channel has reached its own cap on uploads."""
    session_life: timedelta = timedelta(hours=24)


@dataclass(eq=False)
class Video:
    """One video of one channel."""

    owner: SandboxAccount
    upload: Upload
    snippet: dict[str, Any]
    status: dict[str, Any]
    uploaded_at: datetime
    rejection: str = ""
    thumbnail: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.upload.id

    @property
    def seen(self) -> bool:
        """Whether others may see it."""
        return self.status["privacyStatus"] in SEEN

    def record(self) -> dict[str, Any]:
        """What the ledger keeps of it, to be read back."""
        return {
            "snippet": self.snippet, "status": self.status, "uploaded_at": iso(self.uploaded_at),
        }  # fmt: skip


class Videos:
    """All videos. What others may see is in the ledger; what nobody may, a restart forgets."""

    def __init__(self, platform: str, ledger: Ledger, uploads: Uploads) -> None:
        self._platform, self._ledger, self._uploads = platform, ledger, uploads
        self._known: dict[str, Video] = {}
        for entry in ledger.entries(platform):
            upload = uploads.get(entry.account, entry.id)
            if entry.live and upload:
                self._known[entry.id] = _restored(entry, upload)

    def add(self, video: Video, now: datetime, received_at: datetime) -> None:
        """A video whose upload is whole."""
        self._known[video.id] = video
        self.settle(video, now, received_at)

    def get(self, video_id: str, now: datetime) -> Video | None:
        """A video, if the platform has it."""
        video = self._known.get(video_id)
        if video is None or (video.upload.expired(now) and not video.upload.posts):
            return None
        self._open_by_itself(video, now)
        return video

    def of(self, account: str, now: datetime) -> Iterator[Video]:
        """An account's videos, newest first."""
        for video_id in reversed(list(self._known)):
            video = self.get(video_id, now)
            if video and video.owner.remote_id == account:
                yield video

    def settle(self, video: Video, now: datetime, received_at: datetime) -> None:
        """Have the ledger say whether others may see it."""
        entry = self._ledger.get(self._platform, video.id)
        text = video.snippet["description"]
        if video.seen and entry is None:
            self._ledger.accept(
                Entry(
                    platform=self._platform, account=video.owner.remote_id,
                    handle=video.owner.handle, id=video.id, text=text, received_at=received_at,
                    accepted_at=now, record=video.record(),
                    media=self._uploads.attach([video.upload]),
                )
            )  # fmt: skip
        elif video.seen and entry and (entry.text, entry.record) != (text, video.record()):
            self._ledger.revise(entry, text, video.record(), entry.media)
        elif not video.seen and entry:
            self._ledger.delete(entry, now)

    def remove(self, video: Video, now: datetime) -> None:
        """Delete a video for good."""
        del self._known[video.id]
        entry = self._ledger.get(self._platform, video.id)
        if entry:
            self._ledger.delete(entry, now)
            self._uploads.release(entry.account, entry.media)

    def _open_by_itself(self, video: Video, now: datetime) -> None:
        at = opens_at(video.status)
        if at and at <= now:
            rest = {name: value for name, value in video.status.items() if name != "publishAt"}
            video.status = {**rest, "privacyStatus": "public"}
            self.settle(video, at, at)


def resource(video: Video, parts: frozenset[str], now: datetime) -> dict[str, Any]:
    """A video as the API tells it, with the parts that are asked for."""
    told = {
        "snippet": _snippet, "status": _status, "processingDetails": _processing,
        "contentDetails": _content, "statistics": _statistics,
    }  # fmt: skip
    shown = {name: tell(video, now) for name, tell in told.items() if name in parts}
    return {"kind": "youtube#video", "etag": f"etag-{video.id}", "id": video.id, **shown}


def _snippet(video: Video, _now: datetime) -> dict[str, Any]:
    return {
        **video.snippet,
        "publishedAt": iso(video.uploaded_at)[:19] + "Z",
        "channelId": video.owner.remote_id,
        "channelTitle": video.owner.handle,
        "thumbnails": {"default": {"url": video.thumbnail or avatar(video.id)}},
        "liveBroadcastContent": "none",
    }


def _status(video: Video, now: datetime) -> dict[str, Any]:
    upload = video.upload
    if not upload.processed(now):
        return {**video.status, "uploadStatus": "uploaded"}
    if upload.failed(now):
        return {**video.status, "uploadStatus": "failed", "failureReason": "conversion"}
    if video.rejection:
        return {**video.status, "uploadStatus": "rejected", "rejectionReason": video.rejection}
    return {**video.status, "uploadStatus": "processed"}


def _processing(video: Video, now: datetime) -> dict[str, Any]:
    upload = video.upload
    if upload.processed(now):
        ended = "failed" if upload.failed(now) else "succeeded"
        why = {"processingFailureReason": "transcodeFailed"} if upload.failed(now) else {}
        return {"processingStatus": ended, **why}
    left = upload.ready_at - now
    parts = round(100 * (1 - left / (upload.ready_at - upload.added_at)))
    progress = {
        "partsTotal": "100", "partsProcessed": str(parts),
        "timeLeftMs": str(round(left.total_seconds() * 1000)),
    }  # fmt: skip
    return {"processingStatus": "processing", "processingProgress": progress}


def _content(_video: Video, _now: datetime) -> dict[str, Any]:
    return {
        "duration": "PT12S", "dimension": "2d", "definition": "hd", "caption": "false",
        "licensedContent": False, "projection": "rectangular",
    }  # fmt: skip


def _statistics(video: Video, now: datetime) -> dict[str, Any]:
    views = int((now - video.uploaded_at).total_seconds()) // 60 if video.seen else 0
    return {
        "viewCount": str(views), "likeCount": str(views // 10), "favoriteCount": "0",
        "commentCount": str(len(video.comments)),
    }  # fmt: skip


def _restored(entry: Entry, upload: Upload) -> Video:
    kept = entry.record
    owner = SandboxAccount(entry.platform, entry.account, entry.handle)
    return Video(
        owner, upload, dict(kept["snippet"]), dict(kept["status"]), parse(kept["uploaded_at"])
    )
