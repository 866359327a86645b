"""Meta's Graph (contract sheet 0.5, 1.a): its addresses, and Facebook Login up to the Pages.

A person gives consent; the code becomes a short token, that one a long-lived one, and with it the
Pages are listed that they manage, each with a token of its own that has no end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from postclock.http import Http, Response
from postclock.services.platforms.base import LoginRevoked, NotPublished, Refused
from postclock.services.platforms.connecting import Visit, Way
from postclock.services.platforms.graph_answers import read_error, words_of
from postclock.services.platforms.json_reading import field, objects, word
from postclock.services.platforms.oauth2 import (
    asked,
    code_in,
    consent_url,
    ends_at,
    exchanged,
    keys_of,
    require_scopes,
)

Query = Mapping[str, str]
VERSION = "v26.0"
GRAPH = "https://graph.facebook.com"
LOGIN_PAGE = "https://www.facebook.com"
BYTES = "https://rupload.facebook.com"
"""Where bytes are uploaded to."""
PAGE_FIELDS = "id,name,username,access_token,tasks,picture.type(large)"
PAGES_AT_ONCE = 100
MOST_LISTS = 50
"""So many answers are read of one list, whatever it says comes next."""
ENDED = frozenset({102, 190})
"""Codes of a token that is no longer good."""
NOT_ALLOWED = frozenset({3, 10, 100})
"""Codes, with 200 to 299, of what this token may not see."""


@dataclass(frozen=True, slots=True)
class Graph:
    """One Graph address, asked about logins in the name of ``label``."""

    http: Http
    label: str
    url: str
    """Without the version."""
    version: str

    def at(self, path: str) -> str:
        """The address of ``path`` in the version that is spoken."""
        return f"{self.url.rstrip('/')}/{self.version}/{path}"

    async def get(self, path: str, token: str, query: Query | None = None) -> Response:
        """One answer; raises NotPublished when nobody can be reached."""
        url, headers = self.at(path), bearer(token)
        return await asked(self.http, self.label, "GET", url, params=query, headers=headers)

    async def listed(
        self, path: str, token: str, query: Query | None = None, *, optional: bool = False
    ) -> list[dict[str, Any]]:
        """A whole list, over all its answers; an ``optional`` one is empty where it is not allowed.

        Raises LoginRevoked for a token that is no longer good, NotPublished for other errors.
        """
        items: list[dict[str, Any]] = []
        answer = await self.get(path, token, query)
        for _ in range(MOST_LISTS):
            if not answer.ok:
                if optional and _forbidden(answer):
                    break
                raise self.refusal(answer)
            body = answer.json()
            items += objects(field(body, "data"))
            following = word(field(body, "paging", "next"))
            if not following or not same_host(following, self.url):
                break
            answer = await asked(self.http, self.label, "GET", following, headers=bearer(token))
        return items

    def refusal(self, answer: Response) -> LoginRevoked | NotPublished:
        """What it means for a login that a question about it was refused."""
        said, words = read_error(answer), words_of(answer) or f"HTTP {answer.status}"
        if said and said.code in ENDED and not said.transient:
            message = f"{self.label} no longer accepts this login: connect the account again."
            return LoginRevoked("login_revoked", message)
        return NotPublished("not_signed_in", f"{self.label} did not answer: {words[:200]}")


def bearer(token: str) -> dict[str, str]:
    """The token in its header: it stays out of addresses, and so out of logs."""
    return {"Authorization": f"Bearer {token}"}


def upload_headers(token: str, size: int, start: int = 0) -> dict[str, str]:
    """What goes with a file's bytes from ``start`` on to ``BYTES``."""
    return {"Authorization": f"OAuth {token}", "offset": str(start), "file_size": str(size)}


def same_host(url: str, known: str) -> bool:
    """Whether an address that Meta handed out lies where a token may be sent to."""
    given, trusted = urlsplit(url), urlsplit(known)
    return bool(given.hostname) and (given.scheme, given.netloc) == (trusted.scheme, trusted.netloc)


