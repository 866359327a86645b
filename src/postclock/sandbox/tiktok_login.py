"""TikTok's twin: its consent page and its tokens.

Source: the contract sheet of TikTok, section 4.a. Refresh tokens rotate, the old one dies at once;
errors are flat, and that of a dead refresh token comes with HTTP 200.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from postclock.sandbox.bodies import parse_form
from postclock.sandbox.consent import Ask, Decision, avatar, decide, send_back, show
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.grants import Code, Token
from postclock.sandbox.quotas import Quota
from postclock.sandbox.tiktok_answers import done, flat, refuse
from postclock.sandbox.twin import Call, Operation, Yard, bearer, json_answer

ACCESS_LIFE, REFRESH_LIFE = timedelta(hours=2), timedelta(days=180)
"""As of November 2026; 24 hours and 365 days before."""
DISPLAY = Quota("display", 600, 60)
PRIVATE, STRICT = "private", "strict"
"""How the handle of an account with a private profile, of one that allows little, begins."""


class TikTokLogin:
    """Consent, codes and tokens, and the account they open."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._platform, self._grants = platform, yard.grants[platform]

    def operations(self) -> list[Operation]:
        """Every call about logins."""
        page = "/web/v2/auth/authorize/"
        return [
            Operation("GET", page, self._ask, DISPLAY, signed=False),
            Operation("POST", page, self._decide, DISPLAY, signed=False),
            Operation("POST", "/v2/oauth/token/", self._token, DISPLAY, signed=False),
            Operation("POST", "/v2/oauth/revoke/", self._revoke, DISPLAY, signed=False),
            Operation("GET", "/v2/user/info/", self._user, DISPLAY),
        ]

    def token(self, name: str | None) -> Token | None:
        """What a bearer token stands for."""
        return self._grants.read(name) if name else None

    def need(self, call: Call, scope: str) -> None:
        """Raise Refused unless the caller's token has ``scope``."""
        token = self.token(bearer(call.request))
        if token is None or not {scope, "*"} & set(token.scopes):
            refuse("scope_not_authorized", f"The user did not authorize the scope {scope}")

    # --- consent --------------------------------------------------------------------------------

    async def _ask(self, call: Call) -> Response:
        return show(self._read(call), self._complaint(call))

    async def _decide(self, call: Call) -> Response:
        ask = self._read(call)
        if complaint := self._complaint(call):
            return show(ask, complaint)
        decided = decide(ask, call.body)
        if not isinstance(decided, Decision):
            return decided
        if decided.account is None:
            said = {"error": "access_denied", "error_description": "User cancelled the authorize"}
            return send_back(ask, said)
        code = self._grants.code(
            decided.account, scopes=decided.scopes, client_id=ask.client_id,
            redirect_uri=ask.redirect_uri,
        )  # fmt: skip
        return send_back(ask, {"code": code, "scopes": ",".join(decided.scopes)})

    def _read(self, call: Call) -> Ask:
        query = call.query
        return Ask(
            "TikTok", self._platform, query.get("client_key", ""), query.get("redirect_uri", ""),
            query.get("state", ""), tuple(filter(None, query.get("scope", "").split(","))),
            separable=True,
            note=f"A handle that begins with “{PRIVATE}” has a private profile, with “{STRICT}” "
            "allows no comments, duets and stitches, with “banned” or “busy” may not post.",
        )  # fmt: skip

    def _complaint(self, call: Call) -> str:
        query = call.query
        if query.get("response_type") != "code":
            return "response_type must be code."
        if "?" in query.get("redirect_uri", "") or "#" in query.get("redirect_uri", ""):
            return "redirect_uri must have no query and no fragment."
        return "" if query.get("scope") else "scope is missing."

    # --- tokens ---------------------------------------------------------------------------------

    async def _token(self, call: Call) -> Response:
        form = {name: str(value) for name, value in parse_form(call.body).items()}
        if not form.get("client_key") or not form.get("client_secret"):
            return flat("invalid_client", "Client key or secret is incorrect.", 401)
        match form.get("grant_type"):
            case "authorization_code":
                approved = self._grants.redeem(
                    form.get("code", ""), client_id=form["client_key"],
                    redirect_uri=form.get("redirect_uri", ""),
                )  # fmt: skip
                expired = flat("invalid_grant", "Authorization code is expired.")
                return self._pair(approved) if approved else expired
            case "refresh_token":
                spent = self._grants.spend(form.get("refresh_token", ""))
                dead = flat("invalid_grant", "Refresh token is invalid or expired.", 200)
                return self._pair(spent) if spent else dead
            case _:
                return flat("unsupported_grant_type", "Grant type is not supported.")

    def _pair(self, granted: Code | Token) -> Response:
        family = granted.family if isinstance(granted, Token) else ""
        account, scopes = granted.account, granted.scopes
        refresh = self._grants.issue(account, "refresh", scopes, REFRESH_LIFE, family)
        family = family or self._grants.family(refresh)
        return json_answer({
            "open_id": account.remote_id, "scope": ",".join(scopes), "token_type": "Bearer",
            "access_token": self._grants.issue(account, "access", scopes, ACCESS_LIFE, family),
            "expires_in": int(ACCESS_LIFE.total_seconds()), "refresh_token": refresh,
            "refresh_expires_in": int(REFRESH_LIFE.total_seconds()),
        })  # fmt: skip

    async def _revoke(self, call: Call) -> Response:
        token = str(parse_form(call.body).get("token", ""))
        if found := self._grants.read(token):
            self._grants.revoke(found.account.remote_id)
        return json_answer({})

    # --- the account ----------------------------------------------------------------------------

    async def _user(self, call: Call) -> Response:
        self.need(call, "user.info.basic")
        wanted = [one for one in call.query.get("fields", "").split(",") if one]
        if "username" in wanted:
            self.need(call, "user.info.profile")
        known = user_of(call.author)
        if not wanted or set(wanted) - known.keys():
            refuse("invalid_params", "Fields is required, and must be known")
        return done({"user": {name: known[name] for name in wanted}})


def user_of(account: SandboxAccount) -> dict[str, str]:
    """A profile's fields."""
    return {
        "open_id": account.remote_id, "union_id": f"union-{account.remote_id}",
        "avatar_url": avatar(account.handle), "username": account.handle,
        "display_name": account.handle.capitalize(),
    }  # fmt: skip
