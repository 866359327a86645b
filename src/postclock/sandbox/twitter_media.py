"""X's twin: uploads of pictures and videos, and how posts show them.

Source: the contract sheet of X (sections 1b-1d) and X's OpenAPI document 2.167.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, NoReturn

from starlette.responses import Response

from postclock.sandbox.bodies import parse_json
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.faults import Fault
from postclock.sandbox.file_kinds import FORMATS, VIDEO, FileKind, kind_of
from postclock.sandbox.ledger import Entry
from postclock.sandbox.multipart import is_multipart, parse_multipart
from postclock.sandbox.twin import Call, Operation, Refused, Yard, json_answer, whole_seconds
from postclock.sandbox.twitter_chunks import ChunkedUpload, ChunkedUploads
from postclock.sandbox.twitter_problems import as_problem, not_found, refuse_request
from postclock.sandbox.twitter_quotas import (
    APPEND,
    FINALIZE,
    INITIALIZE,
    METADATA,
    STATUS,
    UPLOAD,
)
from postclock.sandbox.twitter_requests import (
    Append,
    Initialize,
    Metadata,
    Simple,
    UploadStatus,
    read_request,
)
from postclock.sandbox.uploads import Upload

EPOCH = 1_288_834_974_657
"""The millisecond at which X's ids begin."""
LIFE = timedelta(hours=24)
PENDING = timedelta(seconds=1)
MAX_BODY = 12 << 20
MAX_SEGMENT = 8 << 20
MAX_PHOTOS = 4

PHOTOS = tuple(FORMATS.values())
CATEGORIES = {
    "tweet_image": (5 << 20, PHOTOS),
    "tweet_gif": (15 << 20, ("image/gif",)),
    "tweet_video": (32 << 20, (VIDEO,)),
    "amplify_video": (32 << 20, (VIDEO,)),
}
"""How many bytes a category takes, and what kinds of files."""
KEY_PREFIX = {"photo": 3, "animated_gif": 16, "video": 7}

INVALID = "Your media IDs are invalid."


def fresh_id(now: datetime) -> int:
    """The smallest id X could give at an instant."""
    return (round(now.timestamp() * 1000) - EPOCH) << 22


class TwitterMedia:
    """The media endpoints."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._uploads = yard.uploads[platform]
        self._clock = yard.clock
        self._processing = yard.processing
        self._chunked = ChunkedUploads()

    def operations(self) -> list[Operation]:
        """Every call about media."""
        one = "/2/media/upload/{id}/"
        return [
            Operation(
                "POST", "/2/media/upload", self._simple, UPLOAD, uploads=True, max_body=MAX_BODY
            ),
            Operation("GET", "/2/media/upload", self._status, STATUS),
            Operation("POST", "/2/media/upload/initialize", self._initialize, INITIALIZE),
            Operation("POST", one + "append", self._append, APPEND, max_body=MAX_BODY),
            Operation("POST", one + "finalize", self._finalize, FINALIZE, uploads=True),
            Operation("POST", "/2/media/metadata", self._describe, METADATA),
        ]

    def chosen(self, ids: Sequence[str], author: SandboxAccount) -> list[Upload]:
        """The uploads a post wants to show; Refused unless all are its author's and ready."""
        now = self._clock.now()
        found = [self._uploads.get(author.remote_id, media_id) for media_id in ids]
        ready = [u for u in found if u and u.ready(now) and not u.expired(now)]
        if len(ready) < len(ids) or len(set(ids)) < len(ids):
            refuse_request(INVALID, "media.media_ids")
        if len(ready) > 1 and any(_kind(upload) != "photo" for upload in ready):
            words = f"A post takes up to {MAX_PHOTOS} photos, or 1 GIF, or 1 video."
            refuse_request(words, "media.media_ids")
        return ready

    # --- operations -----------------------------------------------------------------------------

    async def _simple(self, call: Call) -> Response:
        asked = read_request(Simple, _fields(call))
        return self._keep(call, self._next_id(), asked.media_category, asked.media)

    async def _initialize(self, call: Call) -> Response:
        asked = read_request(Initialize, parse_json(call.body))
        _check_size(asked.media_category, asked.total_bytes or 0)
        expires_at = self._clock.now() + LIFE
        upload = ChunkedUpload(
            account=call.author.remote_id,
            id=self._next_id(),
            category=asked.media_category,
            total_bytes=asked.total_bytes,
            expires_at=expires_at,
        )
        self._chunked.begin(upload)
        key = f"{_prefix_of(asked.media_category)}_{upload.id}"
        seconds = int(LIFE.total_seconds())
        data = {"id": upload.id, "media_key": key, "expires_after_secs": seconds}
        return json_answer({"data": data})

    async def _append(self, call: Call) -> Response:
        upload = self._under_way(call)
        asked = read_request(Append, _fields(call))
        if len(asked.media) > MAX_SEGMENT:
            refuse_request(f"The segment is over {MAX_SEGMENT} bytes.", "media")
        grown = upload.held - len(upload.segments.get(asked.segment_index, b"")) + len(asked.media)
        _check_size(upload.category, grown)
        self._chunked.append(upload, asked.segment_index, asked.media)
        return json_answer({"data": {"expires_at": whole_seconds(upload.expires_at)}})

    async def _finalize(self, call: Call) -> Response:
        upload = self._under_way(call)
        data = upload.whole()
        if data is None:
            refuse_request("Segments do not add up to provided total file size.", "id")
        answer = self._keep(call, upload.id, upload.category, data)
        self._chunked.end(upload)
        return answer

    async def _status(self, call: Call) -> Response:
        asked = read_request(UploadStatus, dict(call.query))
        now = self._clock.now()
        return json_answer({"data": _data(self._own(call, asked.media_id), now)})

    async def _describe(self, call: Call) -> Response:
        asked = read_request(Metadata, parse_json(call.body))
        upload = self._own(call, asked.id)
        told: dict[str, Any] = {}
        if asked.metadata and asked.metadata.alt_text:
            self._uploads.describe(upload, asked.metadata.alt_text.text)
            told["alt_text"] = {"text": upload.alt}
        return json_answer({"data": {"id": upload.id, "associated_metadata": told}})

    # --- parts ----------------------------------------------------------------------------------

    def _keep(self, call: Call, media_id: str, category: str | None, data: bytes) -> Response:
        kind = kind_of(data)
        _check_size(category, len(data))
        if kind is None or kind.mime_type not in _limits(category)[1]:
            refuse_request("media type unrecognized.", "media")
        now = self._clock.now()
        upload = self._uploads.add(
            call.author.remote_id,
            media_id,
            kind,
            data,
            now=now,
            ready_at=now + self._time_needed(call, kind),
            expires_at=now if call.meets(Fault.UPLOAD_EXPIRES) else now + LIFE,
            fails=call.meets(Fault.UPLOAD_FAILS),
        )
        return json_answer({"data": _data(upload, now)})

    def _time_needed(self, call: Call, kind: FileKind) -> timedelta:
        if call.fault and call.meets(Fault.UPLOAD_SLOW):
            return timedelta(seconds=call.fault.seconds or 0)
        if kind.moves or call.meets(Fault.UPLOAD_FAILS):
            return self._processing
        return timedelta(0)

    def _next_id(self) -> str:
        return self._uploads.next_number(fresh_id(self._clock.now()))

    def _under_way(self, call: Call) -> ChunkedUpload:
        media_id, now = call.param("id"), self._clock.now()
        return self._chunked.get(call.author.remote_id, media_id, now) or _missing(media_id)

    def _own(self, call: Call, media_id: str) -> Upload:
        upload = self._uploads.get(call.author.remote_id, media_id)
        return upload if upload and not upload.expired(self._clock.now()) else _missing(media_id)


