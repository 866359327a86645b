"""Google's consent and tokens, as YouTube's twin has them.

Source: the contract sheet of YouTube, section 5.a.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from postclock.sandbox.bodies import parse_form
from postclock.sandbox.consent import Ask, decide, send_back, show
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.grants import Grants
from postclock.sandbox.twin import Call, Operation, Yard, bearer, json_answer
from postclock.sandbox.youtube_answers import FREE, refuse, token_error

ACCESS_LIFE = timedelta(seconds=3599)
TESTING = "testing"
"""An app whose id holds this is in testing: its logins end after seven days."""
TESTING_LIFE = timedelta(days=7)
NO_CHANNEL = "nochannel"
NOTE = "The handle “nochannel” is a Google account without a channel."
EXPIRED = "Token has been expired or revoked."
SCOPE = "https://www.googleapis.com/auth/youtube"
MANAGE_SCOPES = (SCOPE, f"{SCOPE}.force-ssl")
UPLOAD_SCOPES = (*MANAGE_SCOPES, f"{SCOPE}.upload")
READ_SCOPES = (*MANAGE_SCOPES, f"{SCOPE}.readonly")
COMMENT_SCOPES = (f"{SCOPE}.force-ssl",)
"""One of each is enough for what it is named after."""


class GoogleOAuth:
    """The hosts accounts.google.com (under ``web``) and oauth2.googleapis.com (under ``token``)."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._platform, self._grants = platform, yard.grants[platform]
        self._offline: set[str] = set()

    def operations(self) -> list[Operation]:
        """Consent and tokens."""
        consent = "/web/o/oauth2/v2/auth"
        return [
            Operation("GET", consent, self._ask, FREE, signed=False),
            Operation("POST", consent, self._decide, FREE, signed=False),
            Operation("POST", "/token/token", self._token, FREE, signed=False),
            Operation("POST", "/token/revoke", self._revoke, FREE, signed=False),
        ]

    def _asked(self, call: Call) -> Ask:
        asked = call.query
        return Ask(
            "YouTube", self._platform, asked.get("client_id", ""), asked.get("redirect_uri", ""),
            asked.get("state", ""), tuple(asked.get("scope", "").split()), separable=True,
            note=NOTE,
        )  # fmt: skip

    async def _ask(self, call: Call) -> Response:
        return show(self._asked(call), _complaint(call))

    async def _decide(self, call: Call) -> Response:
        ask = self._asked(call)
        if complaint := _complaint(call):
            return show(ask, complaint)
        decision = decide(ask, call.body)
        if isinstance(decision, Response):
            return decision
        if decision.account is None:
            return send_back(ask, {"error": "access_denied"})
        given = self._grants.code(
            decision.account, scopes=decision.scopes, client_id=ask.client_id,
            redirect_uri=ask.redirect_uri, challenge=call.query.get("code_challenge", ""),
        )  # fmt: skip
        if call.query.get("access_type") == "offline":
            self._offline.add(given)
        return send_back(ask, {"code": given, "scope": " ".join(decision.scopes)})

    async def _token(self, call: Call) -> Response:
        form = parse_form(call.body)
        if not form.get("client_id") or not form.get("client_secret"):
            return token_error(401, "invalid_client", "The OAuth client was not found.")
        if form.get("grant_type") == "authorization_code":
            return self._exchanged(form)
        if form.get("grant_type") == "refresh_token":
            return self._refreshed(form)
        return token_error(400, "unsupported_grant_type", "Invalid grant_type")

    def _exchanged(self, form: dict[str, Any]) -> Response:
        given = str(form.get("code", ""))
        approved = self._grants.redeem(
            given, client_id=form["client_id"], redirect_uri=str(form.get("redirect_uri", "")),
            verifier=str(form.get("code_verifier", "")),
        )  # fmt: skip
        if approved is None:
            return token_error(400, "invalid_grant", "Bad Request")
        if given not in self._offline:
            return self._issued(approved.account, approved.scopes)
        self._offline.discard(given)
        life = TESTING_LIFE if TESTING in approved.client_id else None
        more: dict[str, Any] = {
            "refresh_token": self._grants.issue(approved.account, "refresh", approved.scopes, life)
        }
        if life:
            more["refresh_token_expires_in"] = int(life.total_seconds())
        return self._issued(approved.account, approved.scopes, **more)

    def _refreshed(self, form: dict[str, Any]) -> Response:
        token = self._grants.read(str(form.get("refresh_token", "")), "refresh")
        if token is None:
            return token_error(400, "invalid_grant", EXPIRED)
        return self._issued(token.account, token.scopes)

    def _issued(self, account: SandboxAccount, scopes: tuple[str, ...], **more: Any) -> Response:
        access = self._grants.issue(account, "access", scopes, ACCESS_LIFE)
        return json_answer({
            "access_token": access, "expires_in": int(ACCESS_LIFE.total_seconds()),
            "scope": " ".join(scopes), "token_type": "Bearer", **more,
        })  # fmt: skip

    async def _revoke(self, call: Call) -> Response:
        name = str(call.query.get("token") or parse_form(call.body).get("token") or "")
        token = self._grants.read(name, "refresh") or self._grants.read(name)
        if token is None:
            return token_error(400, "invalid_token", EXPIRED)
        self._grants.revoke(token.account.remote_id)
        return json_answer({})


def require_scope(grants: Grants, call: Call, *enough: str) -> None:
    """Raise Refused unless the login was given one of the scopes that are enough."""
    token = grants.read(bearer(call.request) or "")
    if token and "*" not in token.scopes and not set(enough) & set(token.scopes):
        refuse(403, "insufficientPermissions")


def no_channel(account: SandboxAccount) -> bool:
    """Whether this Google account has no channel."""
    return account.handle == NO_CHANNEL


def _complaint(call: Call) -> str:
    query = call.query
    if query.get("response_type") != "code":
        return "response_type must be code."
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        return "Only code_challenge_method=S256 is offered."
    return ""
