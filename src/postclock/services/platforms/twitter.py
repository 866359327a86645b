"""X, API v2 (contract sheet 1): ``POST /2/tweets``, found again on the account's own timeline.

X knows no idempotency key. After a lost answer the timeline is read; a refusal as duplicate is
evidence that the earlier attempt arrived. A thread goes out post by post, each noted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import BaseModel

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import CannotTell, Found, Receipt, Sighting, Staged, Window
from postclock.services.platforms import twitter_login
from postclock.services.platforms.answers import look_refused, looking, publishing
from postclock.services.platforms.base import Login, Owner
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Save, Segment, unsaved
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.json_reading import field, objects, word
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
from postclock.services.platforms.timeline import oldest_match
from postclock.services.platforms.twitter_answers import ANSWERS, bearer, url, words_of
from postclock.services.platforms.twitter_media import (
    GIFS,
    IMAGES,
    UPLOAD_LIFE,
    VIDEOS,
    MediaUploads,
    lead_for,
)
from postclock.services.platforms.twitter_posts import (
    PAGE,
    PostOptions,
    answers_to,
    body,
    listed,
    option_problems,
    permalink,
    timeline_query,
)
from postclock.services.platforms.uploads import uploaded
from postclock.services.platforms.videos import video_problems
from postclock.services.platforms.weighted import INVALID, LINK_LENGTH, weighted_length

HOSTS = frozenset({"x.com", "twitter.com", "mobile.x.com", "mobile.twitter.com"})
POST_PATH = re.compile(
    r"/(?P<whose>\w{1,15}|i/web)/status/(?P<id>\d{1,19})(?:/(?:photo|video)/\d)?", re.ASCII
)
MAX_WEIGHT = 280
"""A free account's limit; how much more a paying one may write by API is not published."""
THREAD = 25
MAX_PAGES = 5


