"""Bluesky's pictures (contract sheet 3b): blobs, uploaded ahead and embedded in the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login
from postclock.services.platforms.bluesky_answers import UPLOADS, bearer, url
from postclock.services.platforms.capabilities import ImageLimits
from postclock.services.platforms.drafting import Draft, Files, Media
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.uploads import Uploads

MAX_IMAGE_BYTES = 2_000_000
"""The lexicon's limit since 2026. A server that was not brought up to date still refuses more than
1,000,000; the sheet is not certain which are in use."""
MAX_ALT = 2000
"""The protocol sets no limit; Bluesky's own app takes so many."""
IMAGES = ImageLimits(
    most=4,
    types=frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"}),
    max_bytes=MAX_IMAGE_BYTES,
    max_alt=MAX_ALT,
)
LEAD = timedelta(minutes=5)
"""Long enough to upload four pictures twice over a slow line; short, because blobs do not last."""
VIDEO_LEAD = timedelta(minutes=30)
"""A large video's upload, its processing of minutes, and a second try."""
BLOB_LIFE = timedelta(hours=1)
"""How long a blob in no record is counted on: the sheet says minutes to hours, not certain."""


def lead_of(draft: Draft) -> timedelta | None:
    """How long before its moment the uploads of ``draft`` begin."""
    if any(media.is_video for media in draft.all_media):
        return VIDEO_LEAD
    return LEAD if draft.all_media else None


def head_of(media: Media) -> dict[str, str]:
    """What is told of a file that is sent as it is."""
    return {"Content-Type": media.mime_type, "Content-Length": str(media.size)}


class BlobUploads:
    """Uploads to the account's server; the answered blob goes into the record as it is."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http, self._clock = http, clock

    async def stage(self, login: Login, media: Media, uploads: Uploads, files: Files) -> None:
        """The blob of a picture, as ``{"blob", "expires_at"}``."""
        if not uploads.of(media):
            blob = await self.upload(login, media, data=await files.read(media))
            await uploads.keep(media, {"blob": blob, "expires_at": uploads.until(BLOB_LIFE)})

    async def upload(self, login: Login, media: Media, **content: Any) -> Mapping[str, Any]:
        """Send ``data`` or a ``stream`` to ``uploadBlob``; the blob it answers."""
        headers = {**bearer(login), **head_of(media)}
        with uploading("Bluesky"):
            answer = await self._http.request(
                "POST", url(login, "com.atproto.repo.uploadBlob"), headers=headers, **content
            )
        blob = field(answer.json(), "blob")
        if answer.ok and word(field(blob, "ref", "$link")):
            found: Mapping[str, Any] = blob
            return found
        raise UPLOADS.upload_error(answer, login, self._clock.now())
