"""Bluesky's sessions (contract sheet 3a): opened by an app password, renewed by a refresh token.

A refresh token that was used stays good for two hours and gives the same successor, so a lost
answer does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from postclock.clock import Clock
from postclock.http import Http, Response
from postclock.services.platforms.answers import signing_in
from postclock.services.platforms.base import Login, LoginRevoked, NotPublished, RateLimited
from postclock.services.platforms.bluesky_answers import free_at, xrpc
from postclock.services.platforms.json_reading import field, objects, word
from postclock.services.platforms.jwt import expiry

AHEAD = timedelta(minutes=2)
"""How long before its end a session is renewed."""
SIGN_IN_ANSWERS = {
    "AuthenticationRequired": "Bluesky does not know this name and app password.",
    "AuthFactorTokenRequired": "Bluesky wants a code by e-mail: use an app password instead.",
    "AccountTakedown": "Bluesky has taken this account down.",
    "AccountDeactivated": "This Bluesky account is deactivated.",
    "AccountSuspended": "Bluesky has suspended this account.",
}
"""The answers to a sign-in that only a person can settle, each with its sentence."""


class Sessions:
    """Opens and renews sessions."""

    def __init__(self, http: Http, clock: Clock) -> None:
        self._http, self._clock = http, clock

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Whether there is no session yet, or it ends within minutes."""
        token = login.secrets.get("access_jwt")
        ends = expiry(token) if token else None
        return not token or (ends is not None and now >= ends - AHEAD)

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """A session from the refresh token, else from the app password."""
        if token := login.secrets.get("refresh_jwt"):
            answer = await self._ask(
                login.base_url, "refreshSession", headers={"Authorization": f"Bearer {token}"}
            )
            if answer.ok or answer.status not in {400, 401}:
                return self._of(login, answer)
        identifier, password = login.secrets.get("identifier"), login.secrets.get("password")
        if not identifier or not password:
            raise LoginRevoked("login_revoked", "Connect this Bluesky account again.")
        body = {"identifier": identifier, "password": password}
        return self._of(login, await self._ask(login.base_url, "createSession", json=body))

    async def open(self, base_url: str, identifier: str, password: str) -> Mapping[str, Any]:
        """The first session of an account, as its server answers it.

        Raises LoginRevoked with a sentence where only a person can help, else NotPublished.
        """
        body = {"identifier": identifier, "password": password}
        return self._opened(await self._ask(base_url, "createSession", json=body))

    async def _ask(
        self,
        base_url: str,
        call: str,
        *,
        json: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        with signing_in("Bluesky"):
            return await self._http.request(
                "POST", xrpc(base_url, f"com.atproto.server.{call}"), json=json, headers=headers
            )

    def _of(self, login: Login, answer: Response) -> Mapping[str, str]:
        body = self._opened(answer)
        if word(body.get("did")) != login.remote_id:
            raise LoginRevoked("login_of_another", "These credentials are another account's.")
        return {**login.secrets, **tokens_of(body)}

    def _opened(self, answer: Response) -> Mapping[str, Any]:
        body = answer.json()
        error = word(field(body, "error"))
        if error in SIGN_IN_ANSWERS and not answer.ok:
            raise LoginRevoked("login_revoked", SIGN_IN_ANSWERS[error])
        if answer.status == 429:
            until = free_at(answer.headers, self._clock.now())
            raise RateLimited("rate_limited", "Bluesky takes no more logins for now.", until=until)
        whole = word(field(body, "accessJwt")) and word(field(body, "refreshJwt"))
        if not answer.ok or not whole:
            raise NotPublished("not_signed_in", f"Bluesky gave no session (HTTP {answer.status}).")
        opened: Mapping[str, Any] = body
        return opened


def tokens_of(session: Mapping[str, Any]) -> dict[str, str]:
    """What is kept of a session: its tokens, and the server that holds the account, if it says."""
    tokens = {
        "access_jwt": word(session.get("accessJwt")), "refresh_jwt": word(session.get("refreshJwt"))
    }  # fmt: skip
    server = server_in(session.get("didDoc"))
    return {**tokens, "pds": server} if server else tokens


def server_in(document: Any) -> str:
    """The address of the account's server in its DID document; empty where it names none."""
    for service in objects(field(document, "service")):
        named = word(service.get("id")).endswith("#atproto_pds")
        if named and word(service.get("type")) == "AtprotoPersonalDataServer":
            return word(service.get("serviceEndpoint")).rstrip("/")
    return ""
