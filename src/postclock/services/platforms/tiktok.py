"""TikTok's Content Posting API (contract sheet 4).

A video is uploaded ahead but for its last chunk: that one publishes it. Photos are fetched from an
address of ours, and opening their task publishes them. Both are processed afterwards; the task,
whose id is committed before, tells what became of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import Receipt, Sighting, Staged, Window
from postclock.services.platforms.answers import publishing
from postclock.services.platforms.base import (
    Login,
    OutcomeUnknown,
    Owner,
    UploadGone,
)
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Piece, Save, unsaved
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.permalinks import path_in
from postclock.services.platforms.text import text_problems
from postclock.services.platforms.tiktok_answers import (
    ANSWERS,
    LABEL,
    LAST_CHUNK,
    bearer,
    error_of,
    succeeded,
    url,
)
from postclock.services.platforms.tiktok_login import (
    WAY,
    authorize_url,
    lasting,
    profiles,
    refresh,
)
from postclock.services.platforms.tiktok_media import (
    PHOTOS,
    UPLOAD_LIFE,
    VIDEOS,
    MediaUploads,
    cut_of,
    digest_of,
    lead_of,
    put_chunk,
)
from postclock.services.platforms.tiktok_options import (
    MAX_CAPTION,
    MAX_DESCRIPTION,
    TikTokOptions,
    option_problems,
    photo_body,
    utf16,
)
from postclock.services.platforms.tiktok_outcome import (
    ARRIVED,
    RESEND,
    SENDING_AT,
    TASK,
    Outcomes,
)
from postclock.services.platforms.uploads import KEY, uploaded
from postclock.services.platforms.videos import video_problems

__all__ = ["ANSWERS", "TikTok"]

HOSTS = frozenset({"tiktok.com", "m.tiktok.com"})
POST_PATH = re.compile(r"/@(?P<whose>[\w.]{1,64})/(?:video|photo)/(?P<id>\d{1,20})", re.ASCII)
POLLS = (2.0, 3.0)
"""Seconds before each question right after publishing; later ones are looks."""


class TikTok(Client):
    """TikTok, for the accounts of people and of businesses."""

    name: ClassVar[str] = "tiktok"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label=LABEL,
        base_url="https://open.tiktokapis.com",
        text=TextLimits(MAX_CAPTION, "characters", "utf16"),
        read_lag=timedelta(seconds=30),
        guarded_resend=False,
        images=PHOTOS,
        videos=VIDEOS,
        needs_media=True,
        deletes=False,
        pulls=True,
        quotas=(Window(30, 24 * 3600),),
        keeps_uploads=UPLOAD_LIFE,
        hosts={"web": "https://www.tiktok.com", "upload": "https://open-upload.tiktokapis.com"},
    )
    ways: ClassVar[tuple[Way, ...]] = (WAY,)
    options: ClassVar[type[BaseModel]] = TikTokOptions
    tunables: ClassVar[Mapping[str, str]] = {
        "chunk_bytes": "5242880",
        "resend_after_seconds": "600",
        "post_id_wait_seconds": "120",
        "daily_cap_wait_hours": "6",
        "photo_path": "photo",
        "photo_aigc_in": "top",
    }

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        self._uploads = MediaUploads(http, clock, self._tuned)
        self._outcomes = Outcomes(http, clock, self._tuned)
        self._tries_again = timedelta(hours=int(self._tuned["daily_cap_wait_hours"]))

    def count(self, text: str) -> int:
        """UTF-16 code units."""
        return utf16(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything TikTok would refuse in ``draft``, as far as the account plays no part."""
        photos = [media for media in draft.media if not media.is_video]
        most = MAX_DESCRIPTION if photos else MAX_CAPTION
        limits = TextLimits(most, "characters", "utf16")
        problems = text_problems(LABEL, draft.text, self.count(draft.text), limits, needed=False)
        if not draft.media:
            message = "TikTok needs a video or photos: add some."
            problems.append(Problem("media_needed", message, "media"))
        elif photos and len(photos) < len(draft.media):
            message = "TikTok takes a video or photos, not both in one post."
            problems.append(Problem("media_mixed", message, "media"))
        elif photos:
            problems += image_problems(LABEL, draft.media, PHOTOS)
        return [
            *problems, *video_problems(LABEL, draft.media, VIDEOS), *option_problems(draft),
        ]  # fmt: skip

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes, more for a large video."""
        return lead_of(draft) if draft.media else None

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Ask what the account may post, and upload the video but for its last chunk."""
        return await self._uploads.stage(login, draft, staged, save, files)

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        """When the request that publishes was about to leave."""
        return {SENDING_AT: now.isoformat(), **staged}

    def held_back(self, draft: Draft, staged: Staged) -> Piece | None:
        """A video's last chunk."""
        if not draft.media or not draft.media[0].is_video:
            return None
        entry = staged.get(KEY, {}).get(str(draft.media[0].id), {})
        if "upload_url" not in entry:
            return None
        return Piece(draft.media[0], cut_of(entry).last_start, entry["size"], entry["upload_url"])

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The number in ``https://www.tiktok.com/@{name}/video/{number}``."""
        found = path_in(link, HOSTS, POST_PATH)
        return found["id"] if found and found["whose"].lower() == owner.name else None

    # --- the account ----------------------------------------------------------------------------

    def authorize_url(self, way: Way, visit: Visit) -> str:
        """TikTok's consent page."""
        return authorize_url(way, visit)

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """The one account behind the code."""
        return await profiles(self._http, way, visit, given, self._clock.now())

    def lasting(self, secrets: Mapping[str, str]) -> Lasting:
        """Until the refresh token ends; renewed a quarter of an hour ahead."""
        return lasting(secrets)

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """A new pair of tokens; the old refresh token may be dead from then on."""
        return await refresh(self._http, login, self._clock.now())

    # --- publishing -----------------------------------------------------------------------------

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """The last chunk of the video, or the task of the photos; then a short wait.

        Raises OutcomeUnknown ("processing") when TikTok has it and still works on it.
        """
        by = self._publish_video if draft.media[0].is_video else self._publish_photos
        staged = await by(login, draft, staged, save)
        for pause in POLLS:
            await self._clock.sleep(pause)
            if done := await self._outcomes.settled(login, draft, staged):
                return done.receipt
        message = "TikTok has it and is still processing it."
        raise OutcomeUnknown("processing", message, answered=True)

    async def _publish_video(
        self, login: Login, draft: Draft, staged: Staged, save: Save
    ) -> Staged:
        (entry,) = uploaded(LABEL, draft, staged, self._clock.now())
        plan = cut_of(entry)
        whole = entry["sent"] == plan.last_start and len(draft.held) == plan.last_size
        if not whole or entry["said"] != digest_of(draft):
            raise UploadGone("media_missing", "The video is not ready: it is uploaded again.")
        with publishing(LABEL):
            answer = await put_chunk(self._http, draft.media[0], entry, plan.last_start, draft.held)
        if answer.status == 201:
            staged = {**staged, ARRIVED: True}
            await save(staged)
            return staged
        error = LAST_CHUNK.error(answer, login, self._clock.now())
        if isinstance(error, OutcomeUnknown) and answer.status >= 500:
            await save(
                {**staged, RESEND: True}
            )  # the same chunk may follow at once, says the sheet
        raise error

    async def _publish_photos(
        self, login: Login, draft: Draft, staged: Staged, save: Save
    ) -> Staged:
        entries = uploaded(LABEL, draft, staged, self._clock.now())
        inside = self._tuned["photo_aigc_in"] == "post_info"
        links = [entry["url"] for entry in entries]
        body = photo_body(draft, links, entries[0]["closed"], aigc_inside=inside)
        with publishing(LABEL):
            answer = await self._http.request(
                "POST", url(login, "/v2/post/publish/content/init/"), json=body,
                headers=bearer(login),
            )  # fmt: skip
        task = word(field(answer.json(), "data", "publish_id"))
        if not succeeded(answer) or not task:
            raise error_of(answer, login, self._clock.now(), self._tries_again)
        staged = {**staged, TASK: task}
        await save(staged)
        return staged

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        """Ask the task; without one, look through what the account shows."""
        return await self._outcomes.find(login, draft, staged, since, taken, save)
