"""How a Bluesky account is connected (contract sheet 3a): its name and an app password.

A name leads to the account's identifier, that to its document, that to the server that holds the
account: whoever has a server of their own is connected there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from postclock.http import Http
from postclock.services.platforms.base import LoginRevoked, NotPublished, Refused
from postclock.services.platforms.bluesky_answers import words_of, xrpc
from postclock.services.platforms.bluesky_sessions import Sessions, server_in, tokens_of
from postclock.services.platforms.connecting import Field, Profile, Visit, Way
from postclock.services.platforms.json_reading import field, word
from postclock.services.platforms.oauth2 import asked

PLC = "plc"
"""The directory of identifiers, among the platform's addresses."""
APP_PASSWORD = Way(
    "app_password",
    "Account",
    "typed",
    fields=(
        Field("identifier", "Handle", hint="ada.bsky.social, or your own domain"),
        Field(
            "password",
            "App password",
            secret=True,
            hint="Made in Bluesky under Settings, Privacy and security, App passwords",
        ),
    ),
)
HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z][a-z0-9-]{0,62}")
DID = re.compile(r"did:plc:[a-z2-7]{24}|did:web:[a-z0-9.-]{1,253}")
OWN_SERVERS = ("bsky.social", "bsky.network")
"""Where Bluesky itself holds accounts: all of them are reached at its one address."""


class Connecting:
    """From what a person typed to a profile."""

    def __init__(self, http: Http, sessions: Sessions) -> None:
        self._http, self._sessions = http, sessions

    async def profile(self, visit: Visit, given: Mapping[str, str]) -> Profile:
        """The account that the typed name and app password open."""
        name = given.get("identifier", "").strip().lower().removeprefix("@")
        password = given.get("password", "").strip()
        if not name or not password:
            raise Refused("login_refused", "Type the handle and an app password.")
        did = await self._did(visit, name)
        server = await self._server(visit, did) if did else ""
        there = server if _elsewhere(server, visit.base_url) else visit.base_url
        try:
            session = await self._sessions.open(there, did or name, password)
        except LoginRevoked as error:
            raise Refused("login_refused", str(error), answer=error.answer) from error
        return _profile(session, did, password, visit.base_url)

    async def _did(self, visit: Visit, name: str) -> str:
        """The identifier of a handle; empty for an e-mail address, which only a server knows."""
        if name.startswith("did:"):
            if not DID.fullmatch(name):
                raise Refused("login_refused", f"“{name[:60]}” is no identifier of an account.")
            return name
        if "@" in name:
            return ""
        if not HANDLE.fullmatch(name):
            words = f"“{name[:60]}” is no handle: it looks like ada.bsky.social."
            raise Refused("login_refused", words)
        where = xrpc(visit.base_url, "com.atproto.identity.resolveHandle")
        answer = await asked(self._http, "Bluesky", "GET", where, params={"handle": name})
        did = word(field(answer.json(), "did"))
        if answer.ok and DID.fullmatch(did):
            return did
        if answer.status in {400, 404}:
            raise Refused("login_refused", f"Bluesky knows no account {name}.")
        raise NotPublished("not_signed_in", f"Bluesky did not look up {name}: {words_of(answer)}")

    async def _server(self, visit: Visit, did: str) -> str:
        """Where the account is held, by its document."""
        if did.startswith("did:web:"):
            where = f"https://{did.removeprefix('did:web:')}/.well-known/did.json"
        else:
            where = f"{visit.hosts[PLC].rstrip('/')}/{quote(did, safe=':')}"
        answer = await asked(self._http, "Bluesky's directory", "GET", where)
        server = server_in(answer.json())
        if answer.ok and urlsplit(server).scheme in ("https", urlsplit(visit.base_url).scheme):
            return server
        if answer.status in {404, 410}:
            raise Refused("login_refused", "The directory of accounts does not know this one.")
        words = f"The directory of accounts did not tell its server (HTTP {answer.status})."
        raise NotPublished("not_signed_in", words)


def _profile(session: Mapping[str, Any], did: str, password: str, base_url: str) -> Profile:
    remote_id = word(session.get("did"))
    if not DID.fullmatch(remote_id) or (did and remote_id != did):
        raise Refused("login_of_another", "These credentials are another account's.")
    if session.get("active") is False:
        raise Refused("login_refused", "This Bluesky account is not active.")
    secrets = {"identifier": remote_id, "password": password, **tokens_of(session)}
    server = secrets.get("pds", "")
    handle = word(session.get("handle")) or remote_id
    return Profile(
        remote_id, handle, secrets, server=server if _elsewhere(server, base_url) else None
    )


def _elsewhere(server: str, base_url: str) -> bool:
    """Whether the account is held by a server that ``base_url`` does not speak for."""
    host = urlsplit(server).hostname or ""
    ours = any(host == own or host.endswith(f".{own}") for own in OWN_SERVERS)
    return bool(host) and not ours and server != base_url.rstrip("/")