class Twitter(Client):
    """X (formerly Twitter)."""

    name: ClassVar[str] = "twitter"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label="X",
        base_url="https://api.x.com",
        text=TextLimits(MAX_WEIGHT, "characters", "weighted", url_length=LINK_LENGTH),
        read_lag=timedelta(seconds=15),
        guarded_resend=True,
        images=IMAGES,
        videos=VIDEOS,
        thread=THREAD,
        first_comment=True,
        keeps_uploads=UPLOAD_LIFE,
        quotas=(Window(300, 3 * 3600),),
        hosts={"web": "https://x.com"},
    )
    ways: ClassVar[tuple[Way, ...]] = (twitter_login.WAY,)
    options: ClassVar[type[BaseModel]] = PostOptions
    tunables: ClassVar[Mapping[str, str]] = {"max_characters": str(MAX_WEIGHT), "max_cashtags": "1"}

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        self._uploads = MediaUploads(http, clock)
        most = int(self._tuned["max_characters"])
        self._text = replace(self.capabilities.text, maximum=most)

    def count(self, text: str) -> int:
        """The weighted length of ``text``."""
        return weighted_length(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything X would refuse in ``draft``."""
        options, problems = read_options(PostOptions, draft)
        for i, segment in enumerate(draft.segments):
            place = f"thread.{i - 1}." if i else ""
            problems += [
                replace(one, field=f"{place}{one.field or 'text'}") if place else one
                for one in self._segment_problems(segment)
            ]
        if options:
            problems += option_problems(draft, options, int(self._tuned["max_cashtags"]))
            problems += self._comment_problems(options)
        return problems

    def _segment_problems(self, segment: Segment) -> list[Problem]:
        length, needed = self.count(segment.text), not segment.media
        pictures = [one for one in segment.media if not one.is_video]
        problems = [
            *text_problems("X", segment.text, length, self._text, INVALID, needed=needed),
            *image_problems("X", pictures, IMAGES, moving=GIFS),
            *video_problems("X", segment.media, VIDEOS),
        ]
        if pictures and len(pictures) < len(segment.media):
            message = "X takes a video only by itself: take the pictures out, or the video."
            problems.append(Problem("media_mixed", message, "media"))
        return problems

    def _comment_problems(self, options: PostOptions) -> list[Problem]:
        said = options.first_comment
        if not said:
            return []
        found = text_problems("X", said, self.count(said), self._text, INVALID, needed=False)
        return [replace(one, field="options.first_comment") for one in found]

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes for media, more for a video; None for a text."""
        return lead_for(draft.all_media)

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload the media of every post and say what they show."""
        return await self._uploads.stage(login, draft, staged, save, files)

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The number in ``https://x.com/{handle}/status/{number}``."""
        found = path_in(link, HOSTS, POST_PATH)
        mine = found and found["whose"].lower() in (owner.name, "i/web", "i")
        return found["id"] if found and mine else None

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Whether the access token is missing, or ends within minutes and can be renewed."""
        return not login.secrets.get("access_token") or super().needs_refresh(login, now)

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """A new pair of tokens."""
        return await twitter_login.refreshed(self._http, self._clock, login)

    def authorize_url(self, way: Way, visit: Visit) -> str:
        """X's consent page."""
        return twitter_login.authorize_url(visit)

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """The one account that consented."""
        return await twitter_login.profiles(self._http, self._clock, visit, given)

    def lasting(self, secrets: Mapping[str, str]) -> Lasting:
        """Two hours at a time, renewed ahead."""
        return twitter_login.lasting(secrets)

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``POST /2/tweets`` for each post of the draft, then for its first reply."""
        options, segments = chosen(PostOptions, draft), draft.segments

        async def send(index: int, before: Sequence[Part]) -> tuple[Receipt, Part]:
            segment, now = segments[index], self._clock.now()
            entries = uploaded("X", Draft(segment.text, segment.media), staged, now)
            parent = str(before[-1]["id"]) if before else None
            asked = body(segment, entries, None if before else options, parent)
            receipt = await self._create(login, asked)
            return receipt, {"id": receipt.remote_id, "url": receipt.permalink}

        receipt, sent = await publish_parts(len(segments), staged, save, send)
        if not options.first_comment:
            return receipt
        last = public_parts(sent)[-1]["id"] if public_parts(sent) else receipt.remote_id
        reply = body(Segment(options.first_comment), (), None, str(last))
        return await comment_once(receipt, sent, save, lambda: self._create(login, reply))

    async def _create(self, login: Login, asked: Mapping[str, Any]) -> Receipt:
        with publishing("X"):
            answer = await self._http.request(
                "POST", url(login, "/2/tweets"), json=asked, headers=bearer(login)
            )
        remote_id = word(field(answer.json(), "data", "id"))
        if answer.ok and remote_id:
            return Receipt(remote_id, permalink(login, remote_id))
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
        """Read the account's own timeline since a minute before ``since`` for the part in doubt."""
        comment, segments = bool(chosen(PostOptions, draft).first_comment), draft.segments
        if told := whole(len(segments), staged, comment=comment):
            return told
        parts = public_parts(staged)
        segment = segments[len(parts)]
        parent = str(parts[-1]["id"]) if parts else ""
        seen = await self._look(login, segment, parent, since, taken)
        if not isinstance(seen, Found):
            return seen
        entry = {"id": seen.receipt.remote_id, "url": seen.receipt.permalink}
        return await found_part(len(segments), staged, save, entry, seen, comment=comment)

    async def _look(
        self, login: Login, segment: Segment, parent: str, since: datetime, taken: frozenset[str]
    ) -> Sighting:
        draft, mine = Draft(segment.text, segment.media), []
        page: str | None = None
        for _ in range(MAX_PAGES):
            with looking("X"):
                answer = await self._http.request(
                    "GET",
                    url(login, f"/2/users/{quote(login.remote_id, safe='')}/tweets"),
                    params=timeline_query(since, page),
                    headers=bearer(login),
                )
            told = answer.json()
            if not answer.ok or not isinstance(told, dict):
                return look_refused("X", answer, words_of(answer))
            items = [one for one in objects(told.get("data")) if answers_to(one) == parent]
            mine += [listed(login, one) for one in items]
            page = word(field(told, "meta", "next_token"))
            if not page:
                return oldest_match(mine, draft, since, taken)
        sighting = oldest_match(mine, draft, since, taken)
        if isinstance(sighting, Found):
            return sighting
        return CannotTell(f"X lists more than {PAGE * MAX_PAGES} posts since then.")

    async def delete(self, login: Login, remote_id: str) -> None:
        """``DELETE /2/tweets/{id}``; what is gone already answers ``deleted: false``."""
        path = f"/2/tweets/{quote(remote_id, safe='')}"
        with looking("X"):
            answer = await self._http.request("DELETE", url(login, path), headers=bearer(login))
        if not answer.ok and answer.status != 404:
            raise ANSWERS.error(answer, login, self._clock.now())
