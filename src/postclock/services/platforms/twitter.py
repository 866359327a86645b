"""X, API v2 (contract sheet 1): ``POST /2/tweets``, found again on the account's own timeline.

X knows no idempotency key. After a lost answer the timeline is read; a refusal as duplicate is
evidence that the earlier attempt arrived.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http, Response
from postclock.scheduler.model import CannotTell, Found, Receipt, Sighting, Staged, Window
from postclock.services.platforms.answers import (
    AnswerTable,
    Row,
    look_refused,
    looking,
    moment,
    publishing,
    signing_in,
)
from postclock.services.platforms.base import (
    Capabilities,
    Draft,
    Duplicate,
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    RateLimited,
    Read,
    Refused,
    Save,
    TextLimits,
)
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.text import text_problems
from postclock.services.platforms.timeline import CLOCK_SKEW, Listed, oldest_match
from postclock.services.platforms.weighted import INVALID, LINK_LENGTH, weighted_length

MAX_WEIGHT = 280
"""Every account's limit; how much more a paying one may write by API is not published."""
QUOTA_PAUSE = timedelta(minutes=15)
"""The wait when no header tells when the quota is free: one window of X's limits."""
TOKEN_LIFE = 7200
"""Seconds an access token lasts, where the answer does not say."""
AHEAD = timedelta(minutes=2)
"""How long before its end a token is renewed."""
FIELDS = "tweet.fields"
"""X's documentation names the parameter so; its OpenAPI 2.167 calls it ``post.fields``."""
PAGE = 100
MAX_PAGES = 5

_QUOTAS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")


def _words(response: Response) -> str:
    """X's own words, from any of its three error shapes."""
    body = response.json()
    parts = [word(field(body, name)) for name in ("title", "detail", "error", "error_description")]
    parts += [word(error.get("message")) for error in objects(field(body, "errors"))]
    kind = word(field(body, "type")).rsplit("/", 1)[-1]
    parts.append("" if kind == "about:blank" else f"({kind})" if kind else "")
    return " ".join(dict.fromkeys(part for part in parts if part))


def _free_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """The latest reset among the exhausted quotas; a 429 may name one that is not exhausted."""
    resets = [
        moment(headers.get(f"{quota}-reset"), now)
        for quota in _QUOTAS
        if headers.get(f"{quota}-remaining", "").strip() == "0"
    ]
    return max((reset for reset in resets if reset), default=now + QUOTA_PAUSE)


_NO_CREDITS = "X has no credits left for this installation: its operator must add some ({words})."
_SPENT = "This installation has used up its X plan: its operator must raise it ({words})."
_SUSPENDED = "X has suspended or locked this account: settle it on x.com ({words})."
_NOT_ALLOWED = "X does not let this connection post: connect the account again ({words})."

ANSWERS = AnswerTable(
    label="X",
    words=_words,
    free_at=_free_at,
    rows=(
        Row(LoginExpired, "login_expired", "X asks for a fresh login.", (401,)),
        Row(RateLimited, "operator_credits_depleted", _NO_CREDITS, (402,)),
        Row(Duplicate, "duplicate", "X has this same text already.", (403,), "duplicate content"),
        Row(LoginRevoked, "account_suspended", _SUSPENDED, (403,), "suspended"),
        Row(LoginRevoked, "account_suspended", _SUSPENDED, (403,), "account is temporarily locked"),
        Row(LoginRevoked, "permission_missing", _NOT_ALLOWED, (403,), "unsupported authentication"),
        Row(LoginRevoked, "permission_missing", _NOT_ALLOWED, (403,), "client-forbidden"),
        Row(
            LoginRevoked,
            "permission_missing",
            _NOT_ALLOWED,
            (403,),
            "account is not permitted to access this feature",
        ),
        Row(Refused, "refused", "X refused the post: {words}", (400, 403, 404)),
        Row(RateLimited, "operator_plan_exhausted", _SPENT, (429,), "usage-capped"),
        Row(RateLimited, "operator_plan_exhausted", _SPENT, (429,), "spend"),
        Row(RateLimited, "rate_limited", "X takes no more posts for now.", (429,)),
    ),
)


