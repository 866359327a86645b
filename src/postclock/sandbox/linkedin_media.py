"""LinkedIn's twin: pictures and videos, uploaded in their owner's name, and the posts showing them.

Source: the contract sheet of LinkedIn, sections 2b, 2d and 2h.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, NoReturn

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.bodies import parse_json
from postclock.sandbox.faults import Fault
from postclock.sandbox.file_kinds import FileKind, kind_of
from postclock.sandbox.linkedin_pages import ORGANIZATION, Owner, Rights, check_request
from postclock.sandbox.linkedin_problems import forbidden, invalid, refuse
from postclock.sandbox.quotas import Quota
from postclock.sandbox.twin import Call, Operation, Refused, Role, Yard, base_url, json_answer
from postclock.sandbox.uploads import Upload

IMAGE, VIDEO = "urn:li:image:", "urn:li:video:"
MEDIA = Quota("media", 5000, 24 * 3600)
PART = 4_194_304
MAX_IMAGE_BYTES = 10_000_000
"""LinkedIn's limit is not known."""
MAX_PIXELS = 36_152_320
MIN_VIDEO_BYTES, MAX_VIDEO_BYTES = 75_000, 500_000_000
URL_LIFE = timedelta(hours=12)
LIFE = timedelta(hours=24)
"""How long a file is kept that no post shows; LinkedIn does not say."""
CAPACITY = 600_000_000
"""Bytes of all videos that are under way."""
SHOWN = {"image/jpeg", "image/png", "image/gif"}


@dataclass(slots=True, eq=False)
class Begun:
    """An upload that its owner began. ``parts`` are a video's, by the byte each begins at."""

    urn: str
    owner: Owner
    expires_at: datetime
    size: int = 0
    parts: dict[int, bytes] = field(default_factory=dict)
    done: bool = False

    @property
    def kind(self) -> Literal["image", "video"]:
        return "image" if self.urn.startswith(IMAGE) else "video"

    def etags(self) -> list[str]:
        """Of the parts, in order."""
        return [sha256(self.parts[at]).hexdigest()[:32] for at in sorted(self.parts)]

    def whole(self) -> bool:
        """Whether every byte has come."""
        return sum(map(len, self.parts.values())) == self.size


