"""Bluesky's pictures (contract sheet 3b): blobs, uploaded ahead and embedded in the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import AnswerTable, Row, uploading
from postclock.services.platforms.base import Login, LoginExpired, Refused
from postclock.services.platforms.capabilities import ImageLimits
from postclock.services.platforms.drafting import Draft, Files, Media, Save
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.uploads import Entry, Uploads

EMBED = "app.bsky.embed.images"
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
BLOB_LIFE = timedelta(hours=1)
"""How long a blob in no record is counted on: the sheet says minutes to hours, not certain."""

_REFUSED = "Bluesky refused a picture: {words}"


class BlobUploads:
    """Uploads a draft's pictures; the answered blob goes into the record as it is."""

    def __init__(self, http: Http, clock: Clock, answers: AnswerTable) -> None:
        refusals = Row(Refused, "media_refused", _REFUSED, (400, 413, 415))
        rows = [row for row in answers.rows if row.error is not Refused]
        self._answers = AnswerTable(
            answers.label, (*rows, refusals), answers.words, answers.free_at
        )
        self._http, self._clock = http, clock

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """The blobs, as ``{"blob", "expires_at"}``."""
        uploads = Uploads(staged, save, self._clock)
        for media in draft.media:
            if not uploads.of(media):
                blob = await self._upload(login, media, await files.read(media))
                await uploads.keep(media, {"blob": blob, "expires_at": uploads.until(BLOB_LIFE)})
        return uploads.staged

    async def _upload(self, login: Login, media: Media, content: bytes) -> Mapping[str, Any]:
        token = login.secrets.get("access_jwt")
        if not token:
            raise LoginExpired("login_expired", "This Bluesky account has no session yet.")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": media.mime_type}
        with uploading("Bluesky"):
            answer = await self._http.request(
                "POST",
                f"{login.base_url.rstrip('/')}/xrpc/com.atproto.repo.uploadBlob",
                data=content,
                headers=headers,
            )
        blob = field(answer.json(), "blob")
        if answer.ok and word(field(blob, "ref", "$link")):
            found: Mapping[str, Any] = blob
            return found
        raise self._answers.upload_error(answer, login, self._clock.now())


def embed(draft: Draft, entries: list[Entry]) -> dict[str, Any]:
    """The record's embed: each picture's blob, alt text and shape."""
    shown = zip(draft.media, entries, strict=True)
    return {"$type": EMBED, "images": [_image(media, entry) for media, entry in shown]}


def _image(media: Media, entry: Entry) -> dict[str, Any]:
    image = {"image": entry["blob"], "alt": media.alt}
    if media.width and media.height:
        image["aspectRatio"] = {"width": media.width, "height": media.height}
    return image
