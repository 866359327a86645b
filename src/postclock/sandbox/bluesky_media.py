"""Bluesky's twin: blobs, and the records that show them.

Source: the contract sheet of Bluesky, sections 3b and 3d.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from postclock.sandbox.bluesky_answers import required
from postclock.sandbox.bluesky_records import refuse
from postclock.sandbox.dag_cbor import raw_cid
from postclock.sandbox.faults import Fault
from postclock.sandbox.file_kinds import FileKind, kind_of
from postclock.sandbox.page import file_answer
from postclock.sandbox.quotas import Quota
from postclock.sandbox.twin import Call, Operation, Yard, json_answer
from postclock.sandbox.uploads import Upload

MAX_BODY = 52_428_800
LIFE = timedelta(hours=1)
"""How long a blob is kept that no record shows."""
BLOBS = Quota("blobs", 1000, 24 * 3600)
READS = Quota("general", 3000, 300)


class BlueskyMedia:
    """The blobs of every repository."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._uploads = yard.uploads[platform]
        self._clock = yard.clock

    def operations(self) -> list[Operation]:
        """Every call about blobs."""
        upload, get = "/xrpc/com.atproto.repo.uploadBlob", "/xrpc/com.atproto.sync.getBlob"
        return [
            Operation("POST", upload, self._upload, BLOBS, uploads=True, max_body=MAX_BODY),
            Operation("GET", get, self._get, READS, signed=False),
        ]

    def shown(self, did: str, record: Mapping[str, Any]) -> list[Upload]:
        """The blobs a record names; raises Refused unless its repository holds each as told."""
        return [self._held(did, blob) for blob in _blobs(record)]

    def _held(self, did: str, blob: Mapping[str, Any]) -> Upload:
        link = str(blob["ref"]["$link"])
        upload = self._uploads.get(did, link)
        now = self._clock.now()
        gone = upload is not None and upload.expired(now) and not upload.posts
        if upload is None or gone or not upload.ready(now):
            refuse(400, "BlobNotFound", f"Could not find blob: {link}")
        for name, error, told in (
            ("mimeType", "InvalidMimeType", upload.mime_type),
            ("size", "InvalidSize", upload.size),
        ):
            if blob.get(name) != told:
                words = f"Referenced {name} does not match stored blob. Expected: {told}"
                refuse(400, error, f"{words}, Got: {blob.get(name)}")
        return upload

    async def _upload(self, call: Call) -> Response:
        if not call.body:
            refuse(400, "InvalidRequest", "A request body is expected but none was provided")
        declared = call.content_type.partition(";")[0].strip().lower()
        now = self._clock.now()
        upload = self._uploads.add(
            call.author.remote_id,
            raw_cid(call.body),
            kind_of(call.body) or FileKind(declared or "application/octet-stream"),
            call.body,
            now=now,
            ready_at=now,
            expires_at=now if call.meets(Fault.UPLOAD_EXPIRES) else now + LIFE,
        )
        return json_answer({"blob": blob_json(upload)})

    async def _get(self, call: Call) -> Response:
        upload = self._uploads.get(required(call, "did"), required(call, "cid"))
        found = self._uploads.read(upload.sha256) if upload else None
        if found is None:
            refuse(400, "BlobNotFound", "Blob not found")
        return file_answer(*found)


def blob_json(upload: Upload) -> dict[str, Any]:
    """A blob, as a record must name it."""
    ref = {"$link": upload.id}
    return {"$type": "blob", "ref": ref, "mimeType": upload.mime_type, "size": upload.size}


def alt_texts(record: Mapping[str, Any]) -> dict[str, str]:
    """The alternative text of each picture and video in a record, by its blob's CID."""
    return {
        holder[name]["ref"]["$link"]: holder["alt"]
        for holder in _objects(record)
        for name in ("image", "video")
        if isinstance(holder.get("alt"), str) and _is_blob(holder.get(name))
    }


def _blobs(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [found for found in _objects(record) if _is_blob(found)]


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a JSON value, itself too; its depth was checked by its encoding."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


def _is_blob(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("$type") == "blob"
        and isinstance(value.get("ref"), dict)
        and isinstance(value["ref"].get("$link"), str)
    )
