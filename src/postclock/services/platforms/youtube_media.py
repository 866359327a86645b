"""What a post brings to YouTube: one video, and a picture as its thumbnail (sheet 5.b)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http, HttpFailure, Response
from postclock.scheduler.model import Staged
from postclock.services.platforms.answers import uploading
from postclock.services.platforms.base import Login, LoginExpired, NotPublished, Refused
from postclock.services.platforms.capabilities import ImageLimits, VideoLimits
from postclock.services.platforms.drafting import Draft, Files, Media, Save
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.json_reading import word
from postclock.services.platforms.uploads import KEY, Uploads
from postclock.services.platforms.videos import video_problems
from postclock.services.platforms.youtube_answers import ANSWERS, LABEL, bearer, upload_url
from postclock.services.platforms.youtube_channel import (
    Channel,
    problem_of,
    processing,
    video_in,
)
from postclock.services.platforms.youtube_upload import Job, VideoUpload

VIDEOS = VideoLimits(
    types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
    max_bytes=274_877_906_944,
    max_seconds=12 * 3600,
)
IMAGES = ImageLimits(
    most=1,
    types=frozenset({"image/jpeg", "image/png"}),
    max_bytes=52_428_800,
    max_alt=0,
)
"""The thumbnail's."""
PAUSES = (1.0, 2.0, 3.0, 4.0)
"""Seconds between two looks at the processing: a refusal at once is worth waiting for, no more."""


def video_of(draft: Draft) -> Media | None:
    """The video that is published."""
    return next((one for one in draft.media if one.is_video), None)


def thumbnail_of(draft: Draft) -> Media | None:
    """The picture beside it."""
    return next((one for one in draft.media if not one.is_video), None)


def media_problems(draft: Draft, videos: VideoLimits) -> Iterator[Problem]:
    """Everything YouTube would refuse about the files of a draft."""
    if video_of(draft) is None:
        yield Problem("media_needed", "YouTube needs a video: add one.", "media")
    yield from video_problems(LABEL, draft.media, videos)
    pictures = [i for i, one in enumerate(draft.media) if not one.is_video]
    if len(pictures) > IMAGES.most:
        message = (
            f"YouTube takes one picture beside the video, its thumbnail; these are {len(pictures)}."
        )
        yield Problem("media_too_many", message, "media")
        return
    for i in pictures:  # a thumbnail has no alt text: what the picture has elsewhere is left out
        for problem in image_problems(LABEL, [replace(draft.media[i], alt="")], IMAGES):
            yield replace(problem, field=(problem.field or "").replace("media.0", f"media.{i}"))


def thumbnail_note(draft: Draft, staged: Staged) -> str:
    """Why the video has not the thumbnail it should have; empty where it has."""
    picture = thumbnail_of(draft)
    refused = staged.get(KEY, {}).get(str(picture.id), {}).get("refused") if picture else ""
    return f"The thumbnail was not taken: {refused}" if refused else ""


class MediaUploads:
    """Brings the files to the channel, private."""

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str]) -> None:
        self.channel = Channel(http, clock)
        self._http, self._clock = http, clock
        self._videos = VideoUpload(http, clock, self.channel, tuned)

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """The video uploaded, its processing looked at, its thumbnail set."""
        video, picture = video_of(draft), thumbnail_of(draft)
        uploads = Uploads(staged, save, self._clock)
        if video is None:
            return uploads.staged
        job = Job(login, draft, video, files, uploads)
        video_id = await self._videos.whole(job)
        if not job.entry.get("ready") and await self._processed(job, video_id):
            await job.note(ready=True)
        if picture and _thumbnail_missing(uploads, picture, video_id):
            await self._set_thumbnail(job, picture, video_id)
        return uploads.staged

    async def _processed(self, job: Job, video_id: str) -> bool:
        """Whether it is processed, after a while; raises Refused if it never will be.

        What takes longer keeps no post back: a video can be published while it is processed.
        """
        for pause in (*PAUSES, None):
            with uploading(LABEL):
                answer = await self.channel.video(job.login, video_id)
            if not answer.ok:
                raise ANSWERS.upload_error(answer, job.login, self._clock.now())
            video = video_in(answer)
            if video and (problem := problem_of(video)):
                raise Refused(problem.code, problem.message)
            if video and not processing(video):
                return True
            if pause:
                await self._clock.sleep(pause)
        if video:
            return False
        await job.uploads.keep(job.video, {})
        raise NotPublished("video_missing", "The channel lost the video: it is uploaded again.")

    async def _set_thumbnail(self, job: Job, picture: Media, video_id: str) -> None:
        """Give the video its picture; that it was refused is noted, and keeps no post back."""
        content = await job.files.read(picture)
        refused = ""
        for _ in range(2):
            refused, again = self._thumbnail_refused(job, await self._sent(job, picture, content))
            if not again:
                break
            await self._clock.sleep(PAUSES[1])
        kept = {"of": video_id, **({"refused": refused} if refused else {})}
        await job.uploads.keep(picture, kept)

    async def _sent(self, job: Job, picture: Media, content: bytes) -> Response | None:
        video_id = word(job.entry.get("id"))
        headers = {**bearer(job.login), "Content-Type": picture.mime_type}
        try:
            return await self._http.request(
                "POST", upload_url(job.login, "/thumbnails/set"), headers=headers, data=content,
                params={"videoId": video_id, "uploadType": "media"},
            )  # fmt: skip
        except HttpFailure:
            return None

    def _thumbnail_refused(self, job: Job, answer: Response | None) -> tuple[str, bool]:
        """Why it was not taken (empty: it was), and whether to try once more."""
        if answer is None:
            return "YouTube did not answer.", True
        if answer.ok:
            return "", False
        error = ANSWERS.upload_error(answer, job.login, self._clock.now())
        if isinstance(error, LoginExpired):
            raise error
        return str(error), answer.status >= 500 or error.problem.code == "rate_limited"


def _thumbnail_missing(uploads: Uploads, picture: Media, video_id: str) -> bool:
    return bool(uploads.staged.get(KEY, {}).get(str(picture.id), {}).get("of") != video_id)
