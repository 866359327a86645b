"""What an account has posted on Mastodon, and how it counts and shows a text (sheet 4c, 4e)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import regex

from postclock.http import Http
from postclock.scheduler.model import CannotTell, Found, NotSeen
from postclock.services.platforms.answers import look_refused, looking
from postclock.services.platforms.base import Login
from postclock.services.platforms.drafting import Draft, Segment
from postclock.services.platforms.json_reading import instant, objects, word
from postclock.services.platforms.links import find_links
from postclock.services.platforms.markup import readings
from postclock.services.platforms.mastodon_answers import bearer, url, words_of
from postclock.services.platforms.text import graphemes
from postclock.services.platforms.timeline import CLOCK_SKEW, Listed, oldest_match

LINK_LENGTH = 23
PAGE = 40
MAX_PAGES = 5

_REMOTE_MENTION = regex.compile(r"(?<![=/\w])@(\w++(?:[.-]++\w++)*+)@[\w-]++(?:\.[\w-]++)++")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A status in doubt: what it says, what it answers (empty: nothing), since when, and which ids
    belong to others."""

    segment: Segment
    parent: str
    since: datetime
    taken: frozenset[str]


class Timeline:
    """Reads an account's own statuses."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def look(self, login: Login, wanted: Wanted) -> Found | NotSeen | CannotTell:
        """The oldest status that fits; raises OutcomeUnknown when a later look may succeed."""
        listed: list[tuple[str, Listed]] = []
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
            if not fresh or fresh[-1][1].created_at < wanted.since - CLOCK_SKEW:
                return _match(listed, wanted)
        sighting = _match(listed, wanted)
        if isinstance(sighting, Found):
            return sighting
        return CannotTell(f"Mastodon lists more than {PAGE * MAX_PAGES} posts since then.")


def counted(text: str) -> int:
    """Grapheme clusters; a link with a scheme is 23, a remote mention its local part."""
    total = at = 0
    for link in find_links(text):
        if link.scheme:
            total += graphemes(_without_domains(text[at : link.start])) + LINK_LENGTH
            at = link.end
    return total + graphemes(_without_domains(text[at:]))


def _match(listed: list[tuple[str, Listed]], wanted: Wanted) -> Found | NotSeen:
    shown = Draft(_without_domains(wanted.segment.text), wanted.segment.media)
    answering = [post for parent, post in listed if parent == wanted.parent]
    return oldest_match(answering, shown, wanted.since, wanted.taken)


def _without_domains(text: str) -> str:
    """``text`` as servers show and count it: of a remote mention only the local part."""
    return _REMOTE_MENTION.sub(r"@\1", text)


def _listing_query(listed: list[tuple[str, Listed]]) -> dict[str, str]:
    query = {"limit": str(PAGE), "exclude_reblogs": "true"}
    return {**query, "max_id": listed[-1][1].remote_id} if listed else query


def _listed(item: Mapping[str, Any]) -> tuple[str, Listed] | None:
    """The id of what a status answers (empty: nothing), and the status."""
    remote_id, created = word(item.get("id")), instant(item.get("created_at"))
    if not remote_id or created is None:
        return None
    texts = tuple(_without_domains(text) for text in readings(word(item.get("content"))))
    media = len(objects(item.get("media_attachments")))
    post = Listed(remote_id, word(item.get("url")), created, texts, media)
    return word(item.get("in_reply_to_id")), post
