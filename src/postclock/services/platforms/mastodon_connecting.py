"""How a Mastodon account is connected (contract sheet 4a): consent at the account's own server,
where Postclock made itself known before.

PKCE is always sent: servers since 4.3 hold us to it, older ones ignore what they do not know.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from postclock.http import Http, Response
from postclock.services.platforms.base import NotPublished, Refused
from postclock.services.platforms.connecting import AppKeys, Profile, Visit, Way
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.mastodon_answers import words_of
from postclock.services.platforms.oauth2 import (
    asked,
    code_in,
    consent_url,
    exchanged,
    keys_of,
    require_scopes,
    tokens_for,
)

SERVER = Way(
    "server",
    "Account",
    "oauth",
    scopes=("write:statuses", "write:media", "read:accounts", "read:statuses"),
    pkce=True,
    asks_server=True,
)
WEB = "web"
APP_NAME = "Postclock"


class Connecting:
    """From a server's address to a profile."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def register(self, visit: Visit) -> AppKeys:
        """``POST /api/v1/apps``: the server knows Postclock from here on."""
        form = {
            "client_name": APP_NAME,
            "redirect_uris": visit.redirect_uri,
            "scopes": " ".join(SERVER.scopes),
            "website": "{0.scheme}://{0.netloc}".format(urlsplit(visit.redirect_uri)),
        }
        answer = await self._ask(visit, "POST", "/api/v1/apps", form=form)
        body = answer.json()
        client_id, secret = word(field(body, "client_id")), word(field(body, "client_secret"))
        if answer.ok and client_id and secret:
            return AppKeys(client_id, secret)
        raise _not_a_server(visit, answer)

    def authorize_url(self, visit: Visit) -> str:
        """The server's own consent page."""
        page = visit.hosts.get(WEB) or visit.base_url
        return consent_url(f"{page.rstrip('/')}/oauth/authorize", SERVER, visit)

    async def profile(self, visit: Visit, given: Mapping[str, str]) -> Profile:
        """The account that gave its consent."""
        label = _host(visit)
        form = {
            "grant_type": "authorization_code",
            "code": code_in(label, given),
            "redirect_uri": visit.redirect_uri,
            "code_verifier": visit.verifier,
        }
        where = f"{visit.base_url.rstrip('/')}/oauth/token"
        answer = await tokens_for(self._http, label, where, form, keys_of(visit))
        tokens = exchanged(label, answer)
        scopes = tuple(word(tokens.get("scope")).split())
        require_scopes("Mastodon", SERVER, _covered(scopes))
        token = word(tokens["access_token"])
        headers = {"Authorization": f"Bearer {token}"}
        me = await self._ask(visit, "GET", "/api/v1/accounts/verify_credentials", headers=headers)
        if not me.ok or not word(field(me.json(), "id")):
            raise _not_a_server(visit, me)
        return _profile(me.json(), visit, token, scopes)

    async def _ask(self, visit: Visit, method: str, path: str, **sent: Any) -> Response:
        where = visit.base_url.rstrip("/") + path
        return await asked(self._http, _host(visit), method, where, **sent)


def _profile(me: Mapping[str, Any], visit: Visit, token: str, scopes: tuple[str, ...]) -> Profile:
    handle = word(me.get("acct")) or word(me.get("username"))
    picture = word(me.get("avatar"))
    shown = picture if urlsplit(picture).scheme in ("https", "http", "data") else None
    return Profile(
        word(me["id"]),
        handle if "@" in handle or not visit.server else f"{handle}@{_host(visit)}",
        {"access_token": token},
        name=word(me.get("display_name")),
        avatar_url=shown,
        scopes=scopes,
        server=visit.server,
    )


def _host(visit: Visit) -> str:
    """The server, as its people call it."""
    return urlsplit(visit.server or "").hostname or "Mastodon"


def _covered(granted: Collection[str]) -> set[str]:
    """What scopes cover: ``write`` all of ``write:…``, ``profile`` one's own name."""
    whole = {scope for scope in SERVER.scopes if scope.partition(":")[0] in granted}
    return {*granted, *whole, *({"read:accounts"} if "profile" in granted else ())}


def _not_a_server(visit: Visit, answer: Response) -> Refused | NotPublished:
    host, words = _host(visit), words_of(answer)[:200]
    if answer.status == 429 or answer.status >= 500:
        why = words or f"HTTP {answer.status}"
        return NotPublished("not_signed_in", f"{host} does not connect accounts now ({why}).")
    if words:
        return Refused("server_refused", f"{host} did not connect the account: {words}")
    return Refused("server_refused", f"{host} does not answer as a Mastodon server does.")
