"""Mastodon and its kin (contract sheet 4): an Idempotency-Key of our own, good for an hour.

Within that hour a repeat answers with the first status. After it, and whenever a repeat fails,
the account's own statuses are listed and compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from pydantic import BaseModel

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import Absent, CannotTell, Found, NotSeen, Receipt, Sighting, Staged
from postclock.services.platforms.answers import looking, publishing
from postclock.services.platforms.attachments import attachment_problems, thread_problems
from postclock.services.platforms.base import Login, Owner
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import AppKeys, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Save, Segment, unsaved
from postclock.services.platforms.json_reading import field, instant, word
from postclock.services.platforms.mastodon_answers import ANSWERS, WITH_MEDIA, bearer, url
from postclock.services.platforms.mastodon_connecting import SERVER, WEB, Connecting
from postclock.services.platforms.mastodon_media import (
    IMAGES,
    MAX_VIDEO_PIXELS,
    UPLOAD_LIFE,
    VIDEOS,
    MediaUploads,
    lead_of,
    pixel_problems,
    twice_problems,
)
from postclock.services.platforms.mastodon_options import MastodonOptions, body, option_problems
from postclock.services.platforms.mastodon_timeline import LINK_LENGTH, Timeline, Wanted, counted
from postclock.services.platforms.options import chosen, read_options
from postclock.services.platforms.parts import (
    Part,
    comment_once,
    found_part,
    public_parts,
    publish_parts,
    whole,
)
from postclock.services.platforms.permalinks import path_in
from postclock.services.platforms.text import text_problems
from postclock.services.platforms.uploads import uploaded

POST_PATH = re.compile(
    r"/(?:(?:web/|deck/)?@|users/)(?P<whose>[\w.-]+)/(?:statuses/)?(?P<id>\d{1,19})", re.ASCII
)
MAX_CHARACTERS = 500
"""The default; a server may allow more (``configuration.statuses.max_characters``)."""
MAX_THREAD = 25
"""No server sets a limit; so many are sent within a minute."""
KEY_LIFE = timedelta(minutes=50)
"""How long after planning a repeat is certainly recognised: the server's hour, less a margin."""


