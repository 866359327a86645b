"""Mastodon's twin: apps, consent, tokens. Source: the contract sheet of Mastodon, section 4a.

An app's id says for itself what was registered, so it outlives a restart of the sandbox.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.bodies import parse_form, parse_json
from postclock.sandbox.consent import Ask, decide, send_back, show
from postclock.sandbox.quotas import Quota
from postclock.sandbox.twin import Call, Operation, Refused, Yard, base_url, json_answer

APPS = Quota("apps", 5, 600)
GENERAL = Quota("general", 300, 300)
KNOWN_SCOPES = frozenset(
    {
        "profile", "read", "read:accounts", "read:statuses", "read:media", "write",
        "write:statuses", "write:media",
    }
)  # fmt: skip
DEFAULT_SCOPES = ("read",)
OUTSIDE = "This action is outside the authorized scopes"
NO_CLIENT = (
    "Client authentication failed due to unknown client, no client authentication included, or "
    "unsupported authentication method."
)
NO_GRANT = (
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection "
    "URI used in the authorization request, or was issued to another client."
)
_KEY = b"postclock sandbox: a pretend server's key, no secret"
KNOWN, PRETEND = "postclock-sandbox", "pretend"
"""An app that needs no registering: a Postclock that only tries things out."""


@dataclass(frozen=True, slots=True)
class App:
    """A registered app."""

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]

    @property
    def secret(self) -> str:
        return PRETEND if self.client_id == KNOWN else _sign(f"secret {self.client_id}")

    def comes_from(self, redirect_uri: str) -> bool:
        """Whether a browser may be sent back there."""
        return redirect_uri in self.redirect_uris or self.client_id == KNOWN


class MastodonOAuth:
    """The calls by which an account is connected."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._platform, self._clock = platform, yard.clock
        self._grants = yard.grants[platform]

    def operations(self) -> list[Operation]:
        """Every call about logins; a browser may come by the twin's page address too."""
        pages = [
            Operation(method, f"{at}/oauth/authorize", answer, GENERAL, signed=False)
            for at in ("", "/web")
            for method, answer in (("GET", self._ask), ("POST", self._decide))
        ]
        return [
            Operation("POST", "/api/v1/apps", self._register, APPS, signed=False),
            *pages,
            Operation("POST", "/oauth/token", self._token, GENERAL, signed=False),
            Operation("POST", "/oauth/revoke", self._revoke, GENERAL, signed=False),
            Operation(
                "GET", "/.well-known/oauth-authorization-server", self._known, GENERAL,
                signed=False,
            ),
        ]  # fmt: skip

    def allows(self, token: str, scope: str) -> bool:
        """Whether a token may do what ``scope`` names."""
        found = self._grants.read(token)
        held = found.scopes if found else ()
        return bool({"*", scope, scope.partition(":")[0]} & set(held))

    # --- operations -----------------------------------------------------------------------------

    async def _register(self, call: Call) -> Response:
        asked = fields(call)
        uris, name = asked.get("redirect_uris"), asked.get("client_name")
        listed = uris.split() if isinstance(uris, str) else uris
        if not isinstance(name, str) or not name.strip():
            refuse(422, "Validation failed: Application name can't be blank")
        if not isinstance(listed, list) or not listed or not all(map(_is_address, listed)):
            refuse(422, "Validation failed: Redirect URI must be an absolute URI.")
        scopes = str(asked.get("scopes") or "").split() or list(DEFAULT_SCOPES)
        if not KNOWN_SCOPES.issuperset(scopes):
            refuse(422, "Validation failed: Scopes doesn't match configured on the server.")
        app = _made(name, tuple(listed), tuple(scopes))
        return json_answer({
            "id": "1", "name": app.name, "website": asked.get("website"),
            "scopes": list(app.scopes), "redirect_uri": "\n".join(app.redirect_uris),
            "redirect_uris": list(app.redirect_uris), "client_id": app.client_id,
            "client_secret": app.secret, "client_secret_expires_at": 0,
        })  # fmt: skip

    async def _ask(self, call: Call) -> Response:
        asked = self._asked(call)
        return asked if isinstance(asked, Response) else show(asked)

    async def _decide(self, call: Call) -> Response:
        asked = self._asked(call)
        if isinstance(asked, Response):
            return asked
        decision = decide(asked, call.body)
        if isinstance(decision, Response):
            return decision
        if decision.account is None:
            words = "The resource owner or authorization server denied the request."
            return send_back(asked, {"error": "access_denied", "error_description": words})
        granted = self._grants.code(
            decision.account,
            scopes=decision.scopes,
            client_id=asked.client_id,
            redirect_uri=asked.redirect_uri,
            challenge=call.query.get("code_challenge", ""),
        )
        return send_back(asked, {"code": granted})

    def _asked(self, call: Call) -> Ask | Response:
        """What an app asks for; an answer where it may not ask so."""
        query = call.query
        app = app_of(query.get("client_id", ""))
        redirect_uri = query.get("redirect_uri", "")
        if app is None or not app.comes_from(redirect_uri):
            return show(Ask("Mastodon", self._platform, "", "", ""))
        scopes = tuple(query.get("scope", "").split()) or DEFAULT_SCOPES
        ask = Ask("Mastodon", self._platform, app.client_id, redirect_uri,
                  query.get("state", ""), scopes)  # fmt: skip
        if query.get("response_type") != "code":
            return send_back(ask, {"error": "unsupported_response_type"})
        if not all(_within(scope, app.scopes) for scope in scopes):
            return send_back(ask, {"error": "invalid_scope"})
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            return send_back(ask, {"error": "invalid_code_challenge_method"})
        return ask

    async def _token(self, call: Call) -> Response:
        asked = fields(call)
        app = _signed_app(call.request, asked)
        if asked.get("grant_type") != "authorization_code":
            refuse(400, "unsupported_grant_type", "The grant type is not supported.")
        found = self._grants.redeem(
            str(asked.get("code") or ""),
            client_id=app.client_id,
            redirect_uri=str(asked.get("redirect_uri") or ""),
            verifier=str(asked.get("code_verifier") or ""),
        )
        if found is None:
            refuse(400, "invalid_grant", NO_GRANT)
        token = self._grants.issue(found.account, "access", found.scopes, None)
        return json_answer({
            "access_token": token, "token_type": "Bearer", "scope": " ".join(found.scopes),
            "created_at": int(self._clock.now().timestamp()),
        })  # fmt: skip

    async def _revoke(self, call: Call) -> Response:
        asked = fields(call)
        if asked.get("client_id") is None:
            refuse(403, "unauthorized_client", "You are not authorized to revoke this token")
        _signed_app(call.request, asked)
        self._grants.end(str(asked.get("token") or ""))
        return json_answer({})

    async def _known(self, call: Call) -> Response:
        base = base_url(call.request)
        return json_answer({
            "issuer": f"{base}/", "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token", "revocation_endpoint": f"{base}/oauth/revoke",
            "app_registration_endpoint": f"{base}/api/v1/apps",
            "scopes_supported": sorted(KNOWN_SCOPES), "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        })  # fmt: skip


def fields(call: Call) -> dict[str, Any]:
    """What a request's form or JSON object says."""
    kind = call.content_type.partition(";")[0].strip().lower()
    if kind != "application/json":
        return parse_form(call.body)
    asked = parse_json(call.body)
    return asked if isinstance(asked, dict) else {}


def refuse(status: int, error: str, words: str = "") -> NoReturn:
    """Answer with an error in Mastodon's shape."""
    described = {"error_description": words} if words else {}
    raise Refused(json_answer({"error": error, **described}, status))


def app_of(client_id: str) -> App | None:
    """The app with an id; None for one that was not registered here."""
    if client_id == KNOWN:
        return App(client_id, "Postclock", (), ("read", "write", "profile"))
    packed, _, signature = client_id.rpartition(".")
    if not hmac.compare_digest(_sign(packed).encode(), signature.encode("utf-8", "replace")):
        return None
    said = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    return App(client_id, said["name"], tuple(said["redirect_uris"]), tuple(said["scopes"]))


def _made(name: str, redirect_uris: tuple[str, ...], scopes: tuple[str, ...]) -> App:
    said = {"name": name[:60], "redirect_uris": redirect_uris, "scopes": scopes}
    packed = _base64(json.dumps(said, separators=(",", ":")).encode())
    return App(f"{packed}.{_sign(packed)}", name, redirect_uris, scopes)


def _signed_app(request: Request, asked: Mapping[str, Any]) -> App:
    """The app that makes a request, by Basic or by its fields; raises Refused."""
    client_id, secret = str(asked.get("client_id") or ""), str(asked.get("client_secret") or "")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        client_id, _, secret = _from_base64(given).partition(":")
    app = app_of(client_id)
    if app is None or not hmac.compare_digest(
        app.secret.encode(), secret.encode("utf-8", "replace")
    ):
        refuse(401, "invalid_client", NO_CLIENT)
    return app


def _within(scope: str, held: tuple[str, ...]) -> bool:
    return scope in held or scope.partition(":")[0] in held


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://", "urn:ietf:wg:oauth"))


def _from_base64(text: str) -> str:
    try:
        return urlsafe_b64decode(text.encode("ascii", "replace")).decode("utf-8", "replace")
    except NotBase64:
        return ""


def _sign(text: str) -> str:
    return _base64(hmac.digest(_KEY, text.encode("utf-8", "replace"), "sha256"))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
