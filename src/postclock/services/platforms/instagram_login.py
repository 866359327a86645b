"""Connecting Instagram (contract sheet 1.a): by Instagram Login, or by Facebook Login.

By Instagram Login an account has a token of 60 days, renewed ahead. By Facebook Login it is
reached through its Page, whose token has no end and is had anew with the person's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, Response
from postclock.services.platforms.base import Login, LoginRevoked, NotPublished, Refused
from postclock.services.platforms.connecting import Lasting, Profile, Visit, Way
from postclock.services.platforms.graph import (
    BYTES,
    GRAPH,
    LOGIN_PAGE,
    PAGE_FIELDS,
    Graph,
    fresh_page_token,
    login_url,
    pages,
    picture_of,
    user_login,
)
from postclock.services.platforms.graph_answers import read_error
from postclock.services.platforms.instagram_answers import LABEL
from postclock.services.platforms.json_reading import field, instant, objects, word, words
from postclock.services.platforms.oauth2 import (
    asked,
    code_in,
    consent_url,
    ends_at,
    exchanged,
    keys_of,
    require_scopes,
    tokens_for,
)

BY_ITSELF = Way(
    name="instagram", label="Instagram Login", kind="oauth", keys="instagram",
    scopes=("instagram_business_basic", "instagram_business_content_publish"),
    more_scopes=("instagram_business_manage_comments", "instagram_business_manage_insights"),
)  # fmt: skip
BY_PAGE = Way(
    name="facebook", label="Facebook Login (through its Page)", kind="oauth", keys="meta",
    scopes=(
        "instagram_basic", "instagram_content_publish", "pages_show_list", "pages_read_engagement",
    ),
    more_scopes=(
        "business_management", "instagram_manage_comments", "instagram_manage_insights",
        "instagram_manage_contents",
    ),
)  # fmt: skip
BASE_URL = "https://graph.instagram.com"
HOSTS = {
    "web": "https://www.instagram.com",
    "tokens": "https://api.instagram.com",
    "web_login": LOGIN_PAGE,
    "graph": GRAPH,
    "upload": BYTES,
}
ME = "user_id,username,name,account_type,profile_picture_url"
LINKED = "instagram_business_account"
NOT_LINKED = "This Page has no professional Instagram account linked to it: link it on Facebook."
PERSONAL = "This is a personal account: switch it to a professional one in Instagram’s app."
TOKEN_LIFE = timedelta(days=60)
"""How long a token lasts where the answer does not say."""
YOUNGEST = timedelta(hours=24)
"""A token that is younger cannot be renewed."""
AT_LAST = timedelta(days=1)
"""So near its end a login is renewed before anything is sent with it."""


def by_page(secrets: Mapping[str, str]) -> bool:
    """Whether an account was connected through its Page."""
    return secrets.get("way") == BY_PAGE.name


def authorize_url(way: Way, visit: Visit, version: str) -> str:
    """The consent page of either login."""
    if way.name == BY_PAGE.name:
        return login_url(visit.hosts["web_login"], version, way, visit)
    return consent_url(f"{visit.hosts['web']}/oauth/authorize", way, visit, joint=",")


@dataclass(frozen=True, slots=True)
class Connecting:
    """Makes logins that last."""

    http: Http
    clock: Clock
    version: str

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """The one account that consented, or those of the person's Pages."""
        if way.name == BY_PAGE.name:
            return await self._of_pages(way, visit, given)
        return [await self._itself(way, visit, given)]

    async def refreshed(self, login: Login) -> Mapping[str, str]:
        """New secrets; raises LoginRevoked where the platform says that the login is over."""
        if by_page(login.secrets):
            return await self._refreshed_by_page(login)
        graph = Graph(self.http, LABEL, login.base_url, self.version)
        query = {"grant_type": "ig_refresh_token", "access_token": login.secrets["access_token"]}
        answer = await self._unversioned(login.base_url, "refresh_access_token", query)
        if not answer.ok:
            raise graph.refusal(answer)
        return {**login.secrets, **self._kept(answer.json())}

    # --- by Instagram Login -----------------------------------------------------------------------

    async def _itself(self, way: Way, visit: Visit, given: Mapping[str, str]) -> Profile:
        app, code = keys_of(visit), code_in(LABEL, given)
        url = f"{visit.hosts['tokens']}/oauth/access_token"
        form = {
            "grant_type": "authorization_code", "redirect_uri": visit.redirect_uri, "code": code,
        }  # fmt: skip
        short = exchanged(LABEL, _unwrapped(await tokens_for(self.http, LABEL, url, form, app)))
        scopes = _scopes(short.get("permissions"))
        require_scopes(LABEL, way, scopes)
        query = {
            "grant_type": "ig_exchange_token", "client_secret": app.client_secret,
            "access_token": word(short.get("access_token")),
        }  # fmt: skip
        answer = await self._unversioned(visit.base_url, "access_token", query)
        secrets = {"way": way.name, **self._kept(exchanged(LABEL, answer))}
        return await self._who(visit, secrets, scopes)

    async def _who(self, visit: Visit, secrets: dict[str, str], scopes: list[str]) -> Profile:
        graph = Graph(self.http, LABEL, visit.base_url, self.version)
        answer = await graph.get("me", secrets["access_token"], {"fields": ME})
        me = answer.json()
        remote_id, handle = word(field(me, "user_id")), word(field(me, "username"))
        if not answer.ok or not remote_id or not handle:
            message = f"{LABEL} did not say whose account this is (HTTP {answer.status})."
            raise Refused("consent_failed", message)
        personal = word(field(me, "account_type")).lower() == "personal"
        return Profile(
            remote_id, handle, {**secrets, "app_scoped_id": word(field(me, "id"))},
            word(field(me, "name")), word(field(me, "profile_picture_url")) or None,
            scopes=tuple(scopes), problem=PERSONAL if personal else "",
        )  # fmt: skip

    def _kept(self, tokens: Mapping[str, Any]) -> dict[str, str]:
        now = self.clock.now()
        ends = ends_at(tokens, now) or now + TOKEN_LIFE
        token = word(field(tokens, "access_token"))
        if not token:
            raise NotPublished("not_signed_in", f"{LABEL} did not renew the login: no token came.")
        return {
            "access_token": token, "expires_at": ends.isoformat(), "issued_at": now.isoformat(),
        }  # fmt: skip

    async def _unversioned(self, base_url: str, path: str, query: Mapping[str, str]) -> Response:
        url = f"{base_url.rstrip('/')}/{path}"
        return await asked(self.http, LABEL, "GET", url, params=query)

    # --- by Facebook Login ------------------------------------------------------------------------

    async def _of_pages(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        graph = Graph(self.http, LABEL, visit.hosts["graph"], self.version)
        person = await user_login(graph, way, visit, given, self.clock.now())
        found = []
        for page in await pages(graph, person.token, f"{PAGE_FIELDS},{LINKED}"):
            secrets = {
                "way": way.name, "access_token": word(page.get("access_token")),
                "page_id": word(page.get("id")), "user_token": person.token,
            }  # fmt: skip
            found.append(await self._linked(graph, page, secrets, person.scopes))
        if not found:
            message = "Whoever consented manages no Page: Instagram is reached through its Page."
            raise Refused("profiles_missing", message)
        return found

    async def _linked(
        self,
        graph: Graph,
        page: Mapping[str, Any],
        secrets: dict[str, str],
        scopes: tuple[str, ...],
    ) -> Profile:
        name, remote_id = word(page.get("name")), word(field(page, LINKED, "id"))
        handle = word(page.get("username")) or name
        if not remote_id or not secrets["access_token"]:
            return Profile(
                secrets["page_id"], handle, {}, name, picture_of(page), "Page", problem=NOT_LINKED
            )
        fields = {"fields": "username,name,profile_picture_url"}
        answer = await graph.get(remote_id, secrets["access_token"], fields)
        told = answer.json() if answer.ok else None
        return Profile(
            remote_id, word(field(told, "username")) or handle, secrets,
            word(field(told, "name")) or name,
            word(field(told, "profile_picture_url")) or picture_of(page),
            f"of the Page {name}", scopes,
        )  # fmt: skip

    async def _refreshed_by_page(self, login: Login) -> Mapping[str, str]:
        person, page_id = login.secrets.get("user_token"), login.secrets.get("page_id")
        if not person or not page_id:
            message = f"{LABEL} no longer accepts this login: connect the account again."
            raise LoginRevoked("login_revoked", message)
        graph = Graph(self.http, LABEL, login.hosts["graph"], self.version)
        return {**login.secrets, "access_token": await fresh_page_token(graph, person, page_id)}


def lasting(secrets: Mapping[str, str], ahead: timedelta) -> Lasting:
    """A Page's token for ever; the other is renewed ``ahead`` of its end, but not when young."""
    ends, issued = instant(secrets.get("expires_at")), instant(secrets.get("issued_at"))
    if by_page(secrets) or ends is None:
        return Lasting()
    earliest = (issued or ends - TOKEN_LIFE) + YOUNGEST
    return Lasting(renew_at=max(ends - ahead, earliest), ends_at=ends)


def _unwrapped(answer: Response) -> Response:
    """The tokens as they are, or as some versions of the documents have them: in ``data``."""
    listed = objects(field(answer.json(), "data"))
    if not listed or read_error(answer):
        return answer
    return Response(answer.status, answer.headers, json.dumps(listed[0]).encode())


def _scopes(said: Any) -> list[str]:
    return words(said) if isinstance(said, list) else list(filter(None, word(said).split(",")))
