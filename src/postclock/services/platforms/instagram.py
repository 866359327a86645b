"""Instagram (contract sheet 1): containers made ahead, one call that publishes the finished one.

There are two ways in with one object model: by its own login, or through the account's Page. The
container's id is committed before the publishing call; a container is published once at most.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import Found, Receipt, Sighting, Staged, Window
from postclock.services.platforms.answers import publishing
from postclock.services.platforms.base import (
    Login,
    Owner,
    Refused,
)
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Save, unsaved
from postclock.services.platforms.graph import VERSION, bearer
from postclock.services.platforms.graph_answers import read_error
from postclock.services.platforms.instagram_answers import ANSWERS, LABEL
from postclock.services.platforms.instagram_containers import (
    LIFE,
    Containers,
    Door,
    Shelf,
    token_of,
)
from postclock.services.platforms.instagram_login import (
    AT_LAST,
    BASE_URL,
    BY_ITSELF,
    BY_PAGE,
    HOSTS,
    Connecting,
    authorize_url,
    by_page,
    lasting,
)
from postclock.services.platforms.instagram_looking import Looking
from postclock.services.platforms.instagram_media import (
    IMAGES,
    LEAD,
    LEAD_FOR_VIDEO,
    VIDEOS,
    container_of,
    media_problems,
)
from postclock.services.platforms.instagram_options import (
    MAX_CAPTION,
    PostOptions,
    caption_problems,
    choice_problems,
)
from postclock.services.platforms.instagram_sending import Sending
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

POST_PATH = re.compile(
    r"/(?:(?P<whose>[\w.]{1,30})/)?(?:p|reel|reels|tv)/(?P<id>[\w-]{5,40})"
    r"|/stories/(?P<teller>[\w.]{1,30})/(?P<story>\d{5,25})",
    re.ASCII,
)


class Instagram(Client):
    """A professional Instagram account."""

    name: ClassVar[str] = "instagram"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label=LABEL,
        base_url=BASE_URL,
        text=TextLimits(MAX_CAPTION, "characters", "utf16"),
        read_lag=timedelta(seconds=30),
        guarded_resend=False,
        images=IMAGES,
        videos=VIDEOS,
        mixes=True,
        needs_media=True,
        kinds=("post", "reel", "story"),
        first_comment=True,
        pulls=True,
        quotas=(Window(25, 24 * 3600),),
        keeps_uploads=LIFE,
        hosts=HOSTS,
    )
    ways: ClassVar[tuple[Way, ...]] = (BY_ITSELF, BY_PAGE)
    options: ClassVar[type[BaseModel]] = PostOptions
    tunables: ClassVar[Mapping[str, str]] = {
        "version": VERSION, "max_hashtags": "5", "max_mentions": "20", "max_carousel": "10",
        "max_video_mb": "300", "publish_as": "user_id", "renew_days_ahead": "10",
        "block_hours": "24", "processing_minutes": "15",
    }  # fmt: skip

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        patience = timedelta(minutes=int(self._tuned["processing_minutes"]))
        self._containers = Containers(http, clock, patience)
        self._connecting = Connecting(http, clock, self._tuned["version"])
        block = timedelta(hours=int(self._tuned["block_hours"]))
        self._answers = replace(ANSWERS, block=block)

    # --- what it takes ----------------------------------------------------------------------------

    def count(self, text: str) -> int:
        """UTF-16 units: how Instagram counts is not published, and no other count is higher."""
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    def check(self, draft: Draft) -> list[Problem]:
        """Everything Instagram would refuse in ``draft``."""
        limits, length = self.capabilities.text, self.count(draft.text)
        problems = text_problems(LABEL, draft.text, length, limits, needed=False)
        problems += caption_problems(draft.text, self._tuned)
        if not draft.media:
            message = f"{LABEL} needs a picture or a video: add one."
            problems.append(Problem("media_needed", message, "media"))
        if draft.thread:
            message = f"{LABEL} has no threads: take the further posts out for it."
            problems.append(Problem("thread_refused", message, "thread"))
        options, wrong = read_options(PostOptions, draft)
        story = options is not None and options.kind == "story"
        problems += media_problems(draft.media, self._tuned, story=story)
        return [*problems, *(choice_problems(draft, options) if options else wrong)]

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes for pictures, more for videos."""
        if not draft.media:
            return None
        return LEAD_FOR_VIDEO if any(one.is_video for one in draft.media) else LEAD

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The code in ``https://www.instagram.com/p/{code}/``; whose it is a link need not say."""
        found = path_in(link, frozenset({"instagram.com"}), POST_PATH)
        whose = (found["whose"] or found["teller"] or owner.name) if found else ""
        if not found or whose.lower() not in (owner.name, owner.handle.lower().lstrip("@")):
            return None
        return found["id"] or found["story"]

    # --- logins -----------------------------------------------------------------------------------

    def authorize_url(self, way: Way, visit: Visit) -> str:
        """The consent page of either login."""
        return authorize_url(way, visit, self._tuned["version"])

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """The account that consented, or those of the person's Pages."""
        return await self._connecting.profiles(way, visit, given)

    def lasting(self, secrets: Mapping[str, str]) -> Lasting:
        """60 days, renewed ahead; through a Page for ever."""
        return lasting(secrets, timedelta(days=int(self._tuned["renew_days_ahead"])))

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Only near its very end: until then a post does not wait for a renewal."""
        ends = self.lasting(login.secrets).ends_at
        return ends is not None and now >= ends - AT_LAST

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """A token for 60 more days, or the Page's token anew."""
        token_of(login)
        return await self._connecting.refreshed(login)

    def _door(self, login: Login) -> Door:
        url = login.hosts["graph"] if by_page(login.secrets) else login.base_url
        names = {"me": "me", "id": login.secrets.get("app_scoped_id") or login.remote_id}
        who = login.remote_id
        if not by_page(login.secrets):
            who = names.get(self._tuned["publish_as"], who)
        return Door(f"{url.rstrip('/')}/{self._tuned['version']}", who)

    # --- publishing -------------------------------------------------------------------------------

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Make the containers and wait until they are ready; then see that posts are left."""
        token_of(login)
        door, shelf = self._door(login), Shelf(staged, save, self._clock)
        options = chosen(PostOptions, draft)
        done = await self._containers.stage(login, door, draft, options, shelf, files)
        await self._containers.quota(login, door)
        return done

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``media_publish`` with the container, then the first comment."""
        options = chosen(PostOptions, draft)

        async def send(_index: int, _before: Sequence[Part]) -> tuple[Receipt, Part]:
            entry = container_of(draft, options, staged, self._clock.now())
            receipt = await self._sending(login).published(str(entry["id"]))
            return receipt, {"id": receipt.remote_id, "url": receipt.permalink}

        receipt, sent = await publish_parts(1, staged, save, send)
        if not options.first_comment:
            return receipt
        parts = public_parts(sent)
        number = str(parts[0]["id"]) if parts else receipt.remote_id
        return await comment_once(
            receipt, sent, save, lambda: self._sending(login).comment(number, options.first_comment)
        )

    # --- afterwards -------------------------------------------------------------------------------

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        """Ask the container; what it made of itself is looked up in the account's list."""
        options = chosen(PostOptions, draft)
        comment = bool(options.first_comment)
        if told := whole(1, staged, comment=comment):
            return told
        seen = await self._looking(login).sighting(draft, options, staged, since, taken, save)
        if not isinstance(seen, Found):
            return seen
        entry = {"id": seen.receipt.remote_id, "url": seen.receipt.permalink}
        return await found_part(1, staged, save, entry, seen, comment=comment)

    async def delete(self, login: Login, remote_id: str) -> None:
        """``DELETE /{id}`` through the account's Page; by Instagram Login no app may delete."""
        if not by_page(login.secrets) or not remote_id.isdecimal():
            message = f"{LABEL} lets apps delete only through a Page: delete it in the app."
            raise Refused("delete_unavailable", message)
        door = self._door(login)
        with publishing(LABEL):
            answer = await self._http.request(
                "DELETE", door.at(remote_id), headers=bearer(token_of(login))
            )
        said = read_error(answer)
        gone = said is not None and (said.code, said.subcode) == (100, 33)
        if not answer.ok and not gone:
            raise self._answers.error(answer, login, self._clock.now())

    def _looking(self, login: Login) -> Looking:
        return Looking(self._http, self._clock, self._containers, login, self._door(login))

    def _sending(self, login: Login) -> Sending:
        return Sending(
            self._http, self._clock, self._containers, self._answers, self._looking(login)
        )
