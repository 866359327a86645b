"""Instagram's twin: Instagram Login, with tokens of its own kind.

Source: contract sheet 1.a (IG-IG) of Meta's platforms.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from postclock.sandbox.bodies import parse_form
from postclock.sandbox.consent import Ask, Decision, avatar, decide, send_back, show
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.grants import Token, TokenKind
from postclock.sandbox.graph import CALLS, field_names, refuse, token_name, token_of
from postclock.sandbox.twin import Call, Operation, Yard, json_answer

CODE_LIFE = timedelta(hours=1)
SHORT_LIFE, LONG_LIFE = timedelta(hours=1), timedelta(days=60)
YOUNGEST = timedelta(hours=24)
OWN = "ig-"
"""How the families of these tokens begin."""
USED = "Matching code was not found or was already used"


class InstagramLogin:
    """Consent at ``/web``, codes at ``/tokens``, the rest at the API."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._platform, self._grants, self._clock = platform, yard.grants[platform], yard.clock
        self.wraps = False
        """Whether tokens come wrapped in ``data``, as some versions of the documents have them."""

    def operations(self) -> list[Operation]:
        """Every call of a login."""
        page, code = "/web/oauth/authorize", "/tokens/oauth/access_token"
        return [
            Operation("GET", page, self._consent, CALLS, signed=False),
            Operation("POST", page, self._decided, CALLS, signed=False),
            Operation("POST", code, self._redeem, CALLS, signed=False),
            Operation("GET", "/access_token", self._exchange, CALLS, signed=False),
            Operation("GET", "/refresh_access_token", self._refresh, CALLS, signed=False),
            Operation("GET", "/{version}/me", self._me, CALLS, signed=False),
        ]

    async def _consent(self, call: Call) -> Response:
        return show(self._ask(call))

    async def _decided(self, call: Call) -> Response:
        ask = self._ask(call)
        decision = decide(ask, call.body)
        if not isinstance(decision, Decision):
            return decision
        if decision.account is None:
            return send_back(ask, {
                "error": "access_denied", "error_reason": "user_denied",
                "error_description": "The user denied your request.",
            })  # fmt: skip
        approved = self._grants.code(
            decision.account, scopes=decision.scopes, client_id=ask.client_id,
            redirect_uri=ask.redirect_uri, life=CODE_LIFE,
        )  # fmt: skip
        answer = send_back(ask, {"code": approved})
        answer.headers["location"] += "#_"
        return answer

    def _ask(self, call: Call) -> Ask:
        query = call.query
        scopes = tuple(filter(None, query.get("scope", "").replace(" ", ",").split(",")))
        return Ask(
            "Instagram", self._platform, query.get("client_id", ""),
            query.get("redirect_uri", ""), query.get("state", ""), scopes, separable=True,
        )  # fmt: skip

    async def _redeem(self, call: Call) -> Response:
        form = parse_form(call.body)
        if form.get("grant_type") != "authorization_code" or not form.get("client_secret"):
            return flat_error("Invalid platform app")
        approved = self._grants.redeem(
            str(form.get("code", "")), client_id=str(form.get("client_id", "")),
            redirect_uri=str(form.get("redirect_uri", "")),
        )  # fmt: skip
        if approved is None:
            return flat_error(USED)
        token = self._issue(approved.account, "short", approved.scopes, SHORT_LIFE)
        body: dict[str, Any] = {
            "access_token": token, "user_id": int(approved.account.remote_id),
            "permissions": ",".join(approved.scopes),
        }  # fmt: skip
        return json_answer({"data": [body]} if self.wraps else body)

    async def _exchange(self, call: Call) -> Response:
        if call.query.get("grant_type") != "ig_exchange_token":
            refuse(100, "Invalid grant_type")
        if not call.query.get("client_secret"):
            refuse(101, "Missing client_secret parameter.")
        short = self._grants.read(call.query.get("access_token", ""), "short")
        if short is None:
            refuse(190, "Invalid OAuth access token - Cannot parse access token")
        return self._long(short)

    async def _refresh(self, call: Call) -> Response:
        if call.query.get("grant_type") != "ig_refresh_token":
            refuse(100, "Invalid grant_type")
        token = token_of(self._grants, call.query.get("access_token", ""))
        if self._clock.now() - token.issued_at < YOUNGEST and token.expires_at:
            refuse(100, "The access token must be at least 24 hours old to be refreshed.")
        return self._long(token)

    def _long(self, before: Token) -> Response:
        token = self._issue(before.account, "access", before.scopes, LONG_LIFE)
        seconds = round(LONG_LIFE.total_seconds())
        return json_answer({"access_token": token, "token_type": "bearer", "expires_in": seconds})

    def _issue(
        self, who: SandboxAccount, kind: TokenKind, scopes: tuple[str, ...], life: timedelta
    ) -> str:
        return self._grants.issue(who, kind, scopes, life, f"{OWN}{who.remote_id}")

    async def _me(self, call: Call) -> Response:
        who = token_of(self._grants, token_name(call.request)).account
        return json_answer(profile_json(who, field_names(call.query, "id,username")))


def profile_json(who: SandboxAccount, names: list[str]) -> dict[str, Any]:
    """An account, as it is told to itself; ``id`` is the one that only this app knows."""
    personal = who.handle.startswith("personal")
    whole = {
        "id": str(int(who.remote_id) // 7), "user_id": who.remote_id, "username": who.handle,
        "name": who.handle.capitalize(), "account_type": "Personal" if personal else "Business",
        "profile_picture_url": avatar(who.handle),
    }  # fmt: skip
    return {**{name: whole[name] for name in names if name in whole}, "id": whole["id"]}


def flat_error(message: str) -> Response:
    """The error body of the address that redeems codes."""
    body = {"error_type": "OAuthException", "code": 400, "error_message": message}
    return json_answer(body, 400)
