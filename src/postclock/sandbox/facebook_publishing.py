"""Facebook's twin: the calls that publish.

Source: contract sheet 2.b and 2.d.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.facebook_photos import AGENT, Photos
from postclock.sandbox.facebook_posts import (
    COMMENT,
    FEED,
    REEL,
    STORY,
    VIDEO,
    kind_of_post,
    post_json,
)
from postclock.sandbox.facebook_requests import Said, gone, said_in
from postclock.sandbox.facebook_videos import LARGEST, Video, VideoKind, Videos
from postclock.sandbox.fetching import fetch
from postclock.sandbox.graph import field_names, refuse, require_scope, token_name, token_of
from postclock.sandbox.ledger import Entry
from postclock.sandbox.twin import Call, Yard, base_url, json_answer
from postclock.sandbox.uploads import Upload

MAX_MESSAGE = 63_206
SAME, EMPTY, NO_LINK_HERE = 506, 197, 1609008
LATER = ("scheduled_publish_time", "backdated_time")
DONE = {"success": True}


class Publishing:
    """Posts, reels and stories."""

    def __init__(self, platform: str, yard: Yard, photos: Photos, videos: Videos) -> None:
        self._platform, self._ledger, self._clock = platform, yard.ledger, yard.clock
        self._uploads, self._grants = yard.uploads[platform], yard.grants[platform]
        self._photos, self._videos = photos, videos

    # --- feed -------------------------------------------------------------------------------------

    async def feed(self, call: Call) -> Response:
        """A post of words, a link or photos."""
        page, said = self._page(call), said_in(call)
        _now_only(said)
        message, link = said.text("message"), said.text("link")
        photos = self._photos.chosen(_attached(said), page)
        if not (message.strip() or link or photos):
            refuse(EMPTY, "The post is empty. Please enter a message to share.")
        _check_words(message, link)
        if not photos:
            self._check_new(page, message, link)
        entry = self.accept(call, FEED, message, photos, link=link)
        return json_answer(post_json(entry, field_names(call.query, "id")))

    async def photo(self, call: Call) -> Response:
        """A photo: kept for a later post, or a post of its own."""
        page, said = self._page(call), said_in(call)
        _now_only(said, ("scheduled_publish_time",))
        upload = await self._photos.add(call, said)
        if not said.flag("published", True):
            return json_answer({"id": upload.id})
        caption = said.text("caption") or said.text("message")
        _check_words(caption, "")
        entry = self.accept(call, FEED, caption, [self._photos.unused(upload.id, page)])
        return json_answer({"id": upload.id, "post_id": entry.id})

    # --- videos -----------------------------------------------------------------------------------

    async def video(self, call: Call) -> Response:
        """A video of the feed: in three phases, or all at once."""
        page, said = self._page(call), said_in(call)
        phase = said.text("upload_phase")
        if phase == "start":
            video = self._videos.begin(page, "post", said.number("file_size"))
            start, end = video.wanted()
            return json_answer({
                "upload_session_id": video.session, "video_id": video.id,
                "start_offset": str(start), "end_offset": str(end),
            })  # fmt: skip
        if not phase:
            return await self._at_once(call, page, said)
        video = self._videos.of_session(said.text("upload_session_id"), page)
        if phase == "transfer":
            data = said.files.get("video_file_chunk", b"")
            return self._videos.take_piece(call, video, said.number("start_offset"), data)
        if phase == "cancel":
            self._videos.forget(video.id)
            return json_answer(DONE)
        _known_phase(phase)
        _now_only(said)
        return self._finish(call, video, VIDEO, said)

    async def reel(self, call: Call) -> Response:
        """A reel: begun, or finished."""
        return self._two_phases(call, "reel", REEL)

    async def video_story(self, call: Call) -> Response:
        """A story of a video: begun, or finished."""
        return self._two_phases(call, "story", STORY)

    async def photo_story(self, call: Call) -> Response:
        """A story of a photo that was uploaded before."""
        page, said = self._page(call), said_in(call)
        photo = self._photos.unused(said.text("photo_id"), page)
        entry = self.accept(call, STORY, "", [photo])
        return json_answer({**DONE, "post_id": entry.id})

    def _two_phases(self, call: Call, kind: VideoKind, published_as: str) -> Response:
        page, said = self._page(call), said_in(call)
        phase = said.text("upload_phase")
        if phase == "start":
            video = self._videos.begin(page, kind)
            at = f"rupload/video-upload/{call.param('version')}/{video.id}"
            return json_answer({
                "video_id": video.id, "upload_url": f"{base_url(call.request)}/{at}",
            })  # fmt: skip
        _known_phase(phase)
        video = self._videos.get(said.text("video_id"), page) or gone()
        if video.kind != kind:
            gone()
        if kind == "reel" and said.text("video_state") != "PUBLISHED":
            refuse(100, "This sandbox only publishes reels: video_state must be PUBLISHED.")
        return self._finish(call, video, published_as, said)

    async def _at_once(self, call: Call, page: SandboxAccount, said: Said) -> Response:
        data = said.files.get("source")
        if data is None and said.text("file_url"):
            data = await fetch(said.text("file_url"), most=LARGEST, agent=AGENT)
        if data is None:
            refuse(100, "No video file was given.", 1363019)
        video = self._videos.begin(page, "post", len(data))
        self._videos.whole(call, video, data)
        self._finish(call, video, VIDEO, said)
        return json_answer({"id": video.id})

    def _finish(self, call: Call, video: Video, kind: str, said: Said) -> Response:
        """Publish a video; once more it changes nothing."""
        upload = self._videos.ready_for(video)
        words = said.text("description")
        _check_words(words, "")
        if video.finished_at is None:
            video.finished_at = self._clock.now()
            if not video.fails:
                entry = self.accept(call, kind, words, [upload], video=video)
                video.post_id = entry.id
        return json_answer({**DONE, "post_id": video.post_id} if kind == STORY else DONE)

    # --- the ledger -------------------------------------------------------------------------------

    def accept(
        self,
        call: Call,
        kind: str,
        text: str,
        shown: Sequence[Upload],
        *,
        link: str = "",
        parent: str = "",
        video: Video | None = None,
    ) -> Entry:
        """Commit what is public from now on."""
        now, page = self._clock.now(), call.author
        number = self._next_number(now)
        post_id = f"{page.remote_id}_{number}"
        own = {COMMENT: f"{parent}_{number}", STORY: number}.get(kind, post_id)
        record = {"kind": kind, "link": link, "parent": parent, "post_id": ""}
        if video and kind in (VIDEO, REEL):
            own, record["post_id"] = video.id, post_id
        return self._ledger.accept(
            Entry(
                platform=self._platform, account=page.remote_id, handle=page.handle, id=own,
                text=text, received_at=call.received_at, accepted_at=now, record=record,
                media=self._uploads.attach(shown),
            )
        )  # fmt: skip

    def _next_number(self, now: datetime) -> str:
        fresh = self._uploads.next_number(round(now.timestamp() * 1000))
        taken = len(self._ledger.entries(self._platform))
        return f"{fresh}{taken % 1000:03d}"

    def _check_new(self, page: SandboxAccount, message: str, link: str) -> None:
        """Refuse what says the same as the Page's post before."""
        posts = (
            entry
            for entry in self._ledger.timeline(self._platform, page.remote_id)
            if kind_of_post(entry) == FEED
        )
        before = next(posts, None)
        same = before and (before.text, before.record["link"]) == (message, link)
        if same and before and not before.media:
            refuse(SAME, "Duplicate status message")

    def _page(self, call: Call) -> SandboxAccount:
        require_scope(token_of(self._grants, token_name(call.request)), "pages_manage_posts")
        if call.param("page") not in ("me", call.author.remote_id):
            gone()
        return call.author


