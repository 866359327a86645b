"""Resumable uploads to YouTube's twin: a session's address, its bytes, the video at their end.

Source: the contract sheet of YouTube, sections 5.b (1-3) and 5.h.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.bodies import parse_json
from postclock.sandbox.contents import CAPACITY
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.faults import Fault
from postclock.sandbox.file_kinds import FileKind, kind_of
from postclock.sandbox.twin import (
    Call,
    Operation,
    Refused,
    Role,
    Yard,
    base_url,
    bearer,
    json_answer,
)
from postclock.sandbox.youtube_answers import FREE, INSERT, google_error, refuse
from postclock.sandbox.youtube_metadata import read_snippet, read_status
from postclock.sandbox.youtube_oauth import UPLOAD_SCOPES, no_channel, require_scope
from postclock.sandbox.youtube_videos import Knobs, Video, Videos, resource

STEP = 262_144
SPAN = re.compile(r"bytes (?:(\d{1,12})-(\d{1,12})|\*)/(\d{1,12})", re.ASCII)
FOREVER = timedelta(days=36500)
UNKNOWN = FileKind("application/octet-stream", moves=True)


@dataclass(eq=False)
class Session:
    """One upload under way, or done: then ``video`` is what came of it."""

    id: str
    owner: SandboxAccount
    snippet: dict[str, Any]
    status: dict[str, Any]
    parts: frozenset[str]
    total: int
    opened_at: datetime
    data: bytearray = field(default_factory=bytearray)
    video: Video | None = None

    @property
    def received(self) -> int:
        return self.total if self.video else len(self.data)


@dataclass(frozen=True, slots=True)
class Span:
    """What a request says of its bytes; a probe has none."""

    first: int
    end: int
    total: int

    @property
    def probes(self) -> bool:
        return self.first == self.end

    @property
    def completes(self) -> bool:
        return not self.probes and self.end == self.total


class ResumableUploads:
    """``/upload/videos``: POST opens a session, PUT brings bytes or asks how many came."""

    def __init__(self, platform: str, yard: Yard, videos: Videos, knobs: Knobs) -> None:
        self._uploads, self._grants = yard.uploads[platform], yard.grants[platform]
        self._clock, self._processing = yard.clock, yard.processing
        self._videos, self._knobs = videos, knobs
        self._sessions: dict[str, Session] = {}

    def operations(self) -> list[Operation]:
        """Every call about the bytes of a video."""
        path = "/upload/videos"
        return [
            Operation(
                "PUT", path, self._put, FREE, signed=False, role=_role, max_body=CAPACITY + STEP
            ),
            Operation("POST", path, self._open, INSERT),
        ]

    async def _open(self, call: Call) -> Response:
        require_scope(self._grants, call, *UPLOAD_SCOPES)
        if no_channel(call.author):
            refuse(401, "youtubeSignupRequired")
        if call.query.get("uploadType") != "resumable":
            refuse(400, "badRequest", "Here only resumable uploads are offered.")
        if self._knobs.upload_limit:
            refuse(400, "uploadLimitExceeded")
        said, total = parse_json(call.body), call.request.headers.get("x-upload-content-length", "")
        kind = call.request.headers.get("x-upload-content-type", "")
        if not total.isdecimal() or not int(total) or not _is_video(kind):
            refuse(400, "mediaBodyRequired")
        if int(total) > CAPACITY:
            refuse(413, "uploadTooLarge", f"The sandbox takes videos up to {CAPACITY} bytes.")
        meta = said if isinstance(said, dict) else {}
        session = Session(
            token_urlsafe(32), call.author, read_snippet(meta.get("snippet")),
            read_status(meta.get("status")), frozenset(call.query.get("part", "").split(",")),
            int(total), self._clock.now(),
        )  # fmt: skip
        self._sessions[session.id] = session
        here = f"{base_url(call.request)}/upload/videos"
        query = urlencode({**call.query, "upload_id": session.id})
        return Response(status_code=200, headers={"Location": f"{here}?{query}"})

    async def _put(self, call: Call) -> Response:
        self._check_login(call)
        session = self._known(call.query.get("upload_id", ""))
        span = _span(call.request, len(call.body))
        if span is None or span.total != session.total:
            refuse(400, "badRequest", "The Content-Range does not suit the upload.")
        if session.video is None and not span.probes and span.first == session.received:
            self._take(session, span, call)
        if session.video:
            return json_answer(resource(session.video, session.parts, self._clock.now()))
        held = {"Range": f"bytes=0-{session.received - 1}"} if session.received else {}
        return Response(status_code=308, headers=held)

    def _take(self, session: Session, span: Span, call: Call) -> None:
        whole = span.end == session.total
        if len(call.body) != span.end - span.first or (not whole and len(call.body) % STEP):
            refuse(400, "badRequest", f"A piece must be a multiple of {STEP} bytes.")
        takes = self._knobs.takes
        kept = call.body if whole or takes is None else call.body[:takes]
        session.data += kept
        self._make_room(session)
        if len(session.data) == session.total:
            session.video = self._made(session, call)
            session.data = bytearray()

    def _made(self, session: Session, call: Call) -> Video:
        now, data = self._clock.now(), bytes(session.data)
        kind = kind_of(data)
        taken = kind is not None and kind.moves
        number = int(self._uploads.next_number(round(now.timestamp() * 1e6)))
        upload = self._uploads.add(
            session.owner.remote_id, _video_id(number), kind or UNKNOWN, data,
            now=now, ready_at=now + self._time_needed(call),
            expires_at=now if call.meets(Fault.UPLOAD_EXPIRES) else now + FOREVER,
            fails=call.meets(Fault.UPLOAD_FAILS) or not taken,
        )  # fmt: skip
        video = Video(
            session.owner, upload, session.snippet, session.status, now, self._knobs.rejects
        )
        self._videos.add(video, now, call.received_at)
        return video

    def _time_needed(self, call: Call) -> timedelta:
        if call.fault and call.meets(Fault.UPLOAD_SLOW):
            return timedelta(seconds=call.fault.seconds or 0)
        return self._processing

    def _known(self, session_id: str) -> Session:
        session = self._sessions.get(session_id)
        if session and self._clock.now() < session.opened_at + self._knobs.session_life:
            return session
        raise Refused(Response("Not Found", 404))

    def _make_room(self, present: Session) -> None:
        """Give up the oldest sessions when all together hold too much."""
        for session in list(self._sessions.values()):
            if sum(len(one.data) for one in self._sessions.values()) <= CAPACITY:
                return
            if session is not present:
                del self._sessions[session.id]

    def _check_login(self, call: Call) -> None:
        """The address alone opens a session; a login that is sent along must be good."""
        token = bearer(call.request)
        if token and self._grants.read(token) is None:
            raise Refused(google_error(401, "authError", domain="global"))


def _role(request: Request, body: bytes) -> Role:
    span = _span(request, len(body))
    return "uploads" if span and span.completes else None


def _span(request: Request, size: int) -> Span | None:
    """What a PUT brings; without a Content-Range it is the whole file."""
    said = request.headers.get("content-range")
    if said is None:
        return Span(0, size, size)
    match = SPAN.fullmatch(said.strip())
    if match is None:
        return None
    if match[1] is None:
        return Span(0, 0, int(match[3]))
    first, last, total = int(match[1]), int(match[2]), int(match[3])
    return Span(first, last + 1, total) if first <= last < total else None


def _is_video(kind: str) -> bool:
    return kind.startswith("video/") or kind == "application/octet-stream"


def _video_id(number: int) -> str:
    """Eleven characters, as YouTube's ids have."""
    return urlsafe_b64encode(number.to_bytes(8)).rstrip(b"=").decode()
