"""TikTok's twin: what an account may post, opening tasks, and what became of them.

Source: the contract sheet of TikTok, sections 4.b-4.d.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from secrets import token_hex
from typing import Any

from starlette.responses import Response

from postclock.sandbox.consent import avatar
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.faults import Fault
from postclock.sandbox.fetching import fetch
from postclock.sandbox.file_kinds import FileKind, kind_of
from postclock.sandbox.quotas import Quota
from postclock.sandbox.tiktok_answers import (
    asked,
    done,
    flag,
    part,
    refusal,
    refuse,
    text,
    whole,
)
from postclock.sandbox.tiktok_login import PRIVATE, STRICT, TikTokLogin
from postclock.sandbox.tiktok_tasks import Task, Tasks, knobs
from postclock.sandbox.twin import Call, Operation, Yard, base_url

INIT, CREATOR, STATUS = Quota("init", 6, 60), Quota("creator", 20, 60), Quota("status", 30, 60)
URL_LIFE = timedelta(hours=1)
DAY = timedelta(hours=24)
POSTS_A_DAY, DRAFTS_WAITING = 15, 5
MAX_VIDEO, MAX_PHOTO, PULLED = 4_000_000_000, 20_000_000, 64 << 20
SMALLEST, LARGEST, LARGEST_LAST, MOST_PARTS = 5_242_880, 64_000_000, 128_000_000, 1000
PUBLISH, UPLOAD = "video.publish", "video.upload"
AGENT = "TikTok"
BY_HANDLE = {
    "banned": "spam_risk_user_banned_from_posting",
    "busy": "spam_risk_too_many_posts",
    "crowded": "reached_active_user_cap",
}
"""Accounts that may not post, by how their handle begins."""


class TikTokPosts:
    """The Content Posting API."""

    def __init__(self, platform: str, yard: Yard, tasks: Tasks, login: TikTokLogin) -> None:
        self._platform, self._tasks, self._login = platform, tasks, login
        self._ledger, self._clock, self._enforce = yard.ledger, yard.clock, yard.enforce_quotas

    def operations(self) -> list[Operation]:
        """Every call of it, the most frequent first."""
        at = "/v2/post/publish/"
        return [
            Operation("POST", f"{at}status/fetch/", self._status, STATUS),
            Operation("POST", f"{at}creator_info/query/", self._creator, CREATOR),
            Operation("POST", f"{at}video/init/", self._video, INIT, uploads=True),
            Operation("POST", f"{at}inbox/video/init/", self._inbox, INIT, uploads=True),
            Operation("POST", f"{at}content/init/", self._photos, INIT, creates=True),
            Operation("POST", f"{at}cancel/", self._cancel, STATUS),
        ]

    async def _creator(self, call: Call) -> Response:
        self._login.need(call, PUBLISH)
        if code := self._kept_from_posting(call.author):
            return refusal(code, "The creator may not post now", status=200)
        handle = call.author.handle
        strict = handle.startswith(STRICT)
        return done({
            "creator_avatar_url": avatar(handle), "creator_username": handle,
            "creator_nickname": handle.capitalize(), "privacy_level_options": audiences(handle),
            "comment_disabled": strict, "duet_disabled": strict, "stitch_disabled": strict,
            "max_video_post_duration_sec": 60 if strict else 600,
        })  # fmt: skip

    async def _video(self, call: Call) -> Response:
        self._login.need(call, PUBLISH)
        body = asked(call)
        info = part(body, "post_info")
        task = Task(call.author, self._tasks.new_id("v_pub_file"), inbox=False)
        task.text = text(info, "title", 2200)
        self._direct(task, info)
        return await self._opened(call, task, part(body, "source_info"))

    async def _inbox(self, call: Call) -> Response:
        self._login.need(call, UPLOAD)
        self._check_drafts(call.author)
        task = Task(call.author, self._tasks.new_id("v_inbox_file"), inbox=True)
        return await self._opened(call, task, part(asked(call), "source_info"))

    async def _photos(self, call: Call) -> Response:
        body = asked(call)
        inbox = body.get("post_mode") == "MEDIA_UPLOAD"
        self._login.need(call, UPLOAD if inbox else PUBLISH)
        if body.get("media_type") != "PHOTO" or body.get("post_mode") not in MODES:
            refuse("invalid_param", "media_type or post_mode is wrong")
        info, source = part(body, "post_info"), part(body, "source_info")
        task = Task(call.author, self._tasks.new_id("p_pub_url"), inbox=inbox, photos=True)
        task.title, task.text = text(info, "title", 90), text(info, "description", 4000)
        if inbox:
            self._check_drafts(call.author)
        else:
            self._direct(task, info)
        self._told_to_fail(task)
        urls = _addresses(source)
        self._tasks.add(task)
        await self._pull(call, task, urls, MAX_PHOTO, "photo_pull_failed")
        return done({"publish_id": task.publish_id})

    async def _status(self, call: Call) -> Response:
        found = self._tasks.own(call.author, asked(call).get("publish_id"))
        return done(self._tasks.status(found))

    async def _cancel(self, call: Call) -> Response:
        found = self._tasks.own(call.author, asked(call).get("publish_id"))
        if not isinstance(found, Task) or found.size or found.ready_at:
            refuse("publish_not_cancellable", "It is not pulled, or published already")
        found.cancelled = True
        return done({})

    # --- opening a task -------------------------------------------------------------------------

    def _direct(self, task: Task, info: Mapping[str, Any]) -> None:
        """What a post needs that nobody finishes by hand; raises Refused."""
        author, task.privacy = task.account, str(info.get("privacy_level", ""))
        if code := self._kept_from_posting(author):
            refuse(code, "The creator may not post now")
        if not task.privacy:
            refuse("invalid_param", "privacy_level is missing")
        if task.privacy not in audiences(author.handle):
            refuse("privacy_level_option_mismatch", "privacy_level is not among the options")
        if flag(info, "brand_content_toggle", needed=True) and task.privacy == "SELF_ONLY":
            refuse("invalid_param", "Branded content cannot be private")
        for name in FLAGS:
            flag(info, name)

    async def _opened(self, call: Call, task: Task, source: Mapping[str, Any]) -> Response:
        self._told_to_fail(task)
        if call.fault and call.meets(Fault.UPLOAD_SLOW):
            task.slow = timedelta(seconds=call.fault.seconds or 0)
        if call.meets(Fault.UPLOAD_FAILS):
            task.reason = "file_format_check_failed"
        if source.get("source") == "PULL_FROM_URL":
            task.publish_id = task.publish_id.replace("file", "url")
            self._tasks.add(task)
            urls = [str(source.get("video_url", ""))]
            await self._pull(call, task, urls, PULLED, "video_pull_failed")
            return done({"publish_id": task.publish_id})
        if source.get("source") != "FILE_UPLOAD":
            refuse("invalid_param", "source is neither FILE_UPLOAD nor PULL_FROM_URL")
        _check_parts(source)
        now = self._clock.now()
        task.size, task.chunk, task.token = (
            source["video_size"],
            source["chunk_size"],
            token_hex(16),
        )
        task.url_ends_at = now if call.meets(Fault.UPLOAD_EXPIRES) else now + URL_LIFE
        self._tasks.add(task)
        query = f"upload_id={task.publish_id}&upload_token={task.token}"
        url = f"{base_url(call.request)}/upload/video/?{query}"
        return done({"publish_id": task.publish_id, "upload_url": url})

    async def _pull(
        self, call: Call, task: Task, urls: Sequence[str], most: int, failure: str
    ) -> None:
        files: list[tuple[bytes, FileKind]] = []
        for url in urls:
            content = await fetch(url, most=most, agent=AGENT)
            if content is None:
                return self._tasks.fail(task, failure)
            kind = kind_of(content)
            if kind is None or kind.mime_type not in (PHOTOS if task.photos else VIDEOS):
                return self._tasks.fail(task, "file_format_check_failed")
            if min(kind.width, kind.height) > 1080:
                return self._tasks.fail(task, "picture_size_check_failed")
            files.append((content, kind))
        if not task.cancelled:
            self._tasks.finish(task, files, call.received_at)
        return None

    def _told_to_fail(self, task: Task) -> None:
        if code := knobs(f"{task.title} {task.text}").get("error"):
            refuse(code, "The caption asked for it")

    def _kept_from_posting(self, author: SandboxAccount) -> str:
        for beginning, code in BY_HANDLE.items():
            if author.handle.startswith(beginning):
                return code
        full = self._enforce and self._recent(author, inbox=False) >= POSTS_A_DAY
        return "spam_risk_too_many_posts" if full else ""

    def _check_drafts(self, author: SandboxAccount) -> None:
        if self._enforce and self._recent(author, inbox=True) >= DRAFTS_WAITING:
            refuse("spam_risk_too_many_pending_share", "Too many drafts wait in the inbox")

    def _recent(self, author: SandboxAccount, *, inbox: bool) -> int:
        after = self._clock.now() - DAY
        entries = self._ledger.entries(self._platform, author.remote_id)
        return sum(e.accepted_at > after and e.record["inbox"] == inbox for e in entries)


MODES = ("DIRECT_POST", "MEDIA_UPLOAD")
FLAGS = ("disable_duet", "disable_comment", "disable_stitch", "brand_organic_toggle", "is_aigc",
         "auto_add_music")  # fmt: skip
PHOTOS, VIDEOS = ("image/jpeg", "image/webp"), ("video/mp4",)


def audiences(handle: str) -> list[str]:
    """For whom an account may post: its profile is public, or it is not."""
    widest = "FOLLOWER_OF_CREATOR" if handle.startswith(PRIVATE) else "PUBLIC_TO_EVERYONE"
    return [widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]


def _addresses(source: Mapping[str, Any]) -> list[str]:
    urls = source.get("photo_images")
    if source.get("source") != "PULL_FROM_URL" or not isinstance(urls, list):
        refuse("invalid_param", "photo_images is not a list of addresses")
    if not 1 <= len(urls) <= 35 or not all(isinstance(one, str) for one in urls):
        refuse("invalid_param", "photo_images has 1 to 35 addresses")
    cover = source.get("photo_cover_index", 0)
    if isinstance(cover, bool) or not isinstance(cover, int) or not 0 <= cover < len(urls):
        refuse("invalid_param", "photo_cover_index is none of the photos")
    return urls


def _check_parts(source: Mapping[str, Any]) -> None:
    """The rule of parts: ``floor(size / part)`` of them, the last one carrying the rest."""
    size = whole(source, "video_size", MAX_VIDEO)
    chunk = whole(source, "chunk_size", LARGEST)
    count = whole(source, "total_chunk_count", MOST_PARTS)
    fits = chunk == size or SMALLEST <= chunk <= LARGEST
    last = size - (count - 1) * chunk
    if chunk > size or not fits or count != size // chunk or last > LARGEST_LAST:
        refuse("invalid_param", "The total chunk count is invalid")
