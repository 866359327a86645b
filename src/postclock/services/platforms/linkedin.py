"""LinkedIn, for a person and for an organisation (contract sheet 2): ``POST /rest/posts``.

LinkedIn knows no idempotency key. After a lost answer an organisation's posts are listed; a
person's no app may read. A refusal as duplicate names the post that is there: after a lost answer
it is the one that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import Found, Receipt, Sighting, Staged, Window
from postclock.services.platforms import linkedin_login
from postclock.services.platforms.answers import looking, publishing
from postclock.services.platforms.base import Login, Owner
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Save, unsaved
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.linkedin_answers import (
    ANSWERS,
    author_of,
    refusal,
    rest,
    url,
    words_of,
)
from postclock.services.platforms.linkedin_finding import Finder
from postclock.services.platforms.linkedin_media import (
    IMAGES,
    UPLOAD_LIFE,
    VIDEOS,
    MediaUploads,
    lead_for,
)
from postclock.services.platforms.linkedin_posts import (
    HOSTS,
    POST_PATH,
    PostOptions,
    body,
    media_problems,
    option_problems,
    permalink,
)
from postclock.services.platforms.linkedin_setbacks import kept
from postclock.services.platforms.linkedin_text import little_text, utf16_length
from postclock.services.platforms.options import chosen, read_options
from postclock.services.platforms.parts import (
    Part,
    comment_once,
    found_part,
    publish_parts,
    whole,
)
from postclock.services.platforms.permalinks import path_in
from postclock.services.platforms.text import text_problems
from postclock.services.platforms.uploads import uploaded
from postclock.services.platforms.videos import video_problems

__all__ = ["ANSWERS", "LinkedIn"]

MAX_CHARACTERS = 3000
COMMENT_PAUSES = (1.0, 3.0)
"""Seconds between tries while LinkedIn does not know the new post yet, as it says."""
NOT_THERE_YET = "unable to obtain activity"


class LinkedIn(Client):
    """LinkedIn."""

    name: ClassVar[str] = "linkedin"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label="LinkedIn",
        base_url="https://api.linkedin.com",
        text=TextLimits(MAX_CHARACTERS, "characters", "utf16", required=True),
        read_lag=timedelta(seconds=60),
        guarded_resend=True,
        images=IMAGES,
        videos=VIDEOS,
        first_comment=True,
        quotas=(Window(100, 24 * 3600),),
        keeps_uploads=UPLOAD_LIFE,
        hosts={"web": "https://www.linkedin.com", "oauth": "https://www.linkedin.com"},
    )
    ways: ClassVar[tuple[Way, ...]] = (linkedin_login.MEMBER, linkedin_login.ORGANIZATION)
    options: ClassVar[type[BaseModel]] = PostOptions
    tunables: ClassVar[Mapping[str, str]] = {
        "version": "202609",
        "max_characters": str(MAX_CHARACTERS),
        "max_comment": "1250",
        "link_underscores": "escaped",
        "image_wait": "5",
        "video_wait": "60",
        "duplicate_probe": "off",
        "duplicate_minutes": "10",
        "comment_scopes": "off",
        "posting_roles": "ADMINISTRATOR CONTENT_ADMIN CONTENT_ADMINISTRATOR "
        "DIRECT_SPONSORED_CONTENT_POSTER",
    }

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        self._uploads = MediaUploads(http, clock, self._tuned)
        self._finder = Finder(http, clock, self._tuned)
        self._directory = linkedin_login.Directory(http, clock, self._tuned)
        most = int(self._tuned["max_characters"])
        self._text = replace(self.capabilities.text, maximum=most)

    # --- the draft ------------------------------------------------------------------------------

    def count(self, text: str) -> int:
        """UTF-16 units of the text as it is written here."""
        return utf16_length(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything LinkedIn would refuse in ``draft``."""
        options, problems = read_options(PostOptions, draft)
        pictures = [one for one in draft.media if not one.is_video]
        problems += [
            *text_problems("LinkedIn", draft.text, self.count(draft.text), self._text),
            *image_problems("LinkedIn", pictures, IMAGES),
            *video_problems("LinkedIn", draft.media, VIDEOS),
            *media_problems(draft),
        ]
        if options:
            problems += option_problems(draft, options, int(self._tuned["max_comment"]))
        return problems

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes for pictures, an hour for a video; None for a text."""
        return lead_for(draft.all_media)

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload the media in the author's name and wait until they are processed."""
        return await self._uploads.stage(login, draft, staged, save, files)

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The URN in ``https://www.linkedin.com/feed/update/{urn}/``, or that a ``/posts/`` address
        ends in. Whose post it is, neither says."""
        found = path_in(link, HOSTS, POST_PATH)
        if found is None:
            return None
        return found["urn"] or f"urn:li:{found['kind']}:{found['number']}"

    # --- the login ------------------------------------------------------------------------------

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """A new access token, where LinkedIn gave a refresh token."""
        return await linkedin_login.refreshed(self._http, self._clock, login)

    def authorize_url(self, way: Way, visit: Visit) -> str:
        """LinkedIn's consent page."""
        commenting = self._tuned["comment_scopes"] == "on"
        return linkedin_login.way_out(way, visit, commenting=commenting)

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """The person, or the pages in which they have a role."""
        exchange = linkedin_login.exchange
        secrets, scopes = await exchange(self._http, self._clock, way, visit, given)
        if way.name == linkedin_login.MEMBER.name:
            return [await self._directory.member(visit, secrets, scopes)]
        return await self._directory.organizations(visit, secrets, scopes)

    def lasting(self, secrets: Mapping[str, str]) -> Lasting:
        """Sixty days; renewed ahead where there is a refresh token."""
        return linkedin_login.lasting(secrets)

    # --- the post -------------------------------------------------------------------------------

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``POST /rest/posts``, then its first comment."""
        options = chosen(PostOptions, draft)

        async def send(_index: int, _before: Sequence[Part]) -> tuple[Receipt, Part]:
            entries = uploaded("LinkedIn", draft, staged, self._clock.now())
            bare = self._tuned["link_underscores"] == "bare"
            commentary = little_text(draft.text, bare_underscores=bare)
            asked = body(author_of(login), commentary, draft, entries, options)
            receipt = await self._create(login, asked, staged, save)
            return receipt, {"id": receipt.remote_id, "url": receipt.permalink}

        receipt, sent = await publish_parts(1, staged, save, send)
        if not options.first_comment:
            return receipt
        said = options.first_comment
        return await comment_once(
            receipt, sent, save, lambda: self._comment(login, receipt.remote_id, said)
        )

    async def _create(
        self, login: Login, asked: Mapping[str, Any], staged: Staged, save: Save
    ) -> Receipt:
        with publishing("LinkedIn"):
            answer = await self._http.request(
                "POST", url(login, "rest", "posts"), json=asked, headers=self._headers(login)
            )
        remote_id = answer.headers.get("x-restli-id") or answer.headers.get("x-linkedin-id")
        if answer.ok and remote_id:
            return Receipt(remote_id, permalink(remote_id))
        error = refusal(answer, login, self._clock.now())
        raise await kept(error, answer, staged, save, self._clock.now())

    async def _comment(self, login: Login, remote_id: str, said: str) -> None:
        """A comment is plain text: nothing in it is escaped."""
        to = url(login, "rest", "socialActions", remote_id, "comments")
        asked = {"actor": author_of(login), "object": remote_id, "message": {"text": said}}
        for pause in (*COMMENT_PAUSES, None):
            with publishing("LinkedIn"):
                answer = await self._http.request(
                    "POST", to, json=asked, headers=self._headers(login)
                )
            if answer.ok:
                return
            if pause is None or NOT_THERE_YET not in words_of(answer).lower():
                break
            await self._clock.sleep(pause)
        raise refusal(answer, login, self._clock.now())

    async def delete(self, login: Login, remote_id: str) -> None:
        """``DELETE /rest/posts/{urn}``; what is gone already is no error."""
        with looking("LinkedIn"):
            answer = await self._http.request(
                "DELETE", url(login, "rest", "posts", remote_id), headers=self._headers(login)
            )
        if not answer.ok and answer.status != 404:
            raise refusal(answer, login, self._clock.now())

    def _headers(self, login: Login) -> dict[str, str]:
        return rest(login, self._tuned["version"])

    # --- looking for it -------------------------------------------------------------------------

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        """What a refusal as duplicate named, else an organisation's own posts since then."""
        comment = bool(chosen(PostOptions, draft).first_comment)
        if told := whole(1, staged, comment=comment):
            return told
        seen = await self._finder.look(login, draft, staged, since, taken)
        if not isinstance(seen, Found):
            return seen
        entry = {"id": seen.receipt.remote_id, "url": seen.receipt.permalink}
        return await found_part(1, staged, save, entry, seen, comment=comment)
