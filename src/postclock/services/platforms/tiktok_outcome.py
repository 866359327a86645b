"""What a look at TikTok shows (contract sheet 4.e): the task decides, the account's list helps.

Beside ``media``, ``staged`` holds: ``sending_at``, when the publishing request was about to leave;
``arrived``, that the whole video is there; ``resend``, that the last chunk was answered with a 5xx;
``task``, the photos'; ``failed_tasks``, how many failed so that another was tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http
from postclock.scheduler.model import (
    Absent,
    CannotTell,
    Declined,
    Found,
    Pending,
    Receipt,
    Sighting,
    Staged,
)
from postclock.services.platforms.base import Login, OutcomeUnknown, PlatformError
from postclock.services.platforms.drafting import Draft, Save
from postclock.services.platforms.json_reading import instant
from postclock.services.platforms.tiktok_listing import find_listed
from postclock.services.platforms.tiktok_options import is_listed
from postclock.services.platforms.tiktok_status import (
    AGAIN,
    COMPLETE,
    FAILED,
    IN_INBOX,
    MOST_TASKS,
    PULLING,
    UPLOADING,
    Forgotten,
    Status,
    failure_problem,
    fetch_status,
)
from postclock.services.platforms.uploads import KEY, RESERVE, Entry

SENDING_AT, ARRIVED, RESEND = "sending_at", "arrived", "resend"
TASK, FAILED_TASKS = "task", "failed_tasks"
INBOX_NOTE = "It waits in the inbox of the TikTok app: finish it there, within a day."
PHOTOS_LOST = (
    "TikTok's answer was lost and it does not list the photos. Look at the account: if they are "
    "not there, retry."
)
FORGOTTEN = "TikTok no longer knows the upload. Look at the account: if it is not there, retry."


class Outcomes:
    """Asks what became of a post."""

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str]) -> None:
        self._http, self._clock = http, clock
        self._resend_after = timedelta(seconds=int(tuned["resend_after_seconds"]))
        self._id_wait = timedelta(seconds=int(tuned["post_id_wait_seconds"]))
        self._photo_path = tuned["photo_path"]

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save,
    ) -> Sighting:
        """As ``Platform.find``."""
        if not _task(draft, staged):
            if SENDING_AT not in staged or (draft.media and draft.media[0].is_video):
                return Absent()  # nothing has left since the last task, or it had no upload
            return await self._listed(login, draft, since, taken, PHOTOS_LOST)
        try:
            sighting = await self._of_task(login, draft, staged, since, save)
        except Forgotten:
            return await self._listed(login, draft, since, taken, FORGOTTEN)
        if isinstance(sighting, Found) and sighting.receipt.remote_id == _task(draft, staged):
            return await self._with_id(login, draft, sighting, since, taken)
        return sighting

    async def settled(self, login: Login, draft: Draft, staged: Staged) -> Found | None:
        """What was published right after it was sent; None when that is not sure yet."""
        try:
            status = await fetch_status(self._http, login, _task(draft, staged))
        except (PlatformError, Forgotten):
            return None
        if isinstance(status, CannotTell) or status.name not in (COMPLETE, IN_INBOX):
            return None
        sighting = self._published(login, draft, staged, status, self._clock.now())
        return sighting if isinstance(sighting, Found) else None

    async def _of_task(
        self, login: Login, draft: Draft, staged: Staged, since: datetime, save: Save
    ) -> Sighting:
        """What the task says; raises Forgotten when TikTok does not know it."""
        status = await fetch_status(self._http, login, _task(draft, staged))
        if isinstance(status, CannotTell):
            return status
        if status.name in (COMPLETE, IN_INBOX):
            return self._published(login, draft, staged, status, since)
        if status.name == FAILED:
            return await _failed(draft, staged, status.reason, save)
        if status.name == UPLOADING and _short(draft, staged, status):
            return await self._unfinished(draft, staged, save)
        doing = "fetching the photos" if status.name == PULLING else "processing it"
        return Pending(f"TikTok is still {doing}.")

    def _published(
        self, login: Login, draft: Draft, staged: Staged, status: Status, since: datetime
    ) -> Sighting:
        if status.name == IN_INBOX:
            return Found(Receipt(_task(draft, staged), _profile(login), note=INBOX_NOTE))
        if status.post_id:
            path = "video" if draft.media[0].is_video else self._photo_path
            return Found(Receipt(status.post_id, f"{_profile(login)}/{path}/{status.post_id}"))
        sent_at = instant(staged.get(SENDING_AT)) or since
        if is_listed(draft) and self._clock.now() < sent_at + self._id_wait:
            return Pending("TikTok has published it and still checks it: its address is to come.")
        return Found(Receipt(_task(draft, staged), _profile(login)))

    async def _unfinished(self, draft: Draft, staged: Staged, save: Save) -> Sighting:
        """The last chunk is not there: after a while, or a 5xx, it may follow.

        Where the upload has ended no byte can arrive any more, and another may be begun.
        """
        now, sent_at = self._clock.now(), instant(staged.get(SENDING_AT))
        waited = sent_at is None or now >= sent_at + self._resend_after
        ends = instant(_entry(draft, staged).get("expires_at"))
        lasts = ends is not None and now + RESERVE < ends
        if not waited and not (lasts and staged.get(RESEND)):
            return Pending("TikTok has not received the whole video yet.")
        await save(_again(staged, keep_media=lasts))
        return Absent()

    async def _with_id(
        self, login: Login, draft: Draft, found: Found, since: datetime, taken: frozenset[str]
    ) -> Sighting:
        """The same with the post's own id, where the account's list tells it."""
        if not is_listed(draft):
            return found
        try:
            listed = await self._listed(login, draft, since, taken, "")
        except OutcomeUnknown:
            return found
        return listed if isinstance(listed, Found) else found

    async def _listed(
        self, login: Login, draft: Draft, since: datetime, taken: frozenset[str], lost: str
    ) -> Sighting:
        if not is_listed(draft):
            return CannotTell(lost)
        listed = await find_listed(self._http, login, draft, since, taken)
        if isinstance(listed, CannotTell):
            return listed
        if listed is None:
            return CannotTell(lost)
        remote_id, link = listed
        return Found(Receipt(remote_id, link or _profile(login)))


async def _failed(draft: Draft, staged: Staged, reason: str, save: Save) -> Sighting:
    failed = int(staged.get(FAILED_TASKS, 0)) + 1
    if reason not in AGAIN or failed >= MOST_TASKS:
        return Declined(failure_problem(reason))
    await save({**_again(staged, keep_media=not draft.media[0].is_video), FAILED_TASKS: failed})
    return Absent()


def _again(staged: Staged, *, keep_media: bool) -> dict[str, Any]:
    """``staged`` as before the attempt, with or without what is uploaded."""
    gone = {SENDING_AT, ARRIVED, RESEND, TASK} | (set() if keep_media else {KEY})
    return {name: value for name, value in staged.items() if name not in gone}


def _short(draft: Draft, staged: Staged, status: Status) -> bool:
    size = _entry(draft, staged).get("size")
    known = size is not None and status.uploaded is not None and status.uploaded < size
    return known and not staged.get(ARRIVED)


def _entry(draft: Draft, staged: Staged) -> Entry:
    found: Entry = staged.get(KEY, {}).get(str(draft.media[0].id), {}) if draft.media else {}
    return found


def _task(draft: Draft, staged: Staged) -> str:
    return str(staged.get(TASK) or _entry(draft, staged).get("publish_id") or "")


def _profile(login: Login) -> str:
    return f"https://www.tiktok.com/@{login.handle.removeprefix('@')}"
