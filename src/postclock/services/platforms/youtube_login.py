"""Connecting a YouTube channel by Google's OAuth, and keeping its login fresh (sheet 5.a)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, Response
from postclock.services.platforms.base import Login, LoginRevoked, NotPublished, Refused
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.oauth2 import (
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
from postclock.services.platforms.youtube_answers import LABEL, reason_of, words_of

SCOPE = "https://www.googleapis.com/auth/youtube"
CHANNEL = Way(
    name="channel",
    label="Channel",
    kind="oauth",
    keys="google",
    scopes=(f"{SCOPE}.upload", SCOPE),
    more_scopes=(f"{SCOPE}.force-ssl",),
    pkce=True,
)
"""Uploading and publishing are needed; ``force-ssl`` is for the first comment alone."""
RENEW_BEFORE = timedelta(minutes=10)
"""An access token lasts an hour."""
NO_CHANNEL = (
    "This Google account has no YouTube channel: create one on youtube.com, then connect again."
)


def authorize_url(way: Way, visit: Visit) -> str:
    """Google's consent page, asked so that it gives a refresh token each time."""
    return consent_url(
        f"{visit.hosts['web']}/o/oauth2/v2/auth", way, visit,
        access_type="offline", prompt="consent", include_granted_scopes="true",
    )  # fmt: skip


async def channels(
    http: Http, clock: Clock, way: Way, visit: Visit, given: Mapping[str, str]
) -> list[Profile]:
    """The channel that a consent opened, with a login that lasts."""
    form = {
        "grant_type": "authorization_code", "code": code_in(LABEL, given),
        "redirect_uri": visit.redirect_uri, "code_verifier": visit.verifier,
    }  # fmt: skip
    answer = await tokens_for(http, LABEL, _token_url(visit.hosts), form, keys_of(visit))
    tokens = exchanged(LABEL, answer)
    granted = tuple(word(tokens.get("scope")).split())
    require_scopes(LABEL, way, granted)
    if not word(tokens.get("refresh_token")):
        raise Refused("consent_failed", "Google gave no lasting login: connect once more.")
    secrets = _secrets(tokens, clock.now())
    answer = await asked(
        http, LABEL, "GET", f"{visit.base_url.rstrip('/')}/channels",
        params={"part": "snippet,contentDetails,statistics,status", "mine": "true"},
        headers={"Authorization": f"Bearer {secrets['access_token']}"},
    )  # fmt: skip
    return [_profile(item, secrets, granted) for item in _items(answer)]


async def refreshed(http: Http, clock: Clock, login: Login) -> dict[str, str]:
    """A fresh access token; the refresh token stays unless Google gives another."""
    token = login.secrets.get("refresh_token")
    if not token:
        message = "YouTube no longer accepts this login: connect the channel again."
        raise LoginRevoked("login_revoked", message)
    if login.app is None:
        message = "The keys of the Google app are not set: the login cannot be renewed."
        raise NotPublished("setup_required", message)
    form = {"grant_type": "refresh_token", "refresh_token": token}
    answer = await tokens_for(http, LABEL, _token_url(login.hosts), form, login.app)
    return {**login.secrets, **_secrets(renewed(LABEL, answer), clock.now())}


def lasting(secrets: Mapping[str, str]) -> Lasting:
    """Renewed ten minutes before the hour; ends where Google says so (an app that is in testing:
    after seven days)."""
    ends = instant(secrets.get("expires_at"))
    return Lasting(ends - RENEW_BEFORE if ends else None, instant(secrets.get("refresh_ends_at")))


def _token_url(hosts: Mapping[str, str]) -> str:
    return f"{hosts['token'].rstrip('/')}/token"


def _secrets(tokens: Mapping[str, Any], now: datetime) -> dict[str, str]:
    named = {"access_token": word(tokens.get("access_token"))}
    if kept := word(tokens.get("refresh_token")):
        named["refresh_token"] = kept
    if ends := ends_at(tokens, now):
        named["expires_at"] = ends.isoformat()
    if ends := ends_at(tokens, now, "refresh_token_expires_in"):
        named["refresh_ends_at"] = ends.isoformat()
    return named


def _items(answer: Response) -> list[dict[str, Any]]:
    if reason_of(answer) == "youtubeSignupRequired":
        raise Refused("no_channel", NO_CHANNEL)
    if not answer.ok:
        words = words_of(answer) or f"HTTP {answer.status}"
        raise Refused("consent_failed", f"YouTube did not name the channel: {words[:200]}")
    items = [one for one in objects(field(answer.json(), "items")) if word(one.get("id"))]
    if not items:
        raise Refused("no_channel", NO_CHANNEL)
    return items


def _profile(
    item: Mapping[str, Any], secrets: Mapping[str, str], granted: tuple[str, ...]
) -> Profile:
    title = word(field(item, "snippet", "title"))
    handle = word(field(item, "snippet", "customUrl")).removeprefix("@")
    return Profile(
        remote_id=word(item.get("id")),
        handle=handle or title,
        secrets=secrets,
        name=title,
        avatar_url=word(field(item, "snippet", "thumbnails", "default", "url")) or None,
        scopes=granted,
    )
