"""Signing in to LinkedIn (contract sheet 2a): a person's consent, for themselves or their pages.

A token lasts 60 days. Only apps that LinkedIn approved as partners get a refresh token with it,
which is not replaced and ends a year after the consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from yarl import URL

from postclock.clock import Clock
from postclock.http import Http, Response
from postclock.services.platforms.base import Login, LoginRevoked, Refused
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.linkedin_answers import address, versioned, words_of
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

LABEL = "LinkedIn"
MEMBER = Way(
    name="member", label="Person", kind="oauth", keys="linkedin",
    scopes=("openid", "profile", "w_member_social"),
)  # fmt: skip
ORGANIZATION = Way(
    name="organization", label="Organisation", kind="oauth", keys="linkedin_organization",
    scopes=("w_organization_social", "r_organization_social", "rw_organization_admin"),
)  # fmt: skip
"""By an app of its own: LinkedIn gives the rights for pages only to an app that has no others."""
COMMENTING = {"member": "w_member_social_feed", "organization": "w_organization_social_feed"}
"""The scopes of 2026 for comments; asked for where ``comment_scopes`` says ``on``."""
TOKEN_LIFE = timedelta(days=60)
"""How long an access token lasts, where the answer does not say."""
AHEAD = timedelta(days=7)
"""How long before its end a token is renewed."""
LAG = (2.0, 3.0, 5.0)
"""Seconds between tries while a new token is called revoked, as it may be at first."""
PAGE = "100"


async def exchange(
    http: Http, clock: Clock, way: Way, visit: Visit, given: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The secrets that the callback's code is good for, and the scopes that were granted."""
    form = {
        "grant_type": "authorization_code", "code": code_in(LABEL, given),
        "redirect_uri": visit.redirect_uri,
    }  # fmt: skip
    answer = await tokens_for(http, LABEL, token_url(visit.hosts), form, keys_of(visit))
    tokens = exchanged(LABEL, answer)
    # All or nothing is granted; an answer that names no scope granted what was asked for.
    named = word(tokens.get("scope")).replace(",", " ").split()
    granted = tuple(named) or way.scopes
    require_scopes(LABEL, way, granted)
    return _secrets(tokens, clock.now()), granted


async def refreshed(http: Http, clock: Clock, login: Login) -> Mapping[str, str]:
    """A new access token, where LinkedIn gave a refresh token; else a person is needed."""
    token = login.secrets.get("refresh_token")
    if not token:
        message = "LinkedIn's login has ended: connect the account again."
        raise LoginRevoked("login_revoked", message)
    form = {"grant_type": "refresh_token", "refresh_token": token}
    answer = await tokens_for(http, LABEL, token_url(login.hosts), form, app_of(LABEL, login))
    return {**login.secrets, **_secrets(renewed(LABEL, answer), clock.now())}


def lasting(secrets: Mapping[str, str]) -> Lasting:
    """Renewed a week ahead while the refresh token lasts; else it ends with the access token."""
    ends = instant(secrets.get("expires_at"))
    if ends is None or not secrets.get("refresh_token"):
        return Lasting(ends_at=ends)
    last = instant(secrets.get("refresh_expires_at"))
    renew = ends - AHEAD
    if last is None or renew < last:
        return Lasting(renew_at=renew, ends_at=last)
    return Lasting(ends_at=max(ends, last))


def way_out(way: Way, visit: Visit, *, commenting: bool) -> str:
    """LinkedIn's consent page."""
    more = (COMMENTING[way.name],) if commenting else ()
    wanted = Way(way.name, way.label, way.kind, way.keys, way.scopes, more)
    return consent_url(f"{visit.hosts['web']}/oauth/v2/authorization", wanted, visit)


def token_url(hosts: Mapping[str, str]) -> str:
    return f"{hosts['oauth']}/oauth/v2/accessToken"


