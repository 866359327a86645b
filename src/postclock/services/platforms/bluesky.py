"""Bluesky, AT protocol (contract sheet 3): the records and their keys are chosen before sending.

A repeat of the same write cannot make a second post, and ``getRecord`` by the key proves
presence or absence: exactly once for real. A thread is one write: all of it or none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import Absent, CannotTell, Found, Receipt, Sighting, Staged
from postclock.services.platforms.answers import look_refused, looking, publishing
from postclock.services.platforms.attachments import attachment_problems, thread_problems
from postclock.services.platforms.base import Login, Owner
from postclock.services.platforms.bluesky_answers import ANSWERS, bearer, url, words_of
from postclock.services.platforms.bluesky_connecting import APP_PASSWORD, PLC, Connecting
from postclock.services.platforms.bluesky_media import BLOB_LIFE, IMAGES, BlobUploads, lead_of
from postclock.services.platforms.bluesky_options import BlueskyOptions
from postclock.services.platforms.bluesky_records import COLLECTION, planned
from postclock.services.platforms.bluesky_sessions import Sessions
from postclock.services.platforms.bluesky_video import (
    BY_SERVICE,
    MAX_SECONDS,
    VIDEO,
    VIDEOS,
    VideoUploads,
)
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Save, Segment, unsaved
from postclock.services.platforms.json_reading import field, objects, word
from postclock.services.platforms.options import chosen, read_options
from postclock.services.platforms.parts import PARTS
from postclock.services.platforms.permalinks import path_in
from postclock.services.platforms.text import graphemes, text_problems
from postclock.services.platforms.uploads import Uploads, uploaded

HOSTS = frozenset({"bsky.app"})
POST_PATH = re.compile(r"/profile/(?P<whose>[^/]+)/post/(?P<key>[\w.~:-]{1,512})", re.ASCII)
POST_ID = re.compile(r"at://[^/]+/(?P<collection>[\w.-]+)/(?P<key>[\w.~:-]{1,512})", re.ASCII)
MAX_GRAPHEMES = 300
MAX_BYTES = 3000
MAX_THUMB_BYTES = 1_000_000
MAX_THREAD = 100
"""One call may write 200 records of 1 MB in all; with a comment this stays well below."""
CREATE = "com.atproto.repo.createRecord"
WRITE = "com.atproto.repo.applyWrites"


class Bluesky(Client):
    """Bluesky, on whichever server holds the account."""

    name: ClassVar[str] = "bluesky"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label="Bluesky",
        base_url="https://bsky.social",
        text=TextLimits(MAX_GRAPHEMES, "characters", "graphemes", maximum_bytes=MAX_BYTES),
        read_lag=timedelta(0),
        guarded_resend=False,
        images=IMAGES,
        videos=VIDEOS,
        thread=MAX_THREAD,
        first_comment=True,
        keeps_uploads=BLOB_LIFE,
        hosts={PLC: "https://plc.directory", VIDEO: "https://video.bsky.app"},
    )
    ways: ClassVar[tuple[Way, ...]] = (APP_PASSWORD,)
    options: ClassVar[type[BlueskyOptions]] = BlueskyOptions
    tunables: ClassVar[Mapping[str, str]] = {
        "video_upload": BY_SERVICE,
        "video_seconds": str(MAX_SECONDS),
    }

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        self._sessions = Sessions(http, clock)
        self._blobs = BlobUploads(http, clock)
        self._videos = VideoUploads(http, clock, self._blobs, self._tuned["video_upload"])

    def count(self, text: str) -> int:
        """How many grapheme clusters ``text`` has."""
        return graphemes(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything Bluesky would refuse in ``draft``."""
        problems = thread_problems(self.capabilities, draft, self._problems)
        options, wrong = read_options(self.options, draft)
        return [*problems, *wrong, *(self._option_problems(draft, options) if options else ())]

    def _problems(self, segment: Segment) -> list[Problem]:
        limits = self.capabilities.text
        length, needed = self.count(segment.text), not segment.media
        return [
            *text_problems("Bluesky", segment.text, length, limits, needed=needed),
            *attachment_problems(self.capabilities, segment.media),
            *self._videos.problems(segment.media, int(self._tuned["video_seconds"])),
        ]

    def _option_problems(self, draft: Draft, options: BlueskyOptions) -> list[Problem]:
        problems = []
        if options.first_comment:
            text, limits = options.first_comment, self.capabilities.text
            found = text_problems("Bluesky", text, self.count(text), limits)
            problems += [Problem(p.code, p.message, "options.first_comment") for p in found]
        if options.link_card and draft.media:
            one_picture = len(draft.media) == 1 and not draft.media[0].is_video
            if not one_picture:
                message = "Bluesky shows a link card or media: leave one picture for the card."
                problems.append(Problem("media_mixed", message, "options.link_card"))
            elif draft.media[0].size > MAX_THUMB_BYTES:
                size = draft.media[0].size / 1e6
                message = f"Bluesky takes a card's picture up to 1 MB, this one is {size:.2f} MB."
                problems.append(Problem("media_too_large", message, "media.0"))
        return problems

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes for pictures, more for a video; None for texts."""
        return lead_of(draft)

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload pictures and videos as blobs."""
        uploads = Uploads(staged, save, self._clock)
        for media in dict.fromkeys(draft.all_media):
            if media.is_video:
                await self._videos.stage(login, media, uploads, files)
            else:
                await self._blobs.stage(login, media, uploads, files)
        return uploads.staged

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        """The keys and the whole records: ``{"rkey", "record"}`` of the post, ``following`` with
        those that answer it; raises UploadGone without blobs."""
        if "rkey" in staged and "record" in staged:
            return staged
        files = Draft("", draft.all_media)
        entries = uploaded("Bluesky", files, staged, now) if files.media else []
        blobs = {str(media.id): entry for media, entry in zip(files.media, entries, strict=True)}
        options = chosen(self.options, draft)
        return {**staged, **planned(login.remote_id, draft, options, blobs, key, now)}

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The record at ``https://bsky.app/profile/{handle or did}/post/{rkey}``."""
        found = path_in(link, HOSTS, POST_PATH)
        mine = found and found["whose"].lower() in (owner.name, owner.remote_id.lower())
        return f"at://{owner.remote_id}/{COLLECTION}/{found['key']}" if found and mine else None

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Whether there is no session yet, or it ends within minutes."""
        return self._sessions.needs_refresh(login, now)

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """A session from the refresh token, else from the app password (sheet 3a)."""
        return await self._sessions.refresh(login)

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """The account that a handle and an app password open."""
        return [await Connecting(self._http, self._sessions).profile(visit, given)]

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``createRecord`` of a single post, ``applyWrites`` of a thread: one call.

        A thread's posts are noted afterwards, for whoever takes them back.
        """
        headers = bearer(login)
        call, body = _write(login, staged)
        with publishing("Bluesky"):
            answer = await self._http.request("POST", url(login, call), json=body, headers=headers)
        if answer.ok and (uri := _written(answer.json(), call)):
            return await _noted(_receipt(login, uri, staged), login, staged, save)
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
        """``getRecord`` by the planned key; needs no login, and proves absence too.

        Of a thread the first post tells for all: they were written by one call.
        """
        if "rkey" not in staged:
            return Absent()
        query = {"repo": login.remote_id, "collection": COLLECTION, "rkey": staged["rkey"]}
        with looking("Bluesky"):
            answer = await self._http.request(
                "GET", url(login, "com.atproto.repo.getRecord"), params=query
            )
        body = answer.json()
        uri = word(field(body, "uri"))
        if answer.ok and uri:
            sighting = _sighting(login, uri, body, staged)
            if isinstance(sighting, Found):
                await _noted(sighting.receipt, login, staged, save)
            return sighting
        if answer.status in {400, 404} and word(field(body, "error")) == "RecordNotFound":
            return Absent()
        return look_refused("Bluesky", answer, words_of(answer))

    async def delete(self, login: Login, remote_id: str) -> None:
        """``deleteRecord``, which answers the same when the record is gone already."""
        found = POST_ID.fullmatch(remote_id)
        if not found:
            raise LookupError(f"{remote_id} is no record")
        body = {"repo": login.remote_id, "collection": found["collection"], "rkey": found["key"]}
        headers = bearer(login)
        with publishing("Bluesky"):
            answer = await self._http.request(
                "POST", url(login, "com.atproto.repo.deleteRecord"), json=body, headers=headers
            )
        if not answer.ok:
            raise ANSWERS.error(answer, login, self._clock.now())