class LinkedInMedia:
    """The media endpoints."""

    def __init__(self, platform: str, yard: Yard, rights: Rights) -> None:
        self._uploads, self._rights = yard.uploads[platform], rights
        self._clock, self._processing = yard.clock, yard.processing
        self._begun: dict[str, Begun] = {}

    def operations(self) -> list[Operation]:
        """Every call about media."""
        return [
            Operation("POST", "/rest/images", self._image, MEDIA),
            Operation("GET", "/rest/images/{urn}", self._status, MEDIA),
            Operation("POST", "/rest/videos", self._video, MEDIA, role=_role),
            Operation("GET", "/rest/videos/{urn}", self._status, MEDIA),
            Operation(
                "PUT", "/dms-uploads/image/{urn}", self._put_image, MEDIA, uploads=True,
                max_body=MAX_IMAGE_BYTES + (1 << 20),
            ),
            Operation(
                "PUT", "/dms-uploads/video/{urn}/{first}", self._put_part, MEDIA, signed=False,
                max_body=PART + 1,
            ),
        ]  # fmt: skip

    def chosen(self, urn: str, owner: Owner, alt: str) -> Upload:
        """The file a post wants to show; raises Refused unless it may."""
        begun = self._begun.get(urn)
        if begun and begun.owner.urn != owner.urn:
            forbidden(begun.kind)
        upload = self._uploads.get(owner.account, urn)
        if upload is None and begun and begun.done:
            _asset("EXPIRED_UPLOAD_URL", f"{urn} was not used in time: upload it again")
        if upload is None and begun:
            _asset("MEDIA_ASSET_WAITING_UPLOAD", f"{urn} is waiting for its upload")
        if upload is None:
            code = "INVALID_VIDEO_ID" if urn.startswith(VIDEO) else "INVALID_URN_ID"
            raise Refused(invalid("Invalid media", code, f"{urn[:100]} does not exist"))
        now = self._clock.now()
        if upload.expired(now) and not upload.posts:
            _asset("EXPIRED_UPLOAD_URL", f"{urn} was not used in time: upload it again")
        if upload.failed(now):
            _asset("MEDIA_ASSET_PROCESSING_FAILED", f"{urn} could not be processed")
        if not upload.ready(now):
            _asset("MEDIA_ASSET_WAITING_UPLOAD", f"{urn} is still processing")
        if alt != upload.alt:
            self._uploads.describe(upload, alt)
        return upload

    # --- operations -----------------------------------------------------------------------------

    async def _image(self, call: Call) -> Response:
        check_request(call.request, self._clock.now())
        if call.query.get("action") != "initializeUpload":
            _no_action()
        begun = self._begin(call, IMAGE, "partnerApiImages.ACTION_initializeUpload")
        return json_answer({
            "value": {
                "uploadUrlExpiresAt": _millis(begun.expires_at),
                "uploadUrl": f"{base_url(call.request)}/dms-uploads/image/{begun.urn}",
                "image": begun.urn,
            }
        })  # fmt: skip

    async def _put_image(self, call: Call) -> Response:
        begun = self._open(call, "image")
        self._rights.writer(call.request, begun.owner.urn, "partnerApiImages.UPLOAD")
        kind = kind_of(call.body)
        known = kind is not None and kind.mime_type in SHOWN
        fits = kind is not None and kind.width * kind.height < MAX_PIXELS
        fails = not known or not fits or len(call.body) > MAX_IMAGE_BYTES
        self._keep(call, begun, kind or FileKind("application/octet-stream"), call.body, fails)
        return Response(status_code=201)

    async def _video(self, call: Call) -> Response:
        check_request(call.request, self._clock.now())
        actions = {"initializeUpload": self._begin_video, "finalizeUpload": self._finalize}
        action = actions.get(call.query.get("action", ""))
        return action(call) if action else _no_action()

    def _begin_video(self, call: Call) -> Response:
        asked = _asked(call, "initializeUploadRequest")
        size = asked.get("fileSizeBytes")
        if not isinstance(size, int) or not MIN_VIDEO_BYTES <= size <= MAX_VIDEO_BYTES:
            words = f"fileSizeBytes is from {MIN_VIDEO_BYTES} to {MAX_VIDEO_BYTES}"
            raise Refused(invalid("Invalid video", "INVALID_VALUE_FOR_FIELD", words))
        begun = self._begin(call, VIDEO, "partnerApiVideos.ACTION_initializeUpload")
        begun.size = size
        here = f"{base_url(call.request)}/dms-uploads/video/{begun.urn}"
        return json_answer({
            "value": {
                "uploadUrlsExpireAt": _millis(begun.expires_at),
                "video": begun.urn,
                "uploadInstructions": [
                    {
                        "uploadUrl": f"{here}/{first}",
                        "firstByte": first,
                        "lastByte": min(first + PART, size) - 1,
                    }
                    for first in range(0, size, PART)
                ],
                "uploadToken": "",
            }
        })  # fmt: skip

    async def _put_part(self, call: Call) -> Response:
        begun = self._open(call, "video")
        if "authorization" in call.request.headers:
            refuse(400, "ILLEGAL_ARGUMENT", "This address is signed: it takes no Authorization")
        first = int(call.param("first")) if call.param("first").isdecimal() else -1
        if first % PART or not 0 <= first < begun.size:
            refuse(404, "RESOURCE_NOT_FOUND", "There is no such part")
        if len(call.body) != min(PART, begun.size - first):
            refuse(400, "ILLEGAL_ARGUMENT", "These are not the bytes of this part")
        begun.parts[first] = call.body
        self._make_room()
        return Response(headers={"ETag": sha256(call.body).hexdigest()[:32]})

    def _finalize(self, call: Call) -> Response:
        asked = _asked(call, "finalizeUploadRequest")
        begun = self._begun.get(str(asked.get("video")))
        if begun is None or begun.kind != "video" or begun.done:
            refuse(404, "RESOURCE_NOT_FOUND", "This video is not being uploaded")
        self._rights.writer(call.request, begun.owner.urn, "partnerApiVideos.ACTION_finalizeUpload")
        if not begun.whole() or asked.get("uploadedPartIds") != begun.etags():
            words = "uploadedPartIds are not the ETags of all parts, in order"
            raise Refused(invalid("Invalid video", "INVALID_VALUE_FOR_FIELD", words))
        data = b"".join(begun.parts[at] for at in sorted(begun.parts))
        kind = kind_of(data)
        film = kind if kind and kind.mime_type == "video/mp4" else None
        self._keep(call, begun, film or FileKind("application/octet-stream", moves=True), data,
                   film is None)  # fmt: skip
        return Response()

    async def _status(self, call: Call) -> Response:
        check_request(call.request, self._clock.now())
        urn = call.param("urn")
        begun = self._begun.get(urn)
        if begun is None:
            refuse(404, "RESOURCE_NOT_FOUND", f"{urn[:100]} does not exist")
        if not begun.owner.urn.startswith(ORGANIZATION) and begun.kind == "image":
            forbidden(begun.kind)
        what = f"partnerApi{begun.kind.capitalize()}s.GET"
        self._rights.writer(call.request, begun.owner.urn, what)
        upload = self._uploads.get(begun.owner.account, urn)
        now = self._clock.now()
        if begun.done and (upload is None or (upload.expired(now) and not upload.posts)):
            refuse(404, "RESOURCE_NOT_FOUND", f"{urn} does not exist")
        told = {"id": urn, "owner": begun.owner.urn, "status": _status_of(upload, now)}
        if upload and upload.failed(now):
            told["processingFailureReason"] = "The file is damaged or of another type"
        return json_answer(told)

    # --- what is under way ----------------------------------------------------------------------

    def _begin(self, call: Call, kind: str, what: str) -> Begun:
        owner = _asked(call, "initializeUploadRequest").get("owner")
        whose = self._rights.writer(call.request, owner if isinstance(owner, str) else "", what)
        now = self._clock.now()
        urn = kind + secrets.token_urlsafe(12).replace("-", "_")
        begun = Begun(urn, whose, now + URL_LIFE)
        self._begun = {urn: one for urn, one in self._begun.items() if now < one.expires_at + LIFE}
        self._begun[urn] = begun
        return begun

    def _open(self, call: Call, kind: str) -> Begun:
        begun = self._begun.get(call.param("urn"))
        if begun is None or begun.kind != kind or begun.done:
            refuse(403, "ACCESS_DENIED", "This address is not valid (any more)")
        if self._clock.now() >= begun.expires_at:
            refuse(403 if kind == "video" else 400, "EXPIRED_UPLOAD_URL", "Its time is over")
        return begun

    def _keep(self, call: Call, begun: Begun, kind: FileKind, data: bytes, fails: bool) -> None:
        now = self._clock.now()
        if call.meets(Fault.UPLOAD_SLOW) and call.fault:
            ready_at = now + timedelta(seconds=call.fault.seconds or 0)
        else:
            ready_at = now + self._processing if begun.kind == "video" else now
        expires_at = now if call.meets(Fault.UPLOAD_EXPIRES) else now + LIFE
        begun.done, begun.parts = True, {}
        self._uploads.add(
            begun.owner.account, begun.urn, kind, data, now=now, ready_at=ready_at,
            expires_at=expires_at, fails=fails or call.meets(Fault.UPLOAD_FAILS),
        )  # fmt: skip

    def _make_room(self) -> None:
        open_ones = [one for one in self._begun.values() if one.parts]
        while sum(sum(map(len, one.parts.values())) for one in open_ones) > CAPACITY:
            open_ones.pop(0).parts.clear()


def _role(request: Request, _body: bytes) -> Role:
    return "uploads" if request.query_params.get("action") == "finalizeUpload" else None


def _status_of(upload: Upload | None, now: datetime) -> str:
    if upload is None:
        return "WAITING_UPLOAD"
    if not upload.processed(now):
        return "PROCESSING"
    return "PROCESSING_FAILED" if upload.fails else "AVAILABLE"


def _asked(call: Call, name: str) -> Mapping[str, Any]:
    body = parse_json(call.body)
    asked = body.get(name) if isinstance(body, dict) else None
    if not isinstance(asked, dict):
        raise Refused(invalid("Invalid request", "MISSING_FIELD", f"{name} is required"))
    return asked


def _asset(code: str, words: str) -> NoReturn:
    raise Refused(invalid(words, code, words))


def _no_action() -> NoReturn:
    refuse(400, "ILLEGAL_ARGUMENT", "There is no such action")


def _millis(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
