"""Whether a post arrived on Instagram (contract sheet 1.e): its container tells, a list says where.

A container is published once at most. What it does not say is which post came of it: that is the
one with the same caption in the account's list of posts or stories.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, HttpFailure, Response
from postclock.scheduler.model import Absent, Found, Pending, Receipt, Sighting, Staged
from postclock.services.platforms.answers import looking
from postclock.services.platforms.base import Login, LoginExpired
from postclock.services.platforms.drafting import Draft, Save
from postclock.services.platforms.graph import ENDED, bearer, same_host
from postclock.services.platforms.graph_answers import usage
from postclock.services.platforms.instagram_answers import LABEL
from postclock.services.platforms.instagram_containers import Containers, Door, Shelf, token_of
from postclock.services.platforms.instagram_media import CONTAINER
from postclock.services.platforms.instagram_options import PostOptions, shape
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.timeline import CLOCK_SKEW, Listed, oldest_match
from postclock.services.platforms.uploads import KEY

FIELDS = "id,caption,timestamp,permalink,media_type,media_product_type"
PAGE = 25
MOST_PAGES = 4
SETTLING = timedelta(seconds=10)
"""So long after an attempt its container may still change."""
LISTED_AFTER = timedelta(minutes=10)
"""What is published and not listed by then is taken as published all the same."""
BUSY = 80
"""From this share of the call budget on (percent), what need not be asked is not."""
NOWHERE = "Instagram says that it is published, and does not list it: look at the profile."


@dataclass(frozen=True, slots=True)
class Looking:
    """Asks about posts of one account."""

    http: Http
    clock: Clock
    containers: Containers
    login: Login
    door: Door

    async def sighting(
        self,
        draft: Draft,
        options: PostOptions,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save,
    ) -> Sighting:
        """What the container says of itself, and the list of where it is."""
        number = word(field(staged.get(KEY, {}), CONTAINER, "id"))
        if not number:
            return Absent()  # without one nothing was published
        now = self.clock.now()
        with looking(LABEL):
            status = await self.containers.status(self.login, self.door, number)
        match status.code:
            case "FINISHED" if now < since + SETTLING:
                return Pending(f"{LABEL} may still be taking it.")
            case "FINISHED":
                return Absent()
            case "ERROR" | "EXPIRED":
                await Shelf(staged, save, self.clock).keep(CONTAINER, {})
                return Absent()
            case "IN_PROGRESS":
                return Pending(f"{LABEL} is still preparing it.")
        if (said := status.error) and said.code in ENDED:
            raise LoginExpired("login_expired", f"{LABEL} asks for a fresh login.")
        found = await self._in_list(draft, options, since, taken)
        if isinstance(found, Found):
            return found
        if status.code != "PUBLISHED":
            return Pending(f"{LABEL} does not say for now whether it is published.")
        if now < since + LISTED_AFTER:
            return Pending(f"{LABEL} published it and does not list it yet.")
        return Found(Receipt(number, self.profile, note=NOWHERE))

    async def _in_list(
        self, draft: Draft, options: PostOptions, since: datetime, taken: frozenset[str]
    ) -> Sighting:
        kind = shape(draft, options)
        what = "stories" if kind == "story" else "media"
        query = {"fields": FIELDS, "limit": str(PAGE)}
        if what == "media":
            query["since"] = str(int((since - CLOCK_SKEW).timestamp()))
        listed: list[Listed] = []
        url = self.door.at(f"{self.door.who}/{what}")
        for _ in range(MOST_PAGES):
            with looking(LABEL):
                answer = await self._get(url, query)
            body = answer.json()
            items = [_listed(item, draft, kind) for item in objects(field(body, "data"))]
            listed += [one for one in items if one]
            url, query = word(field(body, "paging", "next")), {}
            if not answer.ok or not url or not same_host(url, self.door.url):
                break
        return oldest_match(listed, draft, since, taken)

    async def shown(self, media_id: str, told: Response) -> Receipt:
        """The receipt of what was published just now; where it is shown is asked for softly."""
        fallback = Receipt(media_id, self.profile)
        if usage(told.headers) >= BUSY:
            return fallback
        try:
            answer = await self._get(
                self.door.at(media_id), {"fields": "id,permalink,shortcode,timestamp"}
            )
        except HttpFailure:
            return fallback
        body = answer.json() if answer.ok else None
        link = word(field(body, "permalink")) or self.profile
        return Receipt(media_id, link, instant(field(body, "timestamp")))

    @property
    def profile(self) -> str:
        """Where the account is shown."""
        return f"https://www.instagram.com/{self.login.handle.removeprefix('@')}"

    async def _get(self, url: str, query: Mapping[str, str]) -> Response:
        headers = bearer(token_of(self.login))
        return await self.http.request("GET", url, params=query, headers=headers)


TYPES = {"image": {"IMAGE"}, "reel": {"VIDEO"}, "story": {"IMAGE", "VIDEO"}}


def _listed(item: Mapping[str, Any], draft: Draft, kind: str) -> Listed | None:
    number, made = word(item.get("id")), instant(item.get("timestamp"))
    if not number or made is None:
        return None
    shown = word(item.get("media_type"))
    fits = not shown or shown in TYPES.get(kind, {"CAROUSEL_ALBUM"})
    texts = ("",) if kind == "story" else (word(item.get("caption")),)
    count = len(draft.media) if fits else -1
    return Listed(number, word(item.get("permalink")), made, texts, count)
