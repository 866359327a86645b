"""How TikTok is signed in to (contract sheet 4.a): consent, a rotating pair of tokens, a profile.

Errors are flat here, ``{"error", "error_description"}``, and may come with HTTP 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from postclock.http import Http
from postclock.services.platforms.base import Login, LoginRevoked, NotPublished, Refused
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.json_reading import field, instant, word
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
from postclock.services.platforms.tiktok_answers import LABEL, url, words_of

PROFILE = "user.info.profile"
WAY = Way(
    name="account",
    label="Account",
    kind="oauth",
    keys="tiktok",
    scopes=("user.info.basic", "video.publish", "video.upload"),
    more_scopes=(PROFILE, "video.list"),
)
CLIENT = ("client_key", "client_secret")
TOKENS = "/v2/oauth/token/"
AHEAD = timedelta(minutes=15)
"""How long before its end a token is renewed."""


def authorize_url(way: Way, visit: Visit) -> str:
    """TikTok's consent page: scopes by commas, the app's id as ``client_key``."""
    page = visit.hosts["web"].rstrip("/") + "/v2/auth/authorize/"
    return consent_url(page, way, visit, joint=",", client=CLIENT[0])


async def profiles(
    http: Http, way: Way, visit: Visit, given: Mapping[str, str], now: datetime
) -> list[Profile]:
    """The one account that a code opens."""
    form = {
        "code": code_in(LABEL, given), "grant_type": "authorization_code",
        "redirect_uri": visit.redirect_uri,
    }  # fmt: skip
    where = visit.base_url.rstrip("/") + TOKENS
    answer = await tokens_for(http, LABEL, where, form, keys_of(visit), client=CLIENT)
    tokens = exchanged(LABEL, answer)
    granted = tuple(filter(None, word(tokens.get("scope")).replace(" ", ",").split(",")))
    require_scopes(LABEL, way, granted)
    secrets = _secrets(tokens, now)
    login = Login(visit.base_url, "", "", secrets)
    user = await _user(http, login, granted)
    remote_id = word(user.get("open_id")) or word(tokens.get("open_id"))
    if not remote_id:
        raise Refused("consent_failed", "TikTok did not say which account this is: try again.")
    name = word(user.get("display_name"))
    handle = word(user.get("username")) or await _creator(http, login) or name or remote_id
    avatar = word(user.get("avatar_url")) or None
    return [Profile(remote_id, handle, secrets, name, avatar, scopes=granted)]


async def refresh(http: Http, login: Login, now: datetime) -> Mapping[str, str]:
    """A new pair; the old refresh token may be dead from then on."""
    token = login.secrets.get("refresh_token")
    if not token:
        message = "TikTok no longer accepts this login: connect the account again."
        raise LoginRevoked("login_revoked", message)
    if login.app is None:
        message = "The keys of this installation's TikTok app are missing: its operator sets them."
        raise NotPublished("setup_required", message)
    form = {"grant_type": "refresh_token", "refresh_token": token}
    answer = await tokens_for(http, LABEL, url(login, TOKENS), form, login.app, client=CLIENT)
    return {**login.secrets, **_secrets(renewed(LABEL, answer), now)}


def lasting(secrets: Mapping[str, str]) -> Lasting:
    """Renewed a quarter of an hour ahead; over when the refresh token is."""
    ends = instant(secrets.get("expires_at"))
    renewable = ends is not None and "refresh_token" in secrets
    return Lasting(
        ends - AHEAD if ends and renewable else None,
        instant(secrets.get("refresh_expires_at")) if renewable else ends,
    )


def _secrets(tokens: Mapping[str, Any], now: datetime) -> dict[str, str]:
    found = {
        "access_token": word(tokens.get("access_token")),
        "refresh_token": word(tokens.get("refresh_token")),
    }
    for name, said in (("expires_at", "expires_in"), ("refresh_expires_at", "refresh_expires_in")):
        ends = ends_at(tokens, now, said)
        found[name] = ends.isoformat() if ends else ""
    return {name: value for name, value in found.items() if value}


async def _user(http: Http, login: Login, granted: tuple[str, ...]) -> Mapping[str, Any]:
    fields = "open_id,union_id,avatar_url,display_name"
    query = {"fields": f"{fields},username" if PROFILE in granted else fields}
    answer = await asked(
        http, LABEL, "GET", url(login, "/v2/user/info/"), params=query, headers=_bearer(login)
    )
    user = field(answer.json(), "data", "user")
    if not answer.ok or not isinstance(user, dict):
        words = words_of(answer) or f"HTTP {answer.status}"
        raise Refused("consent_failed", f"TikTok did not show the account: {words[:200]}")
    return user


async def _creator(http: Http, login: Login) -> str:
    """The account's name for links, where its profile was not allowed to be read."""
    answer = await asked(
        http, LABEL, "POST", url(login, "/v2/post/publish/creator_info/query/"),
        headers=_bearer(login), json={},
    )  # fmt: skip
    return word(field(answer.json(), "data", "creator_username"))


def _bearer(login: Login) -> dict[str, str]:
    return {"Authorization": f"Bearer {login.secrets['access_token']}"}
