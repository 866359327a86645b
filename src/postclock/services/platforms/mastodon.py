"""Mastodon and its kin (contract sheet 4): an Idempotency-Key of our own, good for an hour.

Within that hour a repeat answers with the first status. After it, and whenever a repeat fails,
the account's own statuses are listed and compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import regex

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import Absent, CannotTell, Found, Receipt, Sighting, Staged
from postclock.services.platforms.answers import look_refused, looking, publishing
from postclock.services.platforms.base import Login, LoginRevoked, Owner
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import AppKeys, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Save, unsaved
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.links import find_links
from postclock.services.platforms.markup import readings
from postclock.services.platforms.mastodon_answers import (
    ANSWERS,
    WITH_MEDIA,
    bearer,
    url,
    words_of,
)
from postclock.services.platforms.mastodon_connecting import SERVER, WEB, Connecting
from postclock.services.platforms.mastodon_media import IMAGES, LEAD, UPLOAD_LIFE, MediaUploads
from postclock.services.platforms.permalinks import path_in
from postclock.services.platforms.text import graphemes, text_problems
from postclock.services.platforms.timeline import CLOCK_SKEW, Listed, oldest_match
from postclock.services.platforms.uploads import uploaded

POST_PATH = re.compile(
    r"/(?:(?:web/|deck/)?@|users/)(?P<whose>[\w.-]+)/(?:statuses/)?(?P<id>\d{1,19})", re.ASCII
)
MAX_CHARACTERS = 500
"""The default; a server may allow more (``configuration.statuses.max_characters``)."""
LINK_LENGTH = 23
KEY_LIFE = timedelta(minutes=50)
"""How long after planning a repeat is certainly recognised: the server's hour, less a margin."""
PAGE = 40
MAX_PAGES = 5

_REMOTE_MENTION = regex.compile(r"(?<![=/\w])@(\w++(?:[.-]++\w++)*+)@[\w-]++(?:\.[\w-]++)++")


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
        keeps_uploads=UPLOAD_LIFE,
        hosts={WEB: ""},
    )
    ways: ClassVar[tuple[Way, ...]] = (SERVER,)

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        self._uploads = MediaUploads(http, clock)
        self._connecting = Connecting(http)

    def count(self, text: str) -> int:
        """Grapheme clusters; a link with a scheme is 23, a remote mention its local part."""
        total = at = 0
        for link in find_links(text):
            if link.scheme:
                total += _plain_length(text[at : link.start]) + LINK_LENGTH
                at = link.end
        return total + _plain_length(text[at:])

    def check(self, draft: Draft) -> list[Problem]:
        """Everything a server with the default limits would refuse in ``draft``."""
        limits = self.capabilities.text
        length, needed = self.count(draft.text), not draft.media
        return [
            *text_problems("Mastodon", draft.text, length, limits, needed=needed),
            *image_problems("Mastodon", draft.media, IMAGES, moving=IMAGES),
        ]

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes for pictures; None for a text."""
        return LEAD if draft.media else None

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload the pictures and wait until they are processed."""
        return await self._uploads.stage(login, draft, staged, save, files)

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

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Never: a token does not expire."""
        return False

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """Always LoginRevoked: a token does not expire, and nothing renews it (sheet 4a)."""
        raise LoginRevoked("login_revoked", "Mastodon no longer accepts this login: connect again.")

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
        """``POST /api/v1/statuses`` under the planned key."""
        headers = {**bearer(login), "Idempotency-Key": staged["idempotency_key"]}
        entries = uploaded("Mastodon", draft, staged, self._clock.now())
        media = {"media_ids": [entry["id"] for entry in entries]} if entries else {}
        with publishing("Mastodon"):
            answer = await self._http.request(
                "POST",
                url(login, "/api/v1/statuses"),
                json={"status": draft.text, **media},
                headers=headers,
            )
        body = answer.json()
        remote_id = word(field(body, "id"))
        if answer.ok and remote_id:
            accepted = instant(field(body, "created_at"))
            return Receipt(remote_id, word(field(body, "url")) or None, accepted)
        answers = WITH_MEDIA if entries else ANSWERS
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
        """List the account's own statuses; not there within the key's life means Absent."""
        if not login.secrets.get("access_token"):
            return CannotTell("This Mastodon account has no login to look with.")
        listed: list[Listed] = []
        for _ in range(MAX_PAGES):
            with looking("Mastodon"):
                answer = await self._http.request(
                    "GET",
                    url(login, f"/api/v1/accounts/{quote(login.remote_id, safe='')}/statuses"),
                    params=_listing_query(listed),
                    headers=bearer(login),
                )
            page = answer.json()
            if answer.status == 401:
                return CannotTell(f"Mastodon does not let us look: {words_of(answer)[:200]}")
            if not answer.ok or not isinstance(page, list):
                return look_refused("Mastodon", answer, words_of(answer))
            fresh = [post for item in objects(page) if (post := _listed(item))]
            listed += fresh
            if not fresh or fresh[-1].created_at < since - CLOCK_SKEW:
                return self._sighting(listed, draft, staged, since, taken)
        sighting = self._sighting(listed, draft, staged, since, taken)
        if isinstance(sighting, Found):
            return sighting
        return CannotTell(f"Mastodon lists more than {PAGE * MAX_PAGES} posts since then.")

    def _sighting(
        self,
        listed: list[Listed],
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
    ) -> Sighting:
        shown = replace(draft, text=_without_domains(draft.text))
        sighting = oldest_match(listed, shown, since, taken)
        if isinstance(sighting, Found):
            return sighting
        planned = instant(staged.get("planned_at"))
        if planned and self._clock.now() - planned < KEY_LIFE:
            return Absent()
        return sighting


def _plain_length(text: str) -> int:
    return graphemes(_without_domains(text))


def _without_domains(text: str) -> str:
    """``text`` as servers show and count it: of a remote mention only the local part."""
    return _REMOTE_MENTION.sub(r"@\1", text)


def _listing_query(listed: list[Listed]) -> dict[str, str]:
    query = {"limit": str(PAGE), "exclude_reblogs": "true"}
    return {**query, "max_id": listed[-1].remote_id} if listed else query


def _listed(item: Mapping[str, Any]) -> Listed | None:
    remote_id, created = word(item.get("id")), instant(item.get("created_at"))
    if not remote_id or created is None:
        return None
    texts = tuple(_without_domains(text) for text in readings(word(item.get("content"))))
    media = len(objects(item.get("media_attachments")))
    return Listed(remote_id, word(item.get("url")), created, texts, media)
