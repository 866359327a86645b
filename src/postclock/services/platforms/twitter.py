"""X, API v2 (contract sheet 1): ``POST /2/tweets``, found again on the account's own timeline.

X knows no idempotency key. After a lost answer the timeline is read; a refusal as duplicate is
evidence that the earlier attempt arrived.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http, Response
from postclock.scheduler.model import CannotTell, Found, Receipt, Sighting, Staged, Window
from postclock.services.platforms.answers import (
    look_refused,
    looking,
    publishing,
    signing_in,
)
from postclock.services.platforms.base import Login, LoginRevoked, NotPublished, Owner, RateLimited
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.drafting import Draft, Files, Save, unsaved
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.json_reading import field, instant, objects, word, words
from postclock.services.platforms.permalinks import path_in
from postclock.services.platforms.text import text_problems
from postclock.services.platforms.timeline import CLOCK_SKEW, Listed, oldest_match
from postclock.services.platforms.twitter_answers import (
    ANSWERS,
    bearer,
    free_at,
    url,
    words_of,
)
from postclock.services.platforms.twitter_media import (
    GIFS,
    IMAGES,
    LEAD,
    UPLOAD_LIFE,
    MediaUploads,
    without_media_links,
)
from postclock.services.platforms.uploads import Entry, uploaded
from postclock.services.platforms.weighted import INVALID, LINK_LENGTH, weighted_length

HOSTS = frozenset({"x.com", "twitter.com", "mobile.x.com", "mobile.twitter.com"})
POST_PATH = re.compile(
    r"/(?P<whose>\w{1,15}|i/web)/status/(?P<id>\d{1,19})(?:/(?:photo|video)/\d)?", re.ASCII
)
MAX_WEIGHT = 280
"""Every account's limit; how much more a paying one may write by API is not published."""
TOKEN_LIFE = 7200
"""Seconds an access token lasts, where the answer does not say."""
AHEAD = timedelta(minutes=2)
"""How long before its end a token is renewed."""
FIELDS = "tweet.fields"
"""X's documentation names the parameter so; its OpenAPI 2.167 calls it ``post.fields``."""
PAGE = 100
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
        keeps_uploads=UPLOAD_LIFE,
        quotas=(Window(300, 3 * 3600),),
    )

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        super().__init__(http, clock, tuned)
        self._uploads = MediaUploads(http, clock)

    def count(self, text: str) -> int:
        """The weighted length of ``text``."""
        return weighted_length(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything X would refuse in ``draft``."""
        limits = self.capabilities.text
        length, needed = self.count(draft.text), not draft.media
        return [
            *text_problems("X", draft.text, length, limits, INVALID, needed=needed),
            *image_problems("X", draft.media, IMAGES, moving=GIFS),
        ]

    def lead(self, draft: Draft) -> timedelta | None:
        """Minutes for pictures; None for a text."""
        return LEAD if draft.media else None

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload the pictures and say what they show."""
        return await self._uploads.stage(login, draft, staged, save, files)

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        """Nothing: X lets a client choose nothing that would make a repeat recognisable."""
        return staged

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The number in ``https://x.com/{handle}/status/{number}``."""
        found = path_in(link, HOSTS, POST_PATH)
        mine = found and found["whose"].lower() in (owner.name, "i/web", "i")
        return found["id"] if found and mine else None

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Whether the access token is missing, or ends within minutes and can be renewed."""
        if not login.secrets.get("access_token"):
            return True
        ends = instant(login.secrets.get("expires_at"))
        return ends is not None and now >= ends - AHEAD and "refresh_token" in login.secrets

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """A new pair of tokens; the old refresh token works only this once (sheet 1a)."""
        token = login.secrets.get("refresh_token")
        if not token:
            raise LoginRevoked("login_revoked", "X asks for a fresh login: connect it again.")
        form = {"grant_type": "refresh_token", "refresh_token": token}
        headers = {}
        client, secret = login.secrets.get("client_id"), login.secrets.get("client_secret")
        if client and secret:
            headers["Authorization"] = _basic(client, secret)
        elif client:
            form["client_id"] = client
        with signing_in("X"):
            answer = await self._http.request(
                "POST", url(login, "/2/oauth2/token"), form=form, headers=headers
            )
        return self._new_secrets(login, answer)

    def _new_secrets(self, login: Login, answer: Response) -> Mapping[str, str]:
        tokens = answer.json()
        access = word(field(tokens, "access_token"))
        if answer.ok and access:
            refresh = word(field(tokens, "refresh_token")) or login.secrets["refresh_token"]
            lasting = field(tokens, "expires_in")
            span = lasting if isinstance(lasting, int) else TOKEN_LIFE
            ends = self._clock.now() + timedelta(seconds=span)
            fresh = {"access_token": access, "refresh_token": refresh}
            return {**login.secrets, **fresh, "expires_at": ends.isoformat()}
        if word(field(tokens, "error")) in {"invalid_request", "invalid_grant"}:
            raise LoginRevoked("login_revoked", "X no longer accepts this login: connect it again.")
        if answer.status == 429:
            until = free_at(answer.headers, self._clock.now())
            raise RateLimited("rate_limited", "X takes no more logins for now.", until=until)
        raise NotPublished("not_signed_in", f"X did not renew the login (HTTP {answer.status}).")

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``POST /2/tweets``; the answer carries the id."""
        body = _body(draft, uploaded("X", draft, staged, self._clock.now()))
        with publishing("X"):
            answer = await self._http.request(
                "POST", url(login, "/2/tweets"), json=body, headers=bearer(login)
            )
        remote_id = word(field(answer.json(), "data", "id"))
        if answer.ok and remote_id:
            return Receipt(remote_id, _permalink(login, remote_id))
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
        """Read the account's own timeline since a minute before ``since``."""
        page: str | None = None
        listed: list[Listed] = []
        for _ in range(MAX_PAGES):
            with looking("X"):
                answer = await self._http.request(
                    "GET",
                    url(login, f"/2/users/{quote(login.remote_id, safe='')}/tweets"),
                    params=_timeline_query(since, page),
                    headers=bearer(login),
                )
            body = answer.json()
            if not answer.ok or not isinstance(body, dict):
                return look_refused("X", answer, words_of(answer))
            listed += [_listed(login, item) for item in objects(body.get("data"))]
            page = word(field(body, "meta", "next_token"))
            if not page:
                return oldest_match(listed, draft, since, taken)
        sighting = oldest_match(listed, draft, since, taken)
        if isinstance(sighting, Found):
            return sighting
        return CannotTell(f"X lists more than {PAGE * MAX_PAGES} posts since then.")


def _body(draft: Draft, entries: Sequence[Entry]) -> dict[str, Any]:
    """What ``POST /2/tweets`` is sent; a text may be missing where there are pictures."""
    if not entries:
        return {"text": draft.text}
    media = {"media": {"media_ids": [entry["id"] for entry in entries]}}
    return {"text": draft.text, **media} if draft.text else media


def _timeline_query(since: datetime, page: str | None) -> dict[str, str]:
    start = (since - CLOCK_SKEW).astimezone(UTC)
    query = {
        "max_results": str(PAGE),
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        FIELDS: "created_at,entities,attachments",
    }
    return {**query, "pagination_token": page} if page else query


def _listed(login: Login, item: Mapping[str, Any]) -> Listed:
    remote_id = word(item.get("id"))
    return Listed(
        remote_id=remote_id,
        permalink=_permalink(login, remote_id),
        created_at=instant(item.get("created_at")) or datetime.min.replace(tzinfo=UTC),
        texts=(_as_written(item),),
        media=len(words(field(item, "attachments", "media_keys"))),
    )


def _as_written(item: Mapping[str, Any]) -> str:
    """The text before X shortened its links and escaped its markup."""
    text = word(item.get("text"))
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(escaped, plain)
    text, links = without_media_links(text, objects(field(item, "entities", "urls")))
    for link in links:
        short, whole = word(link.get("url")), word(link.get("expanded_url"))
        if short and whole:
            text = text.replace(short, whole)
    return text


def _permalink(login: Login, remote_id: str) -> str:
    return f"https://x.com/{login.handle.removeprefix('@')}/status/{remote_id}"


def _basic(client: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client}:{secret}".encode()).decode()