def _write(login: Login, staged: Staged) -> tuple[str, dict[str, Any]]:
    """The call that makes it public, and what it says."""
    repo = {"repo": login.remote_id, "validate": True}
    first = {name: staged[name] for name in ("rkey", "record")}
    if "following" not in staged:
        return CREATE, {**repo, "collection": COLLECTION, **first}
    writes = [
        {
            "$type": f"{WRITE}#create",
            "collection": COLLECTION,
            "rkey": post["rkey"],
            "value": post["record"],
        }
        for post in (first, *staged["following"])
    ]
    return WRITE, {**repo, "writes": writes}


def _written(body: Any, call: str) -> str:
    """Where the (first) post is, in the answer to ``call``; empty where it does not say."""
    if call == CREATE:
        return word(field(body, "uri"))
    results = objects(field(body, "results"))
    return word(results[0].get("uri")) if results else ""


def _sighting(login: Login, uri: str, body: Any, staged: Staged) -> Sighting:
    if field(body, "value", "text") != field(staged, "record", "text"):
        return CannotTell("Bluesky holds another text under the key of this post.")
    if field(body, "value", "embed") != field(staged, "record", "embed"):
        return CannotTell("Bluesky holds other media under the key of this post.")
    return Found(_receipt(login, uri, staged))


async def _noted(receipt: Receipt, login: Login, staged: Staged, save: Save) -> Receipt:
    if following := staged.get("following"):
        posts = [{"rkey": staged["rkey"]}, *following]
        ids = [f"at://{login.remote_id}/{COLLECTION}/{post['rkey']}" for post in posts]
        links = [permalink(login, post["rkey"]) for post in posts]
        parts = [{"id": one, "url": link} for one, link in zip(ids, links, strict=True)]
        await save({**staged, PARTS: parts})
    return receipt


def permalink(login: Login, rkey: str) -> str:
    """Where people see a post."""
    profile = login.handle.removeprefix("@") or login.remote_id
    return f"https://bsky.app/profile/{profile}/post/{rkey}"


def _receipt(login: Login, uri: str, staged: Staged) -> Receipt:
    return Receipt(uri, permalink(login, staged["rkey"]))
