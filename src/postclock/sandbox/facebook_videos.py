"""Facebook's twin: videos on their way into a feed post, a reel or a story.

Source: contract sheet 2.b (feed video in three phases, reel, story) and 2.d.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.facebook_photos import AGENT, LIFE
from postclock.sandbox.facebook_requests import gone, readable
from postclock.sandbox.faults import Fault
from postclock.sandbox.fetching import fetch
from postclock.sandbox.file_kinds import VIDEO, kind_of
from postclock.sandbox.graph import graph_error, refuse, token_name, token_of
from postclock.sandbox.twin import Call, Refused, Role, Yard, json_answer
from postclock.sandbox.uploads import Upload

VideoKind = Literal["post", "reel", "story"]
SMALLEST, LARGEST = 1024, 64 << 20
MAX_BODY = LARGEST + (1 << 20)
PIECE, LARGE_PIECE = 1 << 18, 4 << 20
"""How much is asked for at once: of a small file, of a large one."""
WRONG_OFFSET, UNUSABLE, TOO_SMALL, TOO_LARGE = 1363037, 6000, 1363022, 1363023
TOO_LONG = {"code": 1363128, "message": "The video's duration is not supported."}


@dataclass(slots=True, eq=False)
class Video:
    """One video of a Page."""

    page: SandboxAccount
    id: str
    session: str
    kind: VideoKind
    size: int
    expires_at: datetime
    processing: timedelta
    data: bytearray = field(default_factory=bytearray)
    fails: bool = False
    upload: Upload | None = None
    whole_at: datetime | None = None
    finished_at: datetime | None = None
    post_id: str = ""

    @property
    def received(self) -> int:
        return self.size if self.whole_at else len(self.data)

    def wanted(self) -> tuple[int, int]:
        """Which bytes come next; the same twice when there are none."""
        piece = PIECE if self.size <= LARGE_PIECE else LARGE_PIECE
        return self.received, min(self.received + piece, self.size)


class Videos:
    """The videos of all Pages, until they are published and after."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._uploads, self._clock = yard.uploads[platform], yard.clock
        self._grants, self._processing = yard.grants[platform], yard.processing
        self._known: dict[str, Video] = {}

    def role(self, request: Request, body: bytes) -> Role:
        """What a call about a video is: what finishes it publishes, the last piece completes it."""
        said = readable(request, body)
        phase = said.params.get("upload_phase") if said else ""
        if said is None or phase not in (None, "finish", "transfer"):
            return None
        if phase != "transfer":
            return "creates"
        video = self._known.get(str(said.params.get("upload_session_id"))[1:])
        came = len(said.files.get("video_file_chunk", b""))
        return "uploads" if video and len(video.data) + came >= video.size else None

    # --- upload -----------------------------------------------------------------------------------

    def begin(self, page: SandboxAccount, kind: VideoKind, size: int = 0) -> Video:
        """A new video; ``size`` 0: the bytes will tell. Raises Refused for a size not taken."""
        if kind == "post":
            _check_size(size)
        now = self._clock.now()
        number = self._uploads.next_number(round(now.timestamp() * 1000))
        video = Video(page, number, f"1{number}", kind, size, now + LIFE, self._processing)
        self._known[number] = video
        return video

    def of_session(self, session: str, page: SandboxAccount) -> Video:
        """The video of an upload session; raises Refused."""
        return self.get(session[1:], page) or gone()

    def get(self, video_id: str, page: SandboxAccount) -> Video | None:
        """A Page's video that is not forgotten."""
        video = self._known.get(video_id)
        if video is None or video.page.remote_id != page.remote_id:
            return None
        forgotten = video.finished_at is None and self._clock.now() >= video.expires_at
        return None if forgotten else video

    def forget(self, video_id: str) -> None:
        """It is deleted."""
        self._known.pop(video_id, None)

    def take_piece(self, call: Call, video: Video, start: int, data: bytes) -> Response:
        """One piece of a feed video; says which comes next. Raises Refused for a wrong one."""
        first, last = video.wanted()
        if start != first or not data or first + len(data) > video.size:
            answer = graph_error(WRONG_OFFSET, "The start offset does not match.", told="Try again")
            raise Refused(_with_offsets(answer, first, last))
        self._receive(call, video, data)
        first, last = video.wanted()
        return json_answer({"start_offset": str(first), "end_offset": str(last)})

    async def receive(self, call: Call) -> Response:
        """What comes to the server for bytes: a file from an offset, or its address."""
        try:
            token = token_of(self._grants, token_name(call.request))
        except Refused:
            return bytes_error("NotAuthorizedError", "The token is not valid.")
        video = self.get(call.param("id"), token.account) or gone()
        headers = call.request.headers
        offset, size = headers.get("offset", "0"), headers.get("file_size", "")
        data = call.body
        if url := headers.get("file_url"):
            data = await fetch(url, most=LARGEST, agent=AGENT) or b""
            offset, size = "0", str(len(data))
        if not size.isdecimal() or not SMALLEST <= int(size[:12]) <= LARGEST or video.whole_at:
            return bytes_error("ProcessingFailedError", "The file's size is not taken.")
        if offset != str(len(video.data)):
            return bytes_error("OffsetInvalidError", "The offset does not match.")
        video.size = int(size)
        self._receive(call, video, data[: video.size - len(video.data)])
        if not video.whole_at:
            return bytes_error("PartialRequestError", "Some bytes are missing.", retriable=True)
        return json_answer({"success": True})

    def cut(self, call: Call) -> None:
        """The connection breaks in the middle of a file: half of it came."""
        video = self._known.get(call.request.path_params.get("id", ""))
        size = call.request.headers.get("file_size", "")
        if video and not video.whole_at and size.isdecimal():
            video.size = int(size[:12])
            video.data += call.body[: len(call.body) // 2]

    def whole(self, call: Call, video: Video, data: bytes) -> None:
        """All of a file at once; raises Refused for a size not taken."""
        _check_size(len(data))
        video.size = len(data)
        self._receive(call, video, data)

    def _receive(self, call: Call, video: Video, data: bytes) -> None:
        video.data += data
        if len(video.data) < video.size:
            return
        now, kind = self._clock.now(), kind_of(bytes(video.data))
        video.whole_at = now
        if call.fault and call.meets(Fault.UPLOAD_SLOW):
            video.processing = timedelta(seconds=call.fault.seconds or 0)
        if call.meets(Fault.UPLOAD_EXPIRES):
            video.expires_at = now
        video.fails = call.meets(Fault.UPLOAD_FAILS) or kind is None or kind.mime_type != VIDEO
        if kind is not None:
            ends = now if call.meets(Fault.UPLOAD_EXPIRES) else now + LIFE
            video.upload = self._uploads.add(
                video.page.remote_id, video.id, kind, bytes(video.data), now=now,
                ready_at=now + video.processing, expires_at=ends, fails=video.fails,
            )  # fmt: skip
        video.data.clear()

    # --- publishing -------------------------------------------------------------------------------

    def ready_for(self, video: Video) -> Upload:
        """The file of a video that may be finished; raises Refused."""
        if not video.whole_at or (video.upload is None and not video.fails):
            refuse(UNUSABLE, "There was a problem with your video file: it is not whole.")
        if video.upload is None:
            refuse(UNUSABLE, "There was a problem with your video file.")
        if video.kind == "story" and not self._processed(video, video.whole_at):
            refuse(UNUSABLE, "The video is still processed.")
        return video.upload

    def status(self, video: Video) -> dict[str, Any]:
        """The field ``status`` of a video."""
        if video.finished_at is None:
            return self._unfinished(video)
        if not self._processed(video, video.finished_at):
            return status_of("processing", video.size, "in_progress", "not_started")
        if video.fails:
            status = status_of("error", video.size, "error", "error", "error")
            status["processing_phase"]["errors"] = [TOO_LONG]
            return status
        return status_of("ready", video.size)

    def public(self, video: Video) -> bool:
        """Whether its post can be seen."""
        at = video.finished_at
        return at is not None and not video.fails and self._processed(video, at)

    def _unfinished(self, video: Video) -> dict[str, Any]:
        if not video.whole_at:
            return {
                "video_status": "uploading",
                "uploading_phase": {
                    "status": "in_progress", "bytes_transfered": video.received,
                    "source_file_size": video.size,
                },
                "processing_phase": {"status": "not_started"},
                "publishing_phase": {"status": "not_started"},
            }  # fmt: skip
        word = "upload_complete"
        if video.kind == "story":
            done = self._processed(video, video.whole_at)
            word = "processing" if not done else "error" if video.fails else word
        status = status_of(word, video.size, "not_started", "not_started", "draft")
        if word == "error":
            status["processing_phase"] = {"status": "error", "errors": [TOO_LONG]}
        return status

    def _processed(self, video: Video, since: datetime) -> bool:
        return self._clock.now() >= since + video.processing


def status_of(
    word: str,
    size: int,
    processing: str = "complete",
    publishing: str = "complete",
    publish_status: str = "published",
) -> dict[str, Any]:
    """The status of a video whose bytes are all there."""
    return {
        "video_status": word,
        "uploading_phase": {
            "status": "complete", "bytes_transfered": size, "source_file_size": size,
        },
        "processing_phase": {"status": processing},
        "publishing_phase": {"status": publishing, "publish_status": publish_status},
    }  # fmt: skip


def bytes_error(kind: str, message: str, *, retriable: bool = False) -> Response:
    """The error body of the server for bytes."""
    said = {"retriable": retriable, "type": kind, "message": message}
    return json_answer({"debug_info": said}, 400)


def _check_size(size: int) -> None:
    if size < SMALLEST:
        refuse(TOO_SMALL, "The video is too small.")
    if size > LARGEST:
        refuse(TOO_LARGE, "The video is too large.")


def _with_offsets(answer: Response, start: int, end: int) -> Response:
    body = json.loads(bytes(answer.body))
    body["error"]["error_data"] = {"start_offset": start, "end_offset": end}
    return json_answer(body, answer.status_code)