class Mastodon(Client):
    """Mastodon, and servers that speak its API."""

    name: ClassVar[str] = "mastodon"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label="Mastodon",
        base_url=None,
        text=TextLimits(MAX_CHARACTERS, "characters", "mastodon", url_length=LINK_LENGTH),
        read_lag=timedelta(seconds=5),
        guarded_resend=True,
        images=IMAGES,
        videos=VIDEOS,
        thread=MAX_THREAD,
        first_comment=True,
        keeps_uploads=UPLOAD_LIFE,
        hosts={WEB: ""},
    )
    ways: ClassVar[tuple[Way, ...]] = (SERVER,)
    options: ClassVar[type[BaseModel]] = MastodonOptions
    tunables: ClassVar[Mapping[str, str]] = {
        "max_characters": str(MAX_CHARACTERS),
        "max_media": str(IMAGES.most),
        "video_bytes": str(VIDEOS.max_bytes),
        "video_pixels": str(MAX_VIDEO_PIXELS),
        "poll_options": "4",
        "poll_option_characters": "50",
    }

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        self._uploads = MediaUploads(http, clock)
        self._timeline = Timeline(http)
        self._text = replace(self.capabilities.text, maximum=int(self._tuned["max_characters"]))
        self._able = replace(
            self.capabilities,
            images=replace(IMAGES, most=int(self._tuned["max_media"])),
            videos=replace(VIDEOS, max_bytes=int(self._tuned["video_bytes"])),
        )
        self._connecting = Connecting(http)

    def count(self, text: str) -> int:
        """Grapheme clusters; a link with a scheme is 23, a remote mention its local part."""
        return counted(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything a server with the default limits would refuse in ``draft``."""
        options, wrong = read_options(MastodonOptions, draft)
        warning = options.content_warning if options else ""

        def of_one(segment: Segment) -> list[Problem]:
            length, needed = self.count(warning + segment.text), not segment.media
            return [
                *text_problems("Mastodon", segment.text, length, self._text, needed=needed),
                *attachment_problems(self._able, segment.media, moving=self._able.images),
                *pixel_problems(segment.media, int(self._tuned["video_pixels"])),
            ]

        problems = [*thread_problems(self._able, draft, of_one), *twice_problems(draft), *wrong]
        if options:
            problems += option_problems(draft, options, self._tuned)
            problems += [
                replace(problem, field="options.first_comment")
                for problem in (
                    of_one(Segment(options.first_comment)) if options.first_comment else ()
                )
            ]
        return problems

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes for media, more for a video; None for texts."""
        return lead_of(draft)

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload the media that are in no status yet and wait until they are processed."""
        rest = draft.segments[len(public_parts(staged)) :]
        media = [one for segment in rest for one in segment.media]
        return await self._uploads.stage(login, media, staged, save, files)

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        """The key that makes a repeat recognisable: ``{"idempotency_key", "planned_at"}``."""
        if "idempotency_key" in staged:
            return staged
        return {**staged, "idempotency_key": key, "planned_at": now.isoformat()}

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The number in ``https://{its server}/@{name}/{number}``."""
        host = urlsplit(owner.server or "").hostname or ""
        found = path_in(link, frozenset({host}), POST_PATH)
        return found["id"] if found and found["whose"].lower() == owner.name else None

    async def register(self, visit: Visit) -> AppKeys:
        """Make Postclock known to the server a person named."""
        return await self._connecting.register(visit)

    def authorize_url(self, way: Way, visit: Visit) -> str:
        """The consent page of that server."""
        return self._connecting.authorize_url(visit)

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """The one account that gave its consent."""
        return [await self._connecting.profile(visit, given)]

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``POST /api/v1/statuses`` for each post of the draft, each under a key of its own."""
        options, segments = chosen(MastodonOptions, draft), draft.segments
        key = staged["idempotency_key"]

        async def send(index: int, before: Sequence[Part]) -> tuple[Receipt, Part]:
            segment, now = segments[index], self._clock.now()
            entries = uploaded("Mastodon", Draft("", segment.media), staged, now)
            parent = str(before[-1]["id"]) if before else None
            asked = body(segment, entries, options, parent)
            receipt = await self._create(login, asked, f"{key}:{index}" if index else key)
            return receipt, {"id": receipt.remote_id, "url": receipt.permalink}

        receipt, sent = await publish_parts(len(segments), staged, save, send)
        if not options.first_comment:
            return receipt
        last = public_parts(sent)[-1]["id"] if public_parts(sent) else receipt.remote_id
        reply = body(Segment(options.first_comment), (), options, str(last))
        return await comment_once(
            receipt, sent, save, lambda: self._create(login, reply, f"{key}:comment")
        )

    async def _create(self, login: Login, asked: Mapping[str, Any], key: str) -> Receipt:
        headers = {**bearer(login), "Idempotency-Key": key}
        with publishing("Mastodon"):
            answer = await self._http.request(
                "POST", url(login, "/api/v1/statuses"), json=asked, headers=headers
            )
        told = answer.json()
        remote_id = word(field(told, "id"))
        if answer.ok and remote_id:
            accepted = instant(field(told, "created_at"))
            return Receipt(remote_id, word(field(told, "url")) or None, accepted)
        answers = WITH_MEDIA if asked.get("media_ids") else ANSWERS
        raise answers.error(answer, login, self._clock.now())

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        """List the account's own statuses for the part in doubt; not there within the key's life
        means Absent."""
        comment, segments = bool(chosen(MastodonOptions, draft).first_comment), draft.segments
        if told := whole(len(segments), staged, comment=comment):
            return told
        if not login.secrets.get("access_token"):
            return CannotTell("This Mastodon account has no login to look with.")
        parts = public_parts(staged)
        parent = str(parts[-1]["id"]) if parts else ""
        wanted = Wanted(segments[len(parts)], parent, since, taken)
        seen = await self._timeline.look(login, wanted)
        planned = instant(staged.get("planned_at"))
        if isinstance(seen, NotSeen) and planned and self._clock.now() - planned < KEY_LIFE:
            return Absent()
        if not isinstance(seen, Found):
            return seen
        entry = {"id": seen.receipt.remote_id, "url": seen.receipt.permalink}
        return await found_part(len(segments), staged, save, entry, seen, comment=comment)

    async def delete(self, login: Login, remote_id: str) -> None:
        """``DELETE /api/v1/statuses/{id}``; 404 says that it is gone already."""
        path = f"/api/v1/statuses/{quote(remote_id, safe='')}"
        with looking("Mastodon"):
            answer = await self._http.request("DELETE", url(login, path), headers=bearer(login))
        if not answer.ok and answer.status != 404:
            raise ANSWERS.error(answer, login, self._clock.now())
