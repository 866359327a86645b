"""What is uploaded of a draft: ``{"media": {media id: entry}}``, committed step by step.

An entry is a platform's own, but for ``expires_at``: until when the platform keeps the upload.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from postclock.clock import Clock
from postclock.scheduler.model import Staged
from postclock.services.platforms.base import NotPublished, NotReady, UploadGone
from postclock.services.platforms.drafting import Draft, Media, Save
from postclock.services.platforms.json_reading import instant

KEY = "media"
RESERVE = timedelta(minutes=10)
"""What ends sooner than this is uploaded again: it must last until the moment and a bit."""
PATIENCE = 45.0
"""Seconds that one staging waits for a platform to process; then it is tried again later."""

PAUSE = timedelta(seconds=15)
"""How much later it is looked at again."""

Entry = Mapping[str, Any]


class Uploads:
    """How far the uploads of one draft are."""

    def __init__(self, staged: Staged, save: Save, clock: Clock) -> None:
        self.staged = staged
        self._save, self._clock = save, clock

    def of(self, media: Media) -> Entry:
        """What is uploaded of ``media``; empty when there is nothing, or it ends too soon."""
        entry: Entry = self.staged.get(KEY, {}).get(str(media.id), {})
        return entry if _lasts(entry, self._clock.now() + RESERVE) else {}

    async def keep(self, media: Media, entry: Entry) -> None:
        """Commit what was done for ``media``."""
        entries = {**self.staged.get(KEY, {}), str(media.id): dict(entry)}
        self.staged = {**self.staged, KEY: entries}
        await self._save(self.staged)

    async def lost(self, media: Media, label: str) -> NotPublished:
        """Forget the upload of ``media``, which the platform lost; the error to raise for it."""
        await self.keep(media, {})
        return NotPublished("media_missing", f"{label} lost a picture: it is uploaded again.")

    def until(self, span: timedelta) -> str:
        """``span`` from now, as an entry's ``expires_at``."""
        return (self._clock.now() + span).isoformat()

    async def ready(self, label: str, ask: Callable[[], Awaitable[float | None]]) -> None:
        """Wait until ``ask`` has no more seconds to wait for; raises NotReady in the end."""
        waited = 0.0
        while (pause := await ask()) is not None:
            if waited + pause > PATIENCE:
                raise still_working(label, self._clock.now())
            waited += pause
            await self._clock.sleep(pause)


def still_working(label: str, now: datetime) -> NotReady:
    """The error to raise when a staging waited long enough: it goes on later."""
    message = f"{label} is still preparing the media."
    return NotReady("media_processing", message, until=now + PAUSE)


def uploaded(label: str, draft: Draft, staged: Staged, now: datetime) -> list[Entry]:
    """What stands for each picture of ``draft``; raises UploadGone when one is not there."""
    entries = [staged.get(KEY, {}).get(str(media.id), {}) for media in draft.media]
    if not all(_lasts(entry, now) for entry in entries):
        raise UploadGone("media_missing", f"{label} does not have the pictures (any more).")
    return entries


def _lasts(entry: Entry, until: datetime) -> bool:
    ends = instant(entry.get("expires_at"))
    return ends is not None and until < ends