def _attached(said: Said) -> list[str]:
    """The ids in ``attached_media``."""
    listed: Any = said.params.get("attached_media") or []
    if isinstance(listed, str):
        try:
            listed = json.loads(listed)
        except (ValueError, RecursionError):
            listed = None
    ids = [one.get("media_fbid") for one in listed if isinstance(one, dict)] if isinstance(
        listed, list
    ) else [None]  # fmt: skip
    if not all(isinstance(one, str) for one in ids):
        refuse(100, "Param attached_media must be an array of objects with media_fbid.")
    return [str(one) for one in ids]


def _check_words(message: str, link: str) -> None:
    if len(message) > MAX_MESSAGE:
        refuse(100, "Name parameter too long")
    if not link:
        return
    host = urlsplit(link).hostname or ""
    if not link.startswith(("http://", "https://")) or not host:
        refuse(100, "The url you supplied is invalid", 1500)
    if host == "facebook.com" or host.endswith(".facebook.com"):
        refuse(NO_LINK_HERE, "Links to this site cannot be shared.")


def _now_only(said: Said, later: Sequence[str] = LATER) -> None:
    """Refuse what the platform itself would publish later: this sandbox does not."""
    unpublished = "published" in said.params and not said.flag("published", True)
    if any(said.params.get(name) for name in later) or (unpublished and len(later) > 1):
        refuse(100, "This sandbox publishes at once only.")


def _known_phase(phase: str) -> None:
    if phase != "finish":
        refuse(100, "Param upload_phase must be one of {start, transfer, finish, cancel}.")
