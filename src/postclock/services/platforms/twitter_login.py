"""Signing in to X (contract sheet 1a): consent with PKCE; two-hour tokens, renewed once each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from postclock.clock import Clock
from postclock.http import Http
from postclock.services.platforms.base import Login, LoginRevoked, RateLimited, Refused
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.json_reading import field, instant, word
from postclock.services.platforms.oauth2 import (
    app_of,
    asked,
    code_in,
    consent_url,
    ends_at,
    exchanged,
    keys_of,
    renewed,
    require_scopes,
    tokens_for,
)
from postclock.services.platforms.twitter_answers import free_at, url

LABEL = "X"
WAY = Way(
    name="profile", label="Profile", kind="oauth", keys="twitter", pkce=True,
    scopes=("tweet.read", "tweet.write", "users.read", "media.write", "offline.access"),
)  # fmt: skip
TOKEN_LIFE = timedelta(hours=2)
"""How long an access token lasts, where the answer does not say."""
AHEAD = timedelta(minutes=2)
"""How long before its end a token is renewed."""
REVOKED = frozenset({"invalid_request", "invalid_grant"})
"""X answers a spent or revoked refresh token with the first; the sheet is not certain of others."""


def authorize_url(visit: Visit) -> str:
    """X's consent page."""
    return consent_url(f"{visit.hosts['web']}/i/oauth2/authorize", WAY, visit)


async def profiles(
    http: Http, clock: Clock, visit: Visit, given: Mapping[str, str]
) -> list[Profile]:
    """The one account that consented."""
    form = {
        "grant_type": "authorization_code", "code": code_in(LABEL, given),
        "redirect_uri": visit.redirect_uri, "code_verifier": visit.verifier,
    }  # fmt: skip
    endpoint = f"{visit.base_url}/2/oauth2/token"
    answer = await tokens_for(http, LABEL, endpoint, form, keys_of(visit), auth="basic")
    tokens = exchanged(LABEL, answer)
    granted = word(tokens.get("scope")).split()
    require_scopes(LABEL, WAY, granted)
    secrets = _secrets(tokens, clock.now())
    return [await _profile(http, visit, secrets, granted)]


async def _profile(
    http: Http, visit: Visit, secrets: Mapping[str, str], granted: list[str]
) -> Profile:
    answer = await asked(
        http, LABEL, "GET", f"{visit.base_url}/2/users/me",
        params={"user.fields": "username,name,profile_image_url,verified"},
        headers={"Authorization": f"Bearer {secrets['access_token']}"},
    )  # fmt: skip
    data = field(answer.json(), "data")
    remote_id, handle = word(field(data, "id")), word(field(data, "username"))
    if not answer.ok or not remote_id or not handle:
        message = f"X did not say whose account this is (HTTP {answer.status})."
        raise Refused("consent_failed", message)
    avatar = word(field(data, "profile_image_url")) or None
    return Profile(
        remote_id, handle, secrets, word(field(data, "name")), avatar, scopes=tuple(granted)
    )


async def refreshed(http: Http, clock: Clock, login: Login) -> Mapping[str, str]:
    """A new pair of tokens; the old refresh token works only this once (sheet 1a)."""
    token = login.secrets.get("refresh_token")
    if not token:
        raise LoginRevoked("login_revoked", "X asks for a fresh login: connect it again.")
    app = app_of(LABEL, login)
    form = {"grant_type": "refresh_token", "refresh_token": token}
    endpoint = url(login, "/2/oauth2/token")
    answer = await tokens_for(http, LABEL, endpoint, form, app, auth="basic")
    if answer.status == 429:
        until = free_at(answer.headers, clock.now())
        raise RateLimited("rate_limited", "X takes no more logins for now.", until=until)
    fresh = _secrets(renewed(LABEL, answer, REVOKED), clock.now())
    return {**login.secrets, **fresh}


def lasting(secrets: Mapping[str, str]) -> Lasting:
    """Renewed shortly before the access token ends; without a refresh token that is the end."""
    ends = instant(secrets.get("expires_at"))
    if ends is None:
        return Lasting()
    return Lasting(renew_at=ends - AHEAD) if secrets.get("refresh_token") else Lasting(ends_at=ends)


def _secrets(tokens: Mapping[str, object], now: datetime) -> dict[str, str]:
    ends = ends_at(tokens, now) or now + TOKEN_LIFE
    secrets = {"access_token": word(tokens.get("access_token")), "expires_at": ends.isoformat()}
    refresh = word(tokens.get("refresh_token"))
    return {**secrets, "refresh_token": refresh} if refresh else secrets
