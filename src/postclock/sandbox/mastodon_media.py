"""Mastodon's twin: media attachments, and the statuses that show them.

Source: the contract sheet of Mastodon, sections 4b-4d.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn

from starlette.responses import Response

from postclock.sandbox.bodies import unstorable
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.faults import Fault
from postclock.sandbox.file_kinds import VIDEO, FileKind, kind_of
from postclock.sandbox.mastodon_entities import (
    MAX_ATTACHMENTS,
    MAX_DESCRIPTION,
    MAX_IMAGE_BYTES,
    MAX_IMAGE_PIXELS,
    MAX_VIDEO_BYTES,
    attachment_json,
)
from postclock.sandbox.mastodon_oauth import fields
from postclock.sandbox.multipart import Part, is_multipart, parse_multipart
from postclock.sandbox.quotas import Quota
from postclock.sandbox.twin import Call, Operation, Refused, Yard, json_answer, sandbox_url
from postclock.sandbox.uploads import Upload

MAX_BODY = MAX_VIDEO_BYTES + (1 << 20)
LIFE = timedelta(hours=24)
"""How long a file is kept that no status shows."""
MEDIA = Quota("media", 30, 30 * 60)
GENERAL = Quota("general", 300, 300)

TOO_MANY = f"Cannot attach more than {MAX_ATTACHMENTS} files"
MIXED = "Cannot attach a video to a post that already contains images"
NOT_READY = "Cannot attach files that have not finished processing. Try again in a moment!"
UNKNOWN_TYPE = "File type of uploaded media could not be verified"
FAILED = "Error processing thumbnail for uploaded media"


class MastodonMedia:
    """The media endpoints."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._uploads = yard.uploads[platform]
        self._clock = yard.clock
        self._processing = yard.processing

    def operations(self) -> list[Operation]:
        """Every call about media."""
        one = "/api/v1/media/{id}"
        return [
            Operation("POST", "/api/v2/media", self._post, MEDIA, uploads=True, max_body=MAX_BODY),
            Operation("GET", one, self._get, GENERAL),
            Operation("PUT", one, self._put, GENERAL),
        ]

    def chosen(self, ids: Any, author: SandboxAccount) -> list[Upload]:
        """The files a status wants to show; raises Refused unless it may."""
        if ids in (None, "", []):
            return []
        if not isinstance(ids, list) or not all(isinstance(one, str | int) for one in ids):
            _refuse(400, "media_ids is not a list of ids")
        if len(ids) > MAX_ATTACHMENTS:
            _refuse(422, TOO_MANY)
        found = [self._own(author, one) for one in dict.fromkeys(map(str, ids))]
        if len(found) > 1 and any(upload.moves for upload in found):
            _refuse(422, MIXED)
        if not all(upload.ready(self._clock.now()) for upload in found):
            _refuse(422, NOT_READY)
        return found

    # --- operations -----------------------------------------------------------------------------

    async def _post(self, call: Call) -> Response:
        if not is_multipart(call.content_type):
            _invalid("File can't be blank")
        parts = parse_multipart(call.content_type, call.body)
        alt = _description({name: part.text for name, part in parts.items() if name in FIELDS})
        data, kind = _file(parts.get("file"))
        now = self._clock.now()
        upload = self._uploads.add(
            call.author.remote_id,
            self._uploads.next_number(round(now.timestamp() * 1000) << 16),
            kind,
            data,
            now=now,
            ready_at=now + self._time_needed(call, kind),
            expires_at=now if call.meets(Fault.UPLOAD_EXPIRES) else now + LIFE,
            fails=call.meets(Fault.UPLOAD_FAILS),
            alt=alt or "",
        )
        return self._answer(call, upload, 202)

    async def _get(self, call: Call) -> Response:
        return self._answer(call, self._own(call.author, call.param("id")), 206)

    async def _put(self, call: Call) -> Response:
        upload = self._own(call.author, call.param("id"))
        alt = _description(_fields(call))
        if upload.failed(self._clock.now()):
            _refuse(422, FAILED)
        if alt is not None:
            self._uploads.describe(upload, alt)
        return self._answer(call, upload, 206)

    def _answer(self, call: Call, upload: Upload, unready: int) -> Response:
        now = self._clock.now()
        if upload.failed(now):
            _refuse(422, FAILED)
        ready = upload.ready(now)
        attachment = attachment_json(self._uploads.public(upload), sandbox_url(call.request), ready)
        return json_answer(attachment, 200 if ready else unready)

    # --- parts ----------------------------------------------------------------------------------

    def _own(self, author: SandboxAccount, media_id: str) -> Upload:
        """An account's file that no status shows yet; others are not found."""
        upload = self._uploads.get(author.remote_id, media_id)
        if upload is None or upload.posts or upload.expired(self._clock.now()):
            _refuse(404, "Record not found")
        return upload

    def _time_needed(self, call: Call, kind: FileKind) -> timedelta:
        if call.fault and call.meets(Fault.UPLOAD_SLOW):
            return timedelta(seconds=call.fault.seconds or 0)
        if kind.moves or call.meets(Fault.UPLOAD_FAILS):
            return self._processing
        return timedelta(0)


FIELDS = ("description", "focus")


def _file(part: Part | None) -> tuple[bytes, FileKind]:
    """The uploaded file and what it is; raises Refused."""
    if part is None or not part.filename or not part.data:
        _invalid("File can't be blank")
    data = bytes(part.data)
    kind = kind_of(data)
    if kind is None:
        _refuse(422, UNKNOWN_TYPE)
    most = MAX_VIDEO_BYTES if kind.mime_type == VIDEO else MAX_IMAGE_BYTES
    if len(data) > most:
        _invalid(f"File size must be less than {most >> 20} MB")
    if kind.width * kind.height > MAX_IMAGE_PIXELS:
        _invalid(f"File {kind.width}x{kind.height} images are not supported")
    return data, kind


def _fields(call: Call) -> Mapping[str, Any]:
    if is_multipart(call.content_type):
        parts = parse_multipart(call.content_type, call.body)
        return {name: part.text for name, part in parts.items()}
    return fields(call)


def _description(asked: Mapping[str, Any]) -> str | None:
    """The alternative text a request gives, None if it gives none; raises Refused."""
    alt = asked.get("description")
    if alt is None:
        return None
    if not isinstance(alt, str) or unstorable(alt):
        _refuse(400, "description is not a readable text")
    if len(alt) > MAX_DESCRIPTION:
        _invalid(f"Description is too long (maximum is {MAX_DESCRIPTION} characters)")
    return alt


def _invalid(problem: str) -> NoReturn:
    _refuse(422, f"Validation failed: {problem}")


def _refuse(status: int, detail: str) -> NoReturn:
    raise Refused(json_answer({"error": detail}, status))
