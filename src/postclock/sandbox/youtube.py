"""YouTube's twin: the Data API v3 as far as a channel's own videos go.

Source: the contract sheet of YouTube, sections 5.a-5.h. The API stands at the root, uploads under
``/upload``, Google's token host under ``/token`` and its consent under ``/web``.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.bodies import parse_json, unstorable
from postclock.sandbox.consent import avatar
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.file_kinds import kind_of
from postclock.sandbox.instants import iso
from postclock.sandbox.ledger import Entry
from postclock.sandbox.quotas import Standing
from postclock.sandbox.twin import Call, Operation, Refused, Twin, Yard, bearer, json_answer
from postclock.sandbox.youtube_answers import (
    CHANGE,
    GENERAL,
    READ,
    REASONS,
    PacificMeter,
    google_error,
    next_midnight,
    refuse,
)
from postclock.sandbox.youtube_metadata import read_snippet, read_status
from postclock.sandbox.youtube_oauth import (
    COMMENT_SCOPES,
    MANAGE_SCOPES,
    READ_SCOPES,
    UPLOAD_SCOPES,
    GoogleOAuth,
    no_channel,
    require_scope,
)
from postclock.sandbox.youtube_sessions import ResumableUploads
from postclock.sandbox.youtube_videos import Knobs, Video, Videos, resource

MAX_THUMBNAIL = 52_428_800
MAX_LISTED = 50


class YouTube(Twin):
    """One pretend YouTube; ``knobs`` are how it behaves where the real one varies."""

    platform = "youtube"
    label = "YouTube"

    def __init__(self, yard: Yard, knobs: Knobs | None = None) -> None:
        self.knobs = knobs or Knobs()
        self.videos = Videos(self.platform, yard.ledger, yard.uploads[self.platform])
        self._sessions = ResumableUploads(self.platform, yard, self.videos, self.knobs)
        self._oauth = GoogleOAuth(self.platform, yard)
        super().__init__(yard)
        self.meter = PacificMeter()

    def operations(self) -> list[Operation]:
        most = MAX_THUMBNAIL + 1
        return [
            Operation("PUT", "/videos", self._update, GENERAL, CHANGE, creates=True),
            Operation("GET", "/videos", self._list, GENERAL, READ),
            Operation("DELETE", "/videos", self._delete, GENERAL, CHANGE),
            *self._sessions.operations(),
            Operation("GET", "/channels", self._channels, GENERAL, READ),
            Operation("GET", "/playlistItems", self._playlist, GENERAL, READ),
            Operation("POST", "/commentThreads", self._comment, GENERAL, CHANGE),
            Operation("GET", "/commentThreads", self._comments, GENERAL, READ),
            Operation(
                "POST", "/upload/thumbnails/set", self._thumbnail, GENERAL, CHANGE, max_body=most
            ),
            *self._oauth.operations(),
        ]

    def authenticate(self, request: Request) -> SandboxAccount:
        token = self.grants.read(bearer(request) or "")
        if token is None:
            raise Refused(google_error(401, "authError", domain="global"))
        return token.account

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        """None: YouTube tells its quotas nowhere."""
        return {}

    def failure(self, status: int, detail: str) -> Response:
        return google_error(status, REASONS.get(status, "badRequest"), detail)

    def rate_limited(self, standing: Standing) -> Response:
        """A day's quota that is used up, or requests that came too fast."""
        if standing.reset_at == next_midnight(self.clock.now()):
            return google_error(403, "quotaExceeded")
        return google_error(403, "rateLimitExceeded")

    # --- videos ---------------------------------------------------------------------------------

    async def _update(self, call: Call) -> Response:
        require_scope(self.grants, call, *MANAGE_SCOPES)
        parts, said = _parts(call), parse_json(call.body)
        asked = said if isinstance(said, dict) else {}
        video = self._own(call, asked.get("id"))
        if "snippet" in parts:
            video.snippet = read_snippet(asked.get("snippet"))
        if "status" in parts:
            video.status = read_status(asked.get("status"))
            if self.knobs.holds_private:
                video.status["privacyStatus"] = "private"
        now = self.clock.now()
        self.videos.settle(video, now, call.received_at)
        return json_answer(resource(video, parts, now))

    async def _list(self, call: Call) -> Response:
        require_scope(self.grants, call, *READ_SCOPES)
        parts, now = _parts(call), self.clock.now()
        ids = [one for one in call.query.get("id", "").split(",") if one][:MAX_LISTED]
        found = [video for one in ids if (video := self.videos.get(one, now))]
        own = call.author.remote_id
        shown = [video for video in found if video.seen or video.owner.remote_id == own]
        items = [resource(video, parts, now) for video in shown]
        return _listed("youtube#videoListResponse", items)

    async def _delete(self, call: Call) -> Response:
        require_scope(self.grants, call, *MANAGE_SCOPES)
        self.videos.remove(self._own(call, call.query.get("id")), self.clock.now())
        return Response(status_code=204)

    async def _thumbnail(self, call: Call) -> Response:
        require_scope(self.grants, call, *UPLOAD_SCOPES)
        video = self._own(call, call.query.get("videoId"))
        if self.knobs.refuses_thumbnails:
            words = "The authenticated user doesn't have permissions to upload and set custom "
            refuse(403, "forbidden", f"{words}video thumbnails (youtube.thumbnail).")
        kind = kind_of(call.body)
        if kind is None or kind.mime_type not in ("image/jpeg", "image/png"):
            refuse(400, "imageFormatUnsupported")
        video.thumbnail = avatar(f"thumbnail {video.id}")
        sizes = {"url": video.thumbnail, "width": kind.width, "height": kind.height}
        answer = {"kind": "youtube#thumbnailSetResponse", "etag": "etag", "items": [
            {"default": sizes}
        ]}  # fmt: skip
        return json_answer(answer)

    # --- the channel ----------------------------------------------------------------------------

    async def _channels(self, call: Call) -> Response:
        require_scope(self.grants, call, *READ_SCOPES)
        parts, own = _parts(call), call.author
        asked = call.query.get("mine") == "true" or call.query.get("id") == own.remote_id
        shown = [_channel(own, parts)] if asked and not no_channel(own) else []
        return _listed("youtube#channelListResponse", shown)

    async def _playlist(self, call: Call) -> Response:
        require_scope(self.grants, call, *READ_SCOPES)
        parts, now, own = _parts(call), self.clock.now(), call.author.remote_id
        if call.query.get("playlistId") != _uploads_of(own):
            refuse(404, "playlistNotFound", "The playlist cannot be found.")
        seen_until = now - self.knobs.listing_lag
        found = [one for one in self.videos.of(own, now) if one.uploaded_at <= seen_until]
        page = found[: _page_size(call.query.get("maxResults", ""))]
        items = [_playlist_item(one, parts, at) for at, one in enumerate(page)]
        return _listed("youtube#playlistItemListResponse", items)

    async def _comment(self, call: Call) -> Response:
        require_scope(self.grants, call, *COMMENT_SCOPES)
        said = parse_json(call.body)
        snippet = said.get("snippet") if isinstance(said, dict) else None
        asked = snippet if isinstance(snippet, dict) else {}
        text = _dig(asked, "topLevelComment", "snippet", "textOriginal")
        if not isinstance(text, str) or not text.strip() or unstorable(text):
            refuse(400, "commentTextRequired", "The comment has no text.")
        video = self.videos.get(str(asked.get("videoId")), self.clock.now())
        if video is None:
            refuse(404, "videoNotFound")
        if video.status["madeForKids"] or not video.seen:
            refuse(403, "commentsDisabled")
        now = self.clock.now()
        thread = _thread(video, call.author, text, iso(now))
        video.comments.insert(0, thread)
        self.ledger.accept(
            Entry(
                self.platform, call.author.remote_id, call.author.handle, thread["id"], text,
                call.received_at, now,
            )
        )  # fmt: skip
        return json_answer(thread)

    async def _comments(self, call: Call) -> Response:
        require_scope(self.grants, call, *COMMENT_SCOPES)
        video = self.videos.get(call.query.get("videoId", ""), self.clock.now())
        if video is None:
            refuse(404, "videoNotFound")
        return _listed("youtube#commentThreadListResponse", video.comments)

    def _own(self, call: Call, video_id: Any) -> Video:
        """A video of whoever asks; raises Refused."""
        video = self.videos.get(str(video_id), self.clock.now())
        if video is None:
            refuse(404, "videoNotFound")
        if video.owner.remote_id != call.author.remote_id:
            refuse(403, "forbidden", "The video is not yours.")
        return video


