"""YouTube (contract sheet 5): a video is uploaded ahead and private, and at its moment opened.

What makes it public is an update of the video's status: the same again changes nothing, and what
became of it is read from the video itself. So nothing can be published twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import (
    Absent,
    CannotTell,
    Declined,
    Found,
    NotSeen,
    Receipt,
    Sighting,
    Staged,
    Window,
)
from postclock.services.platforms import youtube_login
from postclock.services.platforms.answers import look_refused, looking, publishing
from postclock.services.platforms.base import Login, Owner, Refused, UploadGone
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Media, Save, unsaved
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.options import read_options
from postclock.services.platforms.parts import (
    Part,
    comment_once,
    found_part,
    public_parts,
    publish_parts,
    whole,
)
from postclock.services.platforms.permalinks import path_in
from postclock.services.platforms.text import byte_length, text_problems
from postclock.services.platforms.youtube_answers import ANSWERS, LABEL, bearer, url, words_of
from postclock.services.platforms.youtube_channel import problem_of, processing, video_in
from postclock.services.platforms.youtube_media import (
    IMAGES,
    VIDEOS,
    MediaUploads,
    media_problems,
    thumbnail_note,
    video_of,
)
from postclock.services.platforms.youtube_options import (
    FORBIDDEN,
    YouTubeOptions,
    option_problems,
    options_of,
    status_of,
)
from postclock.services.platforms.youtube_upload import entry_of

DAY = 24 * 3600
MAX_DESCRIPTION = 5000
HOSTS = frozenset({"youtube.com", "m.youtube.com", "youtu.be"})
PATH = re.compile(r"/(?:(?:shorts|live|embed)/)?(?P<id>[\w-]{11})", re.ASCII)
WATCH = re.compile(r"/watch")
VIDEO_ID = re.compile(r"[\w-]{11}", re.ASCII)
HELD_BACK = (
    "YouTube keeps the video “{now}” where “{wanted}” was asked for: look in YouTube Studio at "
    "what holds it back."
)
STILL_PROCESSING = "YouTube is still processing the video: it can be seen when that is done."


class YouTube(Client):
    """A channel on YouTube: videos and Shorts."""

    name: ClassVar[str] = "youtube"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label=LABEL,
        base_url="https://www.googleapis.com/youtube/v3",
        text=TextLimits(MAX_DESCRIPTION, "bytes", "bytes"),
        read_lag=timedelta(seconds=30),
        guarded_resend=True,
        images=IMAGES,
        videos=VIDEOS,
        mixes=True,
        needs_media=True,
        needs_video=True,
        first_comment=True,
        quotas=(Window(100, DAY),),
        keeps_uploads=timedelta(days=30),
        hosts={
            "web": "https://accounts.google.com",
            "token": "https://oauth2.googleapis.com",
            "upload": "https://www.googleapis.com/upload/youtube/v3",
        },
    )
    ways: ClassVar[tuple[Way, ...]] = (youtube_login.CHANNEL,)
    options: ClassVar[type[YouTubeOptions]] = YouTubeOptions
    tunables: ClassVar[Mapping[str, str]] = {
        "chunk_bytes": "8388608",
        "listing_seconds": "300",
        "max_seconds": "43200",
        "short_seconds": "180",
    }

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        self._media = MediaUploads(http, clock, self._tuned)
        self._short = float(self._tuned["short_seconds"])
        self._videos = replace(VIDEOS, max_seconds=float(self._tuned["max_seconds"]))

    def count(self, text: str) -> int:
        """Bytes of UTF-8."""
        return byte_length(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything YouTube would refuse: the description, the title, the video, its thumbnail."""
        options, problems = read_options(YouTubeOptions, draft)
        length, limits = self.count(draft.text), self.capabilities.text
        return [
            *text_problems(LABEL, draft.text, length, limits, FORBIDDEN, needed=False),
            *media_problems(draft, self._videos),
            *problems,
            *(option_problems(options, draft) if options else ()),
        ]

    def lead(self, draft: Draft) -> timedelta | None:
        """An hour, and a second for each megabyte."""
        video = video_of(draft)
        return timedelta(hours=1, seconds=video.size / 1e6) if video else None

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload the video as private, look a little how it is processed, set its thumbnail."""
        if public_parts(staged):
            return staged
        return await self._media.stage(login, draft, staged, save, files)

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The id in ``watch?v=…``, ``/shorts/…`` or ``youtu.be/…``; no link names the channel."""
        if path_in(link, HOSTS, WATCH):
            shown = parse_qs(urlsplit(link.strip()).query).get("v", [""])[0]
            return shown if VIDEO_ID.fullmatch(shown) else None
        found = path_in(link, HOSTS, PATH)
        return found["id"] if found else None

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``PUT /videos``: as visible as its author chose. Then the first comment, if any."""
        options = options_of(draft)

        async def send(_index: int, _before: Sequence[Part]) -> tuple[Receipt, Part]:
            receipt = await self._open(login, draft, _uploaded(draft, staged))
            return receipt, {"id": receipt.remote_id, "url": receipt.permalink}

        opened, staged = await publish_parts(1, staged, save, send)
        note = " ".join(filter(None, (opened.note, thumbnail_note(draft, staged))))
        if not options.first_comment:
            return replace(opened, note=note)
        receipt = await comment_once(
            replace(opened, note=""), staged, save,
            lambda: self._comment(login, opened.remote_id, options.first_comment),
        )  # fmt: skip
        return replace(receipt, note=" ".join(filter(None, (note, receipt.note))))

    async def _open(self, login: Login, draft: Draft, video_id: str) -> Receipt:
        """Make the video as visible as its author chose; raises unless YouTube says it is."""
        wanted = options_of(draft).privacy
        said = {"id": video_id, "status": status_of(options_of(draft), wanted)}
        with publishing(LABEL):
            answer = await self._http.request(
                "PUT", url(login, "/videos"), params={"part": "status"},
                headers=bearer(login), json=said,
            )  # fmt: skip
        video = answer.json()
        now = word(field(video, "status", "privacyStatus"))
        if not answer.ok or not now:
            raise ANSWERS.error(answer, login, self._clock.now())
        if problem := problem_of(video):
            raise Refused(problem.code, problem.message)
        if now != wanted:
            raise Refused("privacy_held", HELD_BACK.format(now=now, wanted=wanted))
        note = STILL_PROCESSING if processing(video) else ""
        return Receipt(video_id, self._permalink(draft, video_id), note=note)

    async def _comment(self, login: Login, video_id: str, text: str) -> None:
        top = {"snippet": {"textOriginal": text}}
        with publishing(LABEL):
            answer = await self._http.request(
                "POST", url(login, "/commentThreads"), params={"part": "snippet"},
                headers=bearer(login),
                json={"snippet": {"videoId": video_id, "topLevelComment": top}},
            )  # fmt: skip
        if not answer.ok or not word(field(answer.json(), "id")):
            raise ANSWERS.error(answer, login, self._clock.now())

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        """Read the video itself: as visible as it should be, or not yet; asking again is safe."""
        comment = bool(options_of(draft).first_comment)
        if known := whole(1, staged, comment=comment):
            return known
        video_id = word(entry_of(staged, _video(draft)).get("id"))
        if not video_id:
            return Absent()
        if not login.secrets.get("access_token"):
            return CannotTell("This YouTube channel has no login to look with.")
        with looking(LABEL):
            answer = await self._media.channel.video(login, video_id)
        video = video_in(answer)
        if not answer.ok or not isinstance(field(answer.json(), "items"), list):
            return look_refused(LABEL, answer, words_of(answer))
        if video is None:
            return NotSeen()
        if problem := problem_of(video):
            return Declined(problem)
        if field(video, "status", "privacyStatus") != options_of(draft).privacy:
            return Absent()
        receipt = Receipt(video_id, self._permalink(draft, video_id))
        entry = {"id": video_id, "url": receipt.permalink}
        return await found_part(1, staged, save, entry, Found(receipt), comment=comment)

    async def delete(self, login: Login, remote_id: str) -> None:
        """``DELETE /videos``; what is gone already is no error."""
        with looking(LABEL):
            answer = await self._http.request(
                "DELETE", url(login, "/videos"), params={"id": remote_id}, headers=bearer(login)
            )
        if not answer.ok and answer.status != 404:
            raise ANSWERS.error(answer, login, self._clock.now())

    # --- the login ------------------------------------------------------------------------------

    def authorize_url(self, way: Way, visit: Visit) -> str:
        return youtube_login.authorize_url(way, visit)

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        return await youtube_login.channels(self._http, self._clock, way, visit, given)

    async def refresh(self, login: Login) -> Mapping[str, str]:
        return await youtube_login.refreshed(self._http, self._clock, login)

    def lasting(self, secrets: Mapping[str, str]) -> Lasting:
        return youtube_login.lasting(secrets)

    def _permalink(self, draft: Draft, video_id: str) -> str:
        """Where it is watched: a vertical or square video of up to three minutes is a Short."""
        video = _video(draft)
        upright = video.width and video.height and video.height >= video.width
        if upright and video.duration and video.duration <= self._short:
            return f"https://www.youtube.com/shorts/{video_id}"
        return f"https://www.youtube.com/watch?v={video_id}"


def _video(draft: Draft) -> Media:
    video = video_of(draft)
    if video is None:
        raise UploadGone("media_missing", "There is no video to publish.")
    return video


def _uploaded(draft: Draft, staged: Staged) -> str:
    """The id of the uploaded video; raises UploadGone where there is none."""
    if video_id := word(entry_of(staged, _video(draft)).get("id")):
        return video_id
    raise UploadGone("media_missing", "The video is not on YouTube (any more).")