def login_url(page: str, version: str, way: Way, visit: Visit) -> str:
    """Where the browser goes for Facebook Login; ``page`` is the address of the consent page."""
    url = f"{page.rstrip('/')}/{version}/dialog/oauth"
    return consent_url(url, way, visit, joint=",")


@dataclass(frozen=True, slots=True)
class UserLogin:
    """A person's long-lived login, and what they granted."""

    token: str
    expires_at: datetime | None
    scopes: tuple[str, ...]


async def user_login(
    graph: Graph, way: Way, visit: Visit, given: Mapping[str, str], now: datetime
) -> UserLogin:
    """The login that the callback's query opens: code → short → long-lived token → scopes.

    Raises Refused when it was denied, ScopesMissing when something needed was not granted.
    """
    app, code = keys_of(visit), code_in(graph.label, given)
    keys = {"client_id": app.client_id, "client_secret": app.client_secret}
    query = {**keys, "redirect_uri": visit.redirect_uri, "code": code}
    short = await _token(graph, query)
    query = {**keys, "grant_type": "fb_exchange_token"}
    tokens = await _token(graph, {**query, "fb_exchange_token": word(short.get("access_token"))})
    token = word(tokens.get("access_token"))
    scopes = await granted(graph, token)
    require_scopes(graph.label, way, scopes)
    return UserLogin(token, ends_at(tokens, now), tuple(sorted(scopes)))


async def granted(graph: Graph, token: str) -> Collection[str]:
    """The permissions that were granted, as ``/me/permissions`` lists them."""
    listed = await graph.listed("me/permissions", token)
    return {word(one.get("permission")) for one in listed if one.get("status") == "granted"}


async def pages(graph: Graph, token: str, fields: str = PAGE_FIELDS) -> list[dict[str, Any]]:
    """Every Page a person manages, each once: their own, and those of their businesses.

    What the businesses do not let us see is left out.
    """
    query = {"fields": fields, "limit": str(PAGES_AT_ONCE)}
    found = await graph.listed("me/accounts", token, query)
    businesses = await graph.listed("me/businesses", token, {"fields": "id,name"}, optional=True)
    for path in _lists_of(businesses):
        found += await graph.listed(path, token, query, optional=True)
    by_id = {word(page.get("id")): page for page in reversed(found)}
    return [page for page in reversed(by_id.values()) if word(page.get("id"))]


async def fresh_page_token(graph: Graph, user_token: str, page_id: str) -> str:
    """A Page's token, asked for anew with the person's own.

    Raises LoginRevoked when theirs is no longer good or the Page is not among theirs any more.
    """
    listed = await pages(graph, user_token, "id,access_token")
    for page in listed:
        if word(page.get("id")) == page_id and (token := word(page.get("access_token"))):
            return token
    message = (
        f"{graph.label} no longer lets whoever connected this account manage it: connect again."
    )
    raise LoginRevoked("role_lost", message)


def picture_of(page: Mapping[str, Any]) -> str | None:
    """The address of a Page's picture."""
    return word(field(page, "picture", "data", "url")) or None


def _forbidden(answer: Response) -> bool:
    said = read_error(answer)
    return said is not None and (said.code in NOT_ALLOWED or 200 <= (said.code or 0) < 300)


def _lists_of(businesses: list[dict[str, Any]]) -> Iterator[str]:
    for business in businesses:
        if (number := word(business.get("id"))).isdecimal():
            yield from (f"{number}/owned_pages", f"{number}/client_pages")


async def _token(graph: Graph, query: Mapping[str, str]) -> Mapping[str, Any]:
    answer = await asked(
        graph.http, graph.label, "GET", graph.at("oauth/access_token"), params=query
    )
    if read_error(answer) and not answer.ok:
        words = words_of(answer)[:200]
        message = f"{graph.label} did not connect the account: {words}"
        raise Refused("consent_failed", message)
    return exchanged(graph.label, answer)
