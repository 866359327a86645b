"""X's twin: its consent page and its token endpoint.

Source: the contract sheet of X (section 1a).
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from datetime import timedelta

from starlette.responses import Response

from postclock.sandbox.bodies import parse_form
from postclock.sandbox.consent import Ask, Decision, decide, send_back, show
from postclock.sandbox.grants import Code, Token
from postclock.sandbox.twin import Call, Operation, Yard, json_answer
from postclock.sandbox.twitter_quotas import ME

CODE_LIFE = timedelta(seconds=30)
ACCESS_LIFE = timedelta(hours=2)
REFRESH_LIFE = timedelta(days=180)
OFFLINE = "offline.access"


class TwitterLogin:
    """Consent, codes and tokens."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._platform = platform
        self._grants = yard.grants[platform]

    def operations(self) -> list[Operation]:
        """Every call about logins."""
        page = "/web/i/oauth2/authorize"
        return [
            Operation("GET", page, self._ask, ME, signed=False),
            Operation("POST", page, self._decide, ME, signed=False),
            Operation("POST", "/2/oauth2/token", self._token, ME, signed=False),
            Operation("POST", "/2/oauth2/revoke", self._revoke, ME, signed=False),
        ]

    async def _ask(self, call: Call) -> Response:
        ask = self._read(call)
        return show(ask, self._complaint(call))

    async def _decide(self, call: Call) -> Response:
        ask = self._read(call)
        if complaint := self._complaint(call):
            return show(ask, complaint)
        decided = decide(ask, call.body)
        if not isinstance(decided, Decision):
            return decided
        if decided.account is None:
            return send_back(ask, {"error": "access_denied"})
        given = self._grants.code(
            decided.account, scopes=decided.scopes, client_id=ask.client_id,
            redirect_uri=ask.redirect_uri, challenge=call.query["code_challenge"], life=CODE_LIFE,
        )  # fmt: skip
        return send_back(ask, {"code": given})

    def _read(self, call: Call) -> Ask:
        query = call.query
        return Ask(
            "X", self._platform, query.get("client_id", ""), query.get("redirect_uri", ""),
            query.get("state", ""), tuple(query.get("scope", "").split()),
        )  # fmt: skip

    def _complaint(self, call: Call) -> str:
        query = call.query
        if query.get("response_type") != "code":
            return "response_type must be code."
        if not query.get("code_challenge") or query.get("code_challenge_method") != "S256":
            return "PKCE is missing: code_challenge with code_challenge_method=S256."
        return ""

    async def _token(self, call: Call) -> Response:
        form = {name: str(value) for name, value in parse_form(call.body).items()}
        client_id = _client_of(call) or form.get("client_id", "")
        if not client_id:
            return _unwilling("unauthorized_client", "Missing valid authorization header", 401)
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchange(form, client_id)
            case "refresh_token":
                spent = self._grants.spend(form.get("refresh_token", ""), kill_family=True)
                return self._pair(spent) if spent else _invalid()
            case _:
                return _unwilling("unsupported_grant_type", "Unsupported grant type.")

    def _exchange(self, form: dict[str, str], client_id: str) -> Response:
        approved = self._grants.redeem(
            form.get("code", ""), client_id=client_id, redirect_uri=form.get("redirect_uri", ""),
            verifier=form.get("code_verifier", ""),
        )  # fmt: skip
        return self._pair(approved) if approved else _invalid()

    def _pair(self, granted: Code | Token) -> Response:
        family = granted.family if isinstance(granted, Token) else ""
        access = self._grants.issue(granted.account, "access", granted.scopes, ACCESS_LIFE, family)
        family = family or self._grants.family(access)
        answer = {
            "token_type": "bearer", "expires_in": int(ACCESS_LIFE.total_seconds()),
            "access_token": access, "scope": " ".join(granted.scopes),
        }  # fmt: skip
        if OFFLINE in granted.scopes:
            answer["refresh_token"] = self._grants.issue(
                granted.account, "refresh", granted.scopes, REFRESH_LIFE, family
            )
        return json_answer(answer)

    async def _revoke(self, call: Call) -> Response:
        token = str(parse_form(call.body).get("token", ""))
        for kind in ("access", "refresh"):
            if found := self._grants.read(token, kind):
                self._grants.revoke(found.account.remote_id)
        return json_answer({"revoked": True})


def _client_of(call: Call) -> str:
    """Whose app asks, by HTTP Basic."""
    scheme, _, given = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(given, validate=True).decode().partition(":")[0]
    except (NotBase64, UnicodeDecodeError):
        return ""


def _invalid() -> Response:
    return _unwilling("invalid_request", "Value passed for the token was invalid.")


def _unwilling(error: str, words: str, status: int = 400) -> Response:
    return json_answer({"error": error, "error_description": words}, status)
