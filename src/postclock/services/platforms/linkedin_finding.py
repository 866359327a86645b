"""Finding one's own post on LinkedIn again (contract sheet 2e).

An organisation's posts are listed. A person's no app may read: there only a refusal as duplicate
tells which post is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from postclock.clock import Clock
from postclock.http import Http
from postclock.scheduler.model import CannotTell, Found, NotSeen, Receipt, Sighting, Staged
from postclock.services.platforms.answers import look_refused, looking
from postclock.services.platforms.base import Login
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.linkedin_answers import (
    author_of,
    is_organization,
    rest,
    url,
    words_of,
)
from postclock.services.platforms.linkedin_posts import PAGE, finder_query, listed, permalink
from postclock.services.platforms.timeline import CLOCK_SKEW, Listed, oldest_match

MAX_PAGES = 10
DUPLICATE = "duplicate"
"""In ``staged``: the post that a refusal as duplicate named, and when: ``{"id", "at"}``."""
PROBE_RESERVE = timedelta(minutes=3)
"""So long before the end of the duplicate window nothing more is begun that relies on it."""
UNREADABLE = (
    "LinkedIn lets no app read a person's posts. Look at the profile's activity: if the post is "
    "there, give its link; if it is not, publish it again."
)


class Finder:
    """Looks for the post in doubt."""

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str]) -> None:
        self._http, self._clock, self._tuned = http, clock, tuned

    async def look(
        self, login: Login, draft: Draft, staged: Staged, since: datetime, taken: frozenset[str]
    ) -> Sighting:
        """The post that was named as the first of two, or that the organisation lists."""
        named = _named(staged, since, taken)
        if not is_organization(login):
            return named or self._unreadable(draft, since)
        listed_one = await self._list(login, draft, since, taken)
        if named and not isinstance(listed_one, Found):
            return await self._confirm(login, named, since)
        return listed_one

    async def _confirm(self, login: Login, named: Found, since: datetime) -> Sighting:
        """``named``, if it is there and not from before: posts that were deleted are named too."""
        with looking("LinkedIn"):
            answer = await self._http.request(
                "GET",
                url(login, "rest", "posts", named.receipt.remote_id),
                headers=rest(login, self._tuned["version"]),
            )
        body = answer.json()
        post = listed(body) if answer.ok and isinstance(body, dict) else None
        if post and post.created_at >= since - CLOCK_SKEW:
            return Found(Receipt(post.remote_id, post.permalink, post.created_at))
        if post or answer.status == 404:
            other = named.receipt.permalink
            return CannotTell(f"LinkedIn calls it a duplicate of another post: {other}")
        return look_refused("LinkedIn", answer, words_of(answer))

    async def _list(
        self, login: Login, draft: Draft, since: datetime, taken: frozenset[str]
    ) -> Sighting:
        headers = {**rest(login, self._tuned["version"]), "X-RestLi-Method": "FINDER"}
        found: list[Listed] = []
        for page in range(MAX_PAGES):
            query = finder_query(author_of(login), page * PAGE)
            with looking("LinkedIn"):
                answer = await self._http.request(
                    "GET", url(login, "rest", "posts", **query), headers=headers
                )
            elements = field(answer.json(), "elements")
            if not answer.ok or not isinstance(elements, list):
                return look_refused("LinkedIn", answer, words_of(answer))
            fresh = [post for one in objects(elements) if (post := listed(one))]
            found += fresh
            older = any(post.created_at < since - CLOCK_SKEW for post in fresh)
            if len(elements) < PAGE or older:
                return oldest_match(found, draft, since, taken)
        sighting = oldest_match(found, draft, since, taken)
        if isinstance(sighting, Found):
            return sighting
        return CannotTell(f"LinkedIn lists more than {PAGE * MAX_PAGES} posts since then.")

    def _unreadable(self, draft: Draft, since: datetime) -> Sighting:
        """A person's post cannot be seen. Where the operator chose to trust the duplicate window,
        the very same request is sent once more inside it: it is refused if the first arrived."""
        window = timedelta(minutes=int(self._tuned["duplicate_minutes"]))
        closes = since + window - PROBE_RESERVE
        same = self._tuned["duplicate_probe"] == "on" and not draft.media
        return NotSeen() if same and self._clock.now() < closes else CannotTell(UNREADABLE)


def _named(staged: Staged, since: datetime, taken: frozenset[str]) -> Found | None:
    """The post that a refusal as duplicate named after the attempt in doubt."""
    noted = staged.get(DUPLICATE)
    remote_id, at = word(field(noted, "id")), instant(field(noted, "at"))
    if not remote_id or at is None or at < since - CLOCK_SKEW or remote_id in taken:
        return None
    return Found(Receipt(remote_id, permalink(remote_id)))