def media_key(upload: Upload) -> str:
    """The key posts name an upload by."""
    return f"{KEY_PREFIX[_kind(upload)]}_{upload.id}"


def included(entry: Entry, fields: frozenset[str], sandbox: str) -> list[dict[str, Any]]:
    """A post's media as ``includes.media`` lists them."""
    listed = []
    for key, item in zip(entry.record.get("media_keys", []), entry.media, strict=True):
        kind = next(name for name, prefix in KEY_PREFIX.items() if key.startswith(f"{prefix}_"))
        offered = {
            "url": f"{sandbox}/{item['url']}" if kind == "photo" else None,
            "alt_text": item["alt"],
            "width": item["width"],
            "height": item["height"],
        }
        chosen = {name: value for name, value in offered.items() if name in fields and value}
        listed.append({"media_key": key, "type": kind, **chosen})
    return listed


def _fields(call: Call) -> Any:
    """A JSON body, or a form's fields with ``media`` as bytes."""
    if not is_multipart(call.content_type):
        return parse_json(call.body)
    parts = parse_multipart(call.content_type, call.body)
    return {
        name: bytes(part.data) if name == "media" else part.text for name, part in parts.items()
    }


def _limits(category: str | None) -> tuple[int, tuple[str, ...]]:
    return CATEGORIES[category] if category else (CATEGORIES["tweet_video"][0], (*PHOTOS, VIDEO))


def _check_size(category: str | None, size: int) -> None:
    most, _ = _limits(category)
    if size > most:
        refuse_request(f"The file is over {most} bytes.", "media")


def _data(upload: Upload, now: datetime) -> dict[str, Any]:
    """An upload as its answers tell it."""
    left = upload.added_at + LIFE - now
    data: dict[str, Any] = {
        "id": upload.id,
        "media_key": media_key(upload),
        "size": upload.size,
        "expires_after_secs": int(left.total_seconds()),
    }
    if upload.mime_type == VIDEO:
        data["video"] = {"video_type": VIDEO}
    else:
        data["image"] = {"image_type": upload.mime_type, "w": upload.width, "h": upload.height}
    if upload.ready_at > upload.added_at:
        data["processing_info"] = _processing_info(upload, now)
    return data


def _processing_info(upload: Upload, now: datetime) -> dict[str, Any]:
    if upload.ready(now):
        return {"state": "succeeded", "progress_percent": 100}
    span = upload.ready_at - upload.added_at
    passed = now - upload.added_at
    progress = min(int(100 * passed / span), 99)
    if upload.failed(now):
        return {"state": "failed", "progress_percent": progress}
    state = "pending" if passed < min(PENDING, span / 2) else "in_progress"
    wait = min(max(ceil((span - passed).total_seconds()), 1), 5)
    return {"state": state, "check_after_secs": wait, "progress_percent": progress}


def _kind(upload: Upload) -> str:
    if upload.mime_type == VIDEO:
        return "video"
    return "animated_gif" if upload.moves else "photo"


def _prefix_of(category: str | None) -> int:
    kind = {"tweet_gif": "animated_gif", "tweet_image": "photo"}.get(category or "", "video")
    return KEY_PREFIX[kind]


def _missing(media_id: str) -> NoReturn:
    raise Refused(as_problem({**not_found("media", "media_id", media_id), "status": 404}))
