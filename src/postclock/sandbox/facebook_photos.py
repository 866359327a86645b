"""Facebook's twin: photos that no post shows yet.

Source: contract sheet 2.b (photos), 2.c and 2.d.
"""

from __future__ import annotations

from datetime import timedelta

from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.facebook_requests import Said, gone
from postclock.sandbox.faults import Fault
from postclock.sandbox.fetching import fetch
from postclock.sandbox.file_kinds import FileKind, kind_of
from postclock.sandbox.graph import refuse
from postclock.sandbox.twin import Call, Yard
from postclock.sandbox.uploads import Upload

AGENT = "facebookexternalhit/1.1"
MAX_PHOTO = 4_000_000
LIFE = timedelta(hours=24)
"""How long a file is kept that no post shows."""
WRONG_PHOTO, USED_PHOTO = 1366046, 1366051
PHOTO_TYPES = ("image/jpeg", "image/png", "image/gif")


class Photos:
    """The unpublished photos of all Pages."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._uploads, self._clock = yard.uploads[platform], yard.clock

    async def add(self, call: Call, said: Said) -> Upload:
        """Keep the photo that a request brings, or names the address of; raises Refused."""
        data, kind = await self._file(said)
        if call.meets(Fault.UPLOAD_FAILS):
            refuse(WRONG_PHOTO, "Your photos couldn't be uploaded.")
        now = self._clock.now()
        return self._uploads.add(
            call.author.remote_id,
            self._uploads.next_number(round(now.timestamp() * 1000)),
            kind,
            data,
            now=now,
            ready_at=now,
            expires_at=now if call.meets(Fault.UPLOAD_EXPIRES) else now + LIFE,
            alt=said.text("alt_text_custom"),
        )

    def chosen(self, ids: list[str], page: SandboxAccount) -> list[Upload]:
        """The photos that a post wants to show, all of this Page and in no post; raises Refused."""
        return [self.unused(photo_id, page) for photo_id in dict.fromkeys(ids)]

    def unused(self, photo_id: str, page: SandboxAccount) -> Upload:
        """A photo that no post shows yet; raises Refused."""
        upload = self.get(photo_id, page) or gone()
        if upload.posts:
            refuse(USED_PHOTO, "These photos were already posted.")
        return upload

    def get(self, photo_id: str, page: SandboxAccount) -> Upload | None:
        """A Page's photo, shown or not."""
        upload = self._uploads.get(page.remote_id, photo_id)
        if upload is None or upload.mime_type not in PHOTO_TYPES:
            return None
        forgotten = upload.expired(self._clock.now()) and not upload.posts
        return None if forgotten else upload

    async def _file(self, said: Said) -> tuple[bytes, FileKind]:
        data = said.files.get("source")
        if data is None and said.text("url"):
            data = await fetch(said.text("url"), most=MAX_PHOTO + 1, agent=AGENT)
        if data is None:
            refuse(100, "Missing or invalid image file.", 1349125)
        kind = kind_of(data)
        if len(data) > MAX_PHOTO or kind is None or kind.mime_type not in PHOTO_TYPES:
            told = "Photos should be smaller than 4 MB and saved as JPG, PNG, GIF or TIFF."
            refuse(WRONG_PHOTO, "Your photos couldn't be uploaded.", told=told)
        return data, kind