def _parts(call: Call) -> frozenset[str]:
    parts = frozenset(part for part in call.query.get("part", "").split(",") if part)
    if not parts:
        refuse(400, "missingRequiredParameter", "No filter selected. part is required.")
    return parts


def _listed(kind: str, items: list[dict[str, Any]]) -> Response:
    page = {"totalResults": len(items), "resultsPerPage": max(len(items), 1)}
    return json_answer({"kind": kind, "etag": "etag", "pageInfo": page, "items": items})


def _channel(own: SandboxAccount, parts: frozenset[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "snippet": {
            "title": own.handle.capitalize(), "customUrl": f"@{own.handle}", "description": "",
            "thumbnails": {"default": {"url": avatar(own.handle), "width": 96, "height": 96}},
        },
        "contentDetails": {"relatedPlaylists": {"uploads": _uploads_of(own.remote_id)}},
        "statistics": {"viewCount": "0", "subscriberCount": "7", "videoCount": "0"},
        "status": {"privacyStatus": "public", "longUploadsStatus": "allowed"},
    }  # fmt: skip
    shown = {name: value for name, value in told.items() if name in parts}
    return {"kind": "youtube#channel", "etag": "etag", "id": own.remote_id, **shown}


def _playlist_item(video: Video, parts: frozenset[str], at: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "snippet": {
            "publishedAt": iso(video.uploaded_at)[:19] + "Z", "channelId": video.owner.remote_id,
            "title": video.snippet["title"], "description": video.snippet["description"],
            "playlistId": _uploads_of(video.owner.remote_id), "position": at,
            "resourceId": {"kind": "youtube#video", "videoId": video.id},
        },
        "contentDetails": {"videoId": video.id},
        "status": {"privacyStatus": video.status["privacyStatus"]},
    }  # fmt: skip
    shown = {name: value for name, value in told.items() if name in parts}
    return {"kind": "youtube#playlistItem", "etag": "etag", "id": f"UU{video.id}", **shown}


def _thread(video: Video, author: SandboxAccount, text: str, at: str) -> dict[str, Any]:
    comment_id = f"{video.id}.{len(video.comments)}"
    top = {
        "videoId": video.id, "textOriginal": text, "textDisplay": text,
        "authorDisplayName": f"@{author.handle}", "publishedAt": at,
    }  # fmt: skip
    comment = {"kind": "youtube#comment", "id": comment_id, "snippet": top}
    snippet = {"channelId": video.owner.remote_id, "videoId": video.id, "topLevelComment": comment}
    return {"kind": "youtube#commentThread", "id": comment_id, "snippet": snippet}


def _uploads_of(remote_id: str) -> str:
    return f"UU{remote_id}"


def _page_size(text: str) -> int:
    known = text.isascii() and text.isdigit() and 0 < len(text) < 4 and int(text) > 0
    return min(int(text), MAX_LISTED) if known else 5


def _dig(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
