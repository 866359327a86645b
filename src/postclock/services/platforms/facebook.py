"""Facebook Pages (contract sheet 2): unpublished uploads first, then the one call that publishes.

Facebook knows no idempotency key. After a lost answer a post is found by the photos it shows, or by
its words and time; a video by the id that it had before it was published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import Found, Receipt, Sighting, Staged
from postclock.services.platforms.answers import looking
from postclock.services.platforms.base import Login, Owner
from postclock.services.platforms.capabilities import Capabilities
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Save, unsaved
from postclock.services.platforms.facebook_answers import (
    ANSWERS,
    LABEL,
    MISSING,
    WITH_MEDIA,
    signed,
)
from postclock.services.platforms.facebook_login import (
    MORE_SCOPES,
    NO_MORE,
    WAY,
    page_profiles,
    page_secrets,
    with_more,
)
from postclock.services.platforms.facebook_looking import Looks, Sent
from postclock.services.platforms.facebook_media import UPLOAD_LIFE, MediaUploads, Place, lead_of
from postclock.services.platforms.facebook_options import (
    IMAGES,
    TEXT,
    TUNABLES,
    VIDEOS,
    FacebookOptions,
    problems_of,
)
from postclock.services.platforms.facebook_posts import post_in
from postclock.services.platforms.facebook_sending import Sender
from postclock.services.platforms.graph import BYTES, GRAPH, LOGIN_PAGE, VERSION, Graph, login_url
from postclock.services.platforms.graph_answers import read_error
from postclock.services.platforms.options import chosen
from postclock.services.platforms.parts import (
    Part,
    comment_once,
    found_part,
    public_parts,
    publish_parts,
    whole,
)

VIDEO_HOST = "https://graph-video.facebook.com"


class Facebook(Client):
    """Facebook Pages."""

    name: ClassVar[str] = "facebook"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label=LABEL,
        base_url=GRAPH,
        text=TEXT,
        read_lag=timedelta(seconds=30),
        guarded_resend=True,
        images=IMAGES,
        videos=VIDEOS,
        kinds=("post", "reel", "story"),
        first_comment=True,
        keeps_uploads=UPLOAD_LIFE,
        hosts={"web": LOGIN_PAGE, "video": VIDEO_HOST, "rupload": BYTES},
    )
    ways: ClassVar[tuple[Way, ...]] = (WAY,)
    options: ClassVar[type[BaseModel]] = FacebookOptions
    tunables: ClassVar[Mapping[str, str]] = {
        "version": VERSION, **TUNABLES, "block_hours": "24", MORE_SCOPES: NO_MORE,
    }  # fmt: skip

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        block = timedelta(hours=int(self._tuned["block_hours"]))
        self._version, self._answers = self._tuned["version"], replace(ANSWERS, block=block)
        with_media = replace(WITH_MEDIA, block=block)
        self._uploads = MediaUploads(http, clock, self._version)
        self._sender = Sender(http, clock, self._version, self._answers, with_media)
        lag = self.capabilities.read_lag
        self._looks = Looks(http, clock, self._version, self._answers, lag)

    # --- what may be sent -------------------------------------------------------------------------

    def count(self, text: str) -> int:
        """Code points."""
        return len(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything Facebook would refuse in ``draft``."""
        return problems_of(draft, self._tuned)

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The id in the address of a post, a reel, a video or a story."""
        return post_in(link, owner)

    # --- publishing -------------------------------------------------------------------------------

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes for pictures and more for a video; None for a text."""
        return lead_of(draft)

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload pictures unpublished and videos unfinished: nothing of it is public."""
        kind = chosen(FacebookOptions, draft).kind
        return await self._uploads.stage(login, draft, staged, save, files, kind)

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``POST /{page}/feed``, or what finishes a video or a story; then the first comment."""
        choice = chosen(FacebookOptions, draft)

        async def send(_index: int, _before: object) -> tuple[Receipt, Part]:
            return await self._sender.send(login, draft, choice, staged, save)

        receipt, so_far = await publish_parts(1, staged, save, send)
        if not choice.first_comment:
            return receipt

        async def comment() -> None:
            post_id = receipt.remote_id
            if any(media.is_video for media in draft.media):
                post_id = await self._looks.post_of_video(login, post_id)
            await self._sender.comment(login, post_id, choice.first_comment)

        return await comment_once(receipt, so_far, save, comment)

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        """The video by its id, the story by what it shows, all else in the Page's list of posts."""
        choice = chosen(FacebookOptions, draft)
        comment = bool(choice.first_comment)
        if public_parts(staged) and (known := whole(1, staged, comment=comment)):
            return known
        sent = Sent(login, draft, staged, since, taken)
        sighting = await self._looks.find(sent, choice.kind, save)
        if not isinstance(sighting, Found):
            return sighting
        entry = {"id": sighting.receipt.remote_id, "url": sighting.receipt.permalink}
        return await found_part(1, staged, save, entry, sighting, comment=comment)

    async def delete(self, login: Login, remote_id: str) -> None:
        """``DELETE /{id}`` of a post, a video or a story."""
        url = Place(login, self._version).graph(remote_id)
        with looking(LABEL):
            answer = await self._http.request("DELETE", url, headers=signed(login))
        said = read_error(answer)
        gone = said is not None and (said.code, said.subcode) == MISSING
        if not answer.ok and not gone:
            raise self._answers.error(answer, login, self._clock.now())

    # --- connecting -------------------------------------------------------------------------------

    def authorize_url(self, way: Way, visit: Visit) -> str:
        """Facebook Login's consent page."""
        wanted = with_more(way, self._tuned[MORE_SCOPES])
        return login_url(visit.hosts["web"], self._version, wanted, visit)

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """The Pages of whoever consented, each with a token of its own that has no end."""
        graph = Graph(self._http, LABEL, visit.base_url, self._version)
        return await page_profiles(graph, visit, given, self._clock.now())

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """A Page's token has no end; one that is no longer good is asked for anew."""
        graph = Graph(self._http, LABEL, login.base_url, self._version)
        return await page_secrets(graph, login)
