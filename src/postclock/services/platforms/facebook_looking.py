"""Whether a Facebook Page's post is there (contract sheet 2.e): by its video, story or list."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, HttpFailure, Response
from postclock.scheduler.model import (
    Absent,
    CannotTell,
    Declined,
    Found,
    NotSeen,
    Pending,
    Receipt,
    Sighting,
    Staged,
)
from postclock.services.platforms.answers import looking
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    NotPublished,
    OutcomeUnknown,
)
from postclock.services.platforms.drafting import Draft, Save
from postclock.services.platforms.facebook_answers import LABEL, MISSING, signed
from postclock.services.platforms.facebook_media import Place
from postclock.services.platforms.facebook_posts import (
    LIST_FIELDS,
    Shown,
    permalink,
    reaches_back,
    shown_in,
    sighting_in,
    story_in,
)
from postclock.services.platforms.facebook_sending import FINISHED
from postclock.services.platforms.facebook_states import STATUS, VideoState, read_state
from postclock.services.platforms.graph_answers import GraphTable, read_error, words_of
from postclock.services.platforms.json_reading import field, objects, word
from postclock.services.platforms.timeline import CLOCK_SKEW
from postclock.services.platforms.uploads import KEY, Entry

PAGE = 25
MAX_PAGES = 5
AHEAD = timedelta(days=1)
"""How far past now stories are listed: their time may be of a clock that is ahead."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What is looked for: sent since ``since``; posts in ``taken`` are others'."""

    login: Login
    draft: Draft
    staged: Staged
    since: datetime
    taken: AbstractSet[str]

    @property
    def entries(self) -> list[Entry]:
        """What stands for each file, as far as it is known."""
        known = self.staged.get(KEY, {})
        return [known.get(str(media.id), {}) for media in self.draft.media]


class Looks:
    """Looks at what Facebook shows."""

    def __init__(
        self, http: Http, clock: Clock, version: str, answers: GraphTable, read_lag: timedelta
    ) -> None:
        self._http, self._clock, self._version = http, clock, version
        self._answers, self._read_lag = answers, read_lag

    async def find(self, sent: Sent, kind: str, save: Save) -> Sighting:
        """Look where what was sent would be."""
        if not sent.login.secrets.get("access_token"):
            return CannotTell("This Page has no login to look with.")
        if not all(entry.get("id") for entry in sent.entries):
            return Absent()  # without its uploads nothing can have been sent
        if kind == "story":
            return await self._story(sent)
        if any(media.is_video for media in sent.draft.media):
            return await self._video(sent, save)
        return await self._listed(sent)

    # --- videos -----------------------------------------------------------------------------------

    async def _video(self, sent: Sent, save: Save) -> Sighting:
        video_id = str(sent.entries[0]["id"])
        answer = await self._asked(sent, video_id, {"fields": STATUS})
        if isinstance(answer, CannotTell):
            return answer
        state = read_state(answer.json())
        if state.public:
            url = permalink(video_id, state.url, "/reel")
            return Found(Receipt(video_id, url)) if video_id not in sent.taken else NotSeen()
        if state.failed or state.expired:
            await save({**sent.staged, KEY: {}})  # another try brings it up anew
            return Declined(state.problem) if state.failed else Absent()
        return self._unpublished(sent, state, video_id)

    def _unpublished(self, sent: Sent, state: VideoState, video_id: str) -> Sighting:
        if state.under_way or sent.staged.get(FINISHED) == video_id:
            return Pending("Facebook still works on the video.")
        if self._clock.now() < sent.since + self._read_lag:
            return Pending("Facebook may not show yet that it publishes the video.")
        return Absent()

    async def post_of_video(self, login: Login, video_id: str) -> str:
        """The post that shows a video, for comments; the video itself where none is told."""
        try:
            answer = await self._get(login, video_id, {"fields": "post_id"})
        except HttpFailure:
            return video_id
        post_id = word(field(answer.json(), "post_id")) if answer.ok else ""
        if not post_id:
            return video_id
        return post_id if "_" in post_id else f"{login.remote_id}_{post_id}"

    # --- lists ------------------------------------------------------------------------------------

    async def _story(self, sent: Sent) -> Sighting:
        since, until = sent.since - CLOCK_SKEW, self._clock.now() + AHEAD
        query = {
            "status": "PUBLISHED", "since": str(int(since.timestamp())),
            "until": str(int(until.timestamp())),
        }  # fmt: skip
        answer = await self._asked(sent, f"{sent.login.remote_id}/stories", query)
        if isinstance(answer, CannotTell):
            return answer
        listed = objects(field(answer.json(), "data"))
        return story_in(listed, sent.entries[0], sent.taken) or NotSeen()

    async def _listed(self, sent: Sent) -> Sighting:
        posts: list[Shown] = []
        query = {"fields": LIST_FIELDS, "limit": str(PAGE)}
        for _ in range(MAX_PAGES):
            answer = await self._asked(sent, f"{sent.login.remote_id}/published_posts", query)
            if isinstance(answer, CannotTell):
                return answer
            body = answer.json()
            posts += shown_in(objects(field(body, "data")))
            after = word(field(body, "paging", "cursors", "after"))
            more = word(field(body, "paging", "next")) and after
            if not more or reaches_back(posts, sent.since):
                return self._among(sent, posts)
            query = {**query, "after": after}
        sighting = self._among(sent, posts)
        if isinstance(sighting, Found):
            return sighting
        return CannotTell(f"Facebook lists more than {PAGE * MAX_PAGES} posts since then.")

    def _among(self, sent: Sent, posts: list[Shown]) -> Sighting:
        return sighting_in(posts, sent.draft, sent.entries, sent.since, sent.taken)

    # --- requests ---------------------------------------------------------------------------------

    async def _asked(
        self, sent: Sent, path: str, query: Mapping[str, str]
    ) -> Response | CannotTell:
        """An answer that can be read; raises LoginExpired, or OutcomeUnknown for a later look."""
        with looking(LABEL):
            answer = await self._get(sent.login, path, query)
        body: Any = answer.json()
        if answer.ok and isinstance(body, dict) and "error" not in body:
            return answer
        error = self._answers.upload_error(answer, sent.login, self._clock.now())
        said = read_error(answer)
        glitch = said is None or (said.code, said.subcode) == MISSING
        if glitch or isinstance(error, NotPublished):
            message = f"Facebook could not be asked: {words_of(answer) or answer.status}"
            raise OutcomeUnknown("look_failed", message, answered=True)
        if isinstance(error, LoginExpired):
            raise error
        return CannotTell(f"Facebook does not let us look: {error}")

    async def _get(self, login: Login, path: str, query: Mapping[str, str]) -> Response:
        return await self._http.request(
            "GET", Place(login, self._version).graph(path), params=query, headers=signed(login)
        )
