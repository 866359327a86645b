"""Looking at a channel: its videos, and what became of one (contract sheet 5.b, 5.e)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http, Response
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.text import comparable
from postclock.services.platforms.timeline import CLOCK_SKEW
from postclock.services.platforms.youtube_answers import ANSWERS, LABEL, bearer, url

VIDEO_PARTS = "snippet,status,processingDetails"
LISTED = "50"
"""The newest so many of a channel: more than it uploads in a day or two."""
REASONS: Mapping[str, str] = {
    "codec": "its codec is not known there",
    "conversion": "it could not be converted",
    "emptyFile": "the file is empty",
    "invalidFile": "the file is no video",
    "tooSmall": "the file is too small",
    "uploadAborted": "the upload was ended",
    "claim": "somebody claims it",
    "copyright": "of a copyright",
    "duplicate": "the channel has the same video already",
    "inappropriate": "it breaks YouTube's rules",
    "legal": "of a legal complaint",
    "length": "it is longer than the channel may upload",
    "termsOfUse": "it breaks YouTube's terms of use",
    "trademark": "of a trademark",
    "uploaderAccountClosed": "the account is closed",
    "uploaderAccountSuspended": "the account is suspended",
}
"""Why a video failed or was rejected, as a clause."""


class Channel:
    """Asks about a channel's videos."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http, self._clock = http, clock

    async def video(self, login: Login, video_id: str) -> Response:
        """One video: its snippet, status and processing."""
        query = {"part": VIDEO_PARTS, "id": video_id}
        return await self._http.request(
            "GET", url(login, "/videos"), params=query, headers=bearer(login)
        )

    async def uploaded_since(
        self, login: Login, since: datetime, title: str, description: str
    ) -> str | None:
        """The oldest video with these words that was uploaded since then and is still private."""
        channel = await self._first(login, "/channels", part="contentDetails", mine="true")
        playlist = word(field(channel, "contentDetails", "relatedPlaylists", "uploads"))
        if not playlist:
            return None
        items = await self._asked(
            login, "/playlistItems", part="snippet,contentDetails,status",
            playlistId=playlist, maxResults=LISTED,
        )  # fmt: skip
        wanted = (comparable(title), comparable(description))
        found = [
            (published, word(field(item, "contentDetails", "videoId")))
            for item in items
            if (published := instant(field(item, "snippet", "publishedAt")))
            and published >= since - CLOCK_SKEW
            and wanted == _words_of(item)
            and field(item, "status", "privacyStatus") == "private"
        ]
        return min(found)[1] if found else None

    async def _first(self, login: Login, path: str, **query: str) -> Mapping[str, Any]:
        return next(iter(await self._asked(login, path, **query)), {})

    async def _asked(self, login: Login, path: str, **query: str) -> list[dict[str, Any]]:
        with uploading(LABEL):
            answer = await self._http.request(
                "GET", url(login, path), params=query, headers=bearer(login)
            )
        if not answer.ok:
            raise ANSWERS.upload_error(answer, login, self._clock.now())
        return objects(field(answer.json(), "items"))


def video_in(answer: Response) -> Mapping[str, Any] | None:
    """The video that an answer lists; None: there is none."""
    return next(iter(objects(field(answer.json(), "items"))), None)


def problem_of(video: Mapping[str, Any]) -> Problem | None:
    """Why a video will never be seen; None where nothing says so."""
    status = field(video, "status")
    match word(field(status, "uploadStatus")):
        case "failed":
            reason, what = word(field(status, "failureReason")), "could not process"
        case "rejected":
            reason, what = word(field(status, "rejectionReason")), "rejected"
        case "deleted":
            return Problem("video_missing", "The video was deleted on YouTube.")
        case _:
            return None
    because = REASONS.get(reason, reason or "it gives no reason")
    return Problem("video_refused", f"YouTube {what} the video: {because}.")


def processing(video: Mapping[str, Any]) -> bool:
    """Whether YouTube still works on it."""
    return word(field(video, "status", "uploadStatus")) == "uploaded"


def _words_of(item: Mapping[str, Any]) -> tuple[str, str]:
    said = (word(field(item, "snippet", name)) for name in ("title", "description"))
    title, description = (comparable(one) for one in said)
    return title, description