class Twitter:
    """X (formerly Twitter)."""

    name: ClassVar[str] = "twitter"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label="X",
        base_url="https://api.x.com",
        text=TextLimits(MAX_WEIGHT, "characters", "weighted", url_length=LINK_LENGTH),
        read_lag=timedelta(seconds=15),
        guarded_resend=True,
        quotas=(Window(300, 3 * 3600),),
    )

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http = http
        self._clock = clock

    def count(self, text: str) -> int:
        """The weighted length of ``text``."""
        return weighted_length(text)

    def check(self, draft: Draft) -> list[Problem]:
        """Everything X would refuse in ``draft``."""
        limits = self.capabilities.text
        length, needed = self.count(draft.text), not draft.media
        return [
            *text_problems("X", draft.text, length, limits, INVALID, needed=needed),
            *image_problems("X", draft.media, self.capabilities.images),
        ]

    def lead(self, draft: Draft) -> timedelta | None:
        """Nothing is staged: this client sends texts."""
        return None

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, read: Read
    ) -> Staged:
        """Nothing to upload."""
        return staged

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        """Nothing: X lets a client choose nothing that would make a repeat recognisable."""
        return staged

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
                "POST", _url(login, "/2/oauth2/token"), form=form, headers=headers
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
            until = _free_at(answer.headers, self._clock.now())
            raise RateLimited("rate_limited", "X takes no more logins for now.", until=until)
        raise NotPublished("not_signed_in", f"X did not renew the login (HTTP {answer.status}).")

    async def publish(self, login: Login, draft: Draft, staged: Staged) -> Receipt:
        """``POST /2/tweets``; the answer carries the id."""
        with publishing("X"):
            answer = await self._http.request(
                "POST", _url(login, "/2/tweets"), json={"text": draft.text}, headers=_bearer(login)
            )
        remote_id = word(field(answer.json(), "data", "id"))
        if answer.ok and remote_id:
            return Receipt(remote_id, _permalink(login, remote_id))
        raise ANSWERS.error(answer, login, self._clock.now())

    async def find(
        self, login: Login, draft: Draft, staged: Staged, since: datetime, taken: frozenset[str]
    ) -> Sighting:
        """Read the account's own timeline since a minute before ``since``."""
        page: str | None = None
        listed: list[Listed] = []
        for _ in range(MAX_PAGES):
            with looking("X"):
                answer = await self._http.request(
                    "GET",
                    _url(login, f"/2/users/{quote(login.remote_id, safe='')}/tweets"),
                    params=_timeline_query(since, page),
                    headers=_bearer(login),
                )
            body = answer.json()
            if not answer.ok or not isinstance(body, dict):
                return look_refused("X", answer, _words(answer))
            listed += [_listed(login, item) for item in objects(body.get("data"))]
            page = word(field(body, "meta", "next_token"))
            if not page:
                return oldest_match(listed, draft.text, since, taken)
        sighting = oldest_match(listed, draft.text, since, taken)
        if isinstance(sighting, Found):
            return sighting
        return CannotTell(f"X lists more than {PAGE * MAX_PAGES} posts since then.")


def _timeline_query(since: datetime, page: str | None) -> dict[str, str]:
    start = (since - CLOCK_SKEW).astimezone(UTC)
    query = {
        "max_results": str(PAGE),
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        FIELDS: "created_at,entities",
    }
    return {**query, "pagination_token": page} if page else query


def _listed(login: Login, item: Mapping[str, Any]) -> Listed:
    remote_id = word(item.get("id"))
    return Listed(
        remote_id=remote_id,
        permalink=_permalink(login, remote_id),
        created_at=instant(item.get("created_at")) or datetime.min.replace(tzinfo=UTC),
        texts=(_as_written(item),),
    )


def _as_written(item: Mapping[str, Any]) -> str:
    """The text before X shortened its links and escaped its markup."""
    text = word(item.get("text"))
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(escaped, plain)
    for link in objects(field(item, "entities", "urls")):
        short, whole = word(link.get("url")), word(link.get("expanded_url"))
        if short and whole:
            text = text.replace(short, whole)
    return text


def _permalink(login: Login, remote_id: str) -> str:
    return f"https://x.com/{login.handle.removeprefix('@')}/status/{remote_id}"


def _url(login: Login, path: str) -> str:
    return login.base_url.rstrip("/") + path


def _bearer(login: Login) -> dict[str, str]:
    token = login.secrets.get("access_token")
    if not token:
        raise LoginExpired("login_expired", "This account has no access token yet.")
    return {"Authorization": f"Bearer {token}"}


def _basic(client: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client}:{secret}".encode()).decode()