class Directory:
    """Who a new login is, and which pages are theirs."""

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str]) -> None:
        self._http, self._clock, self._tuned = http, clock, tuned

    async def member(
        self, visit: Visit, secrets: Mapping[str, str], scopes: tuple[str, ...]
    ) -> Profile:
        """The person who consented."""
        answer = await self._asked(address(visit.base_url, "v2", "userinfo"), secrets)
        body = answer.json()
        sub = word(field(body, "sub"))
        if not answer.ok or not sub:
            raise _unsaid(answer, "who you are")
        name = word(field(body, "name")) or word(field(body, "given_name")) or sub
        avatar = word(field(body, "picture")) or None
        return Profile(sub, name, secrets, name, avatar, "Person", scopes)

    async def organizations(
        self, visit: Visit, secrets: Mapping[str, str], scopes: tuple[str, ...]
    ) -> list[Profile]:
        """The pages in which the person has a role; those they may not post for say why."""
        query = {"q": "roleAssignee", "state": "APPROVED", "count": PAGE}
        answer = await self._asked(
            address(visit.base_url, "rest", "organizationAcls", **query), secrets
        )
        if not answer.ok:
            raise _unsaid(answer, "which pages are yours")
        posting, found = self._tuned["posting_roles"].split(), dict[str, list[str]]()
        for one in objects(field(answer.json(), "elements")):
            urn = word(one.get("organization")) or word(one.get("organizationTarget"))
            if urn.startswith("urn:li:organization:"):
                found.setdefault(urn, []).append(word(one.get("role")))
        if not found:
            message = "LinkedIn knows no page that you administer: ask its administrator for it."
            raise Refused("consent_failed", message)
        profiles = []
        for urn, roles in found.items():
            may = any(role in posting for role in roles)
            told = "" if may else f"Your role there ({', '.join(roles)}) may not post."
            profiles.append(await self._organization(visit, urn, secrets, scopes, told))
        return profiles

    async def _organization(
        self,
        visit: Visit,
        urn: str,
        secrets: Mapping[str, str],
        scopes: tuple[str, ...],
        problem: str,
    ) -> Profile:
        number = urn.rpartition(":")[2]
        answer = await self._asked(
            address(visit.base_url, "rest", "organizations", number), secrets
        )
        body = answer.json() if answer.ok else None
        localized = field(body, "name", "localized")
        named = next(iter(localized.values()), "") if isinstance(localized, dict) else ""
        name = word(field(body, "localizedName")) or word(named) or f"Organisation {number}"
        handle = word(field(body, "vanityName")) or name
        return Profile(urn, handle, secrets, name, None, "Organisation", scopes, problem=problem)

    async def _asked(self, to: URL, secrets: Mapping[str, str]) -> Response:
        """The answer to a question with a new token, which may not be known at once."""
        headers = {"Authorization": f"Bearer {secrets['access_token']}"}
        headers |= versioned(self._tuned["version"])
        for pause in (*LAG, None):
            answer = await asked(self._http, LABEL, "GET", to, headers=headers)
            lagging = answer.status == 401 and "revoked" in words_of(answer).lower()
            if not lagging or pause is None:
                break
            await self._clock.sleep(pause)
        return answer


def _secrets(tokens: Mapping[str, Any], now: datetime) -> dict[str, str]:
    ends = ends_at(tokens, now) or now + TOKEN_LIFE
    secrets = {
        "access_token": word(tokens.get("access_token")), "expires_at": ends.isoformat(),
        "issued_at": now.isoformat(),
    }  # fmt: skip
    if refresh := word(tokens.get("refresh_token")):
        secrets["refresh_token"] = refresh
    if last := ends_at(tokens, now, "refresh_token_expires_in"):
        secrets["refresh_expires_at"] = last.isoformat()
    return secrets


def _unsaid(answer: Response, what: str) -> Refused:
    words = words_of(answer) or f"HTTP {answer.status}"
    return Refused("consent_failed", f"LinkedIn did not say {what}: {words[:200]}")
