"""LinkedIn's twin: its consent page, its tokens, who somebody is and which pages are theirs.

Source: the contract sheet of LinkedIn, section 2a. An app whose id holds ``partner`` is one that
LinkedIn approved: only such an app gets refresh tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from postclock.clock import Clock
from postclock.sandbox.bodies import parse_form
from postclock.sandbox.consent import Ask, Decision, avatar, decide, send_back, show
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.grants import Token
from postclock.sandbox.linkedin_pages import Rights, check_request, pages_of
from postclock.sandbox.linkedin_problems import refuse
from postclock.sandbox.quotas import Quota
from postclock.sandbox.twin import Call, Operation, Yard, json_answer

CALLS = Quota("logins", 10_000, 24 * 3600)
CODE_LIFE = timedelta(minutes=30)
ACCESS_LIFE, REFRESH_LIFE = timedelta(days=60), timedelta(days=365)
SCOPES = frozenset({
    "openid", "profile", "email", "w_member_social", "w_member_social_feed",
    "w_organization_social", "r_organization_social", "w_organization_social_feed",
    "r_organization_social_feed", "rw_organization_admin", "r_organization_admin",
})  # fmt: skip
"""What an app may be given; reading a person's posts (``r_member_social``) is closed."""
ADMIN = ("rw_organization_admin", "r_organization_admin")


class LinkedInLogin:
    """Consent, codes, tokens; people and pages."""

    def __init__(self, platform: str, yard: Yard, rights: Rights) -> None:
        self._platform, self._rights = platform, rights
        self._grants = yard.grants[platform]
        self._clock: Clock = yard.clock

    def operations(self) -> list[Operation]:
        """Every call about logins."""
        page = "/web/oauth/v2/authorization"
        return [
            Operation("GET", page, self._ask, CALLS, signed=False),
            Operation("POST", page, self._decide, CALLS, signed=False),
            Operation("POST", "/oauth/oauth/v2/accessToken", self._token, CALLS, signed=False),
            Operation("GET", "/v2/userinfo", self._me, CALLS),
            Operation("GET", "/rest/organizationAcls", self._pages, CALLS),
            Operation("GET", "/rest/organizations/{number}", self._page, CALLS),
        ]

    async def _ask(self, call: Call) -> Response:
        ask = self._read(call)
        return self._unknown(ask) or show(ask, _complaint(call))

    async def _decide(self, call: Call) -> Response:
        ask = self._read(call)
        if complaint := _complaint(call):
            return show(ask, complaint)
        if unknown := self._unknown(ask):
            return unknown
        decided = decide(ask, call.body)
        if not isinstance(decided, Decision):
            return decided
        if decided.account is None:
            words = "The user cancelled the authorization"
            return send_back(ask, {"error": "user_cancelled_authorize", "error_description": words})
        code = self._grants.code(
            decided.account, scopes=decided.scopes, client_id=ask.client_id,
            redirect_uri=ask.redirect_uri, life=CODE_LIFE,
        )  # fmt: skip
        return send_back(ask, {"code": code})

    def _read(self, call: Call) -> Ask:
        query = call.query
        return Ask(
            "LinkedIn", self._platform, query.get("client_id", ""), query.get("redirect_uri", ""),
            query.get("state", ""), tuple(query.get("scope", "").split()),
            note="You have a role in three pages: you may post for the bakery and the workshop.",
        )  # fmt: skip

    def _unknown(self, ask: Ask) -> Response | None:
        strange = [scope for scope in ask.scopes if scope not in SCOPES]
        if ask.problem() or not strange:
            return None
        words = f"Scope {strange[0]!r} is not authorized for your application"
        return send_back(ask, {"error": "unauthorized_scope_error", "error_description": words})

    async def _token(self, call: Call) -> Response:
        form = {name: str(value) for name, value in parse_form(call.body).items()}
        client_id = form.get("client_id", "")
        if not client_id or not form.get("client_secret"):
            return _unwilling("invalid_client", "Client authentication failed", 401)
        match form.get("grant_type"):
            case "authorization_code":
                approved = self._grants.redeem(
                    form.get("code", ""), client_id=client_id,
                    redirect_uri=form.get("redirect_uri", ""),
                )  # fmt: skip
                if approved is None:
                    words = "appid/redirect uri/code verifier does not match authorization code"
                    return _unwilling("invalid_request", words)
                return self._first(approved.account, approved.scopes, client_id)
            case "refresh_token":
                name = form.get("refresh_token", "")
                known = self._grants.read(name, "refresh")
                if known is None:
                    words = "The provided refresh token is invalid, expired or revoked"
                    return _unwilling("invalid_grant", words)
                return self._renewed(known, name)
            case _:
                return _unwilling("unsupported_grant_type", "Unsupported grant type")

    def _first(self, account: SandboxAccount, scopes: Sequence[str], client_id: str) -> Response:
        access = self._grants.issue(account, "access", scopes, ACCESS_LIFE)
        answer = _answer(access, scopes)
        if "partner" in client_id:
            family = self._grants.family(access)
            token = self._grants.issue(account, "refresh", scopes, REFRESH_LIFE, family)
            answer |= {"refresh_token": token, "refresh_token_expires_in": _seconds(REFRESH_LIFE)}
        return json_answer(answer)

    def _renewed(self, known: Token, name: str) -> Response:
        """A new access token; the refresh token stays, and its time goes on."""
        access = self._grants.issue(
            known.account, "access", known.scopes, ACCESS_LIFE, known.family
        )
        left = (known.expires_at or self._clock.now()) - self._clock.now()
        more = {"refresh_token": name, "refresh_token_expires_in": _seconds(left)}
        return json_answer({**_answer(access, known.scopes), **more})

    # --- who, and which pages -------------------------------------------------------------------

    async def _me(self, call: Call) -> Response:
        author = self._rights.need(call.request, ["openid"], "userinfo.GET")
        return json_answer({
            "sub": author.remote_id, "name": author.handle, "given_name": author.handle,
            "family_name": "", "picture": avatar(author.handle),
            "locale": {"country": "US", "language": "en"},
        })  # fmt: skip

    async def _pages(self, call: Call) -> Response:
        check_request(call.request, self._clock.now())
        person = self._rights.need(call.request, ADMIN, "organizationAcls.FINDER-roleAssignee")
        if call.query.get("q") != "roleAssignee":
            refuse(400, "ILLEGAL_ARGUMENT", "The finder is q=roleAssignee")
        role, state = call.query.get("role"), call.query.get("state", "APPROVED")
        elements = [
            {
                "organization": page.urn, "role": page.role, "state": "APPROVED",
                "roleAssignee": f"urn:li:person:{person.remote_id}",
            }
            for page in pages_of(person)
            if role in (None, page.role) and state == "APPROVED"
        ]  # fmt: skip
        paging = {"start": 0, "count": len(elements), "links": []}
        return json_answer({"elements": elements, "paging": paging})

    async def _page(self, call: Call) -> Response:
        check_request(call.request, self._clock.now())
        person = self._rights.need(call.request, ADMIN, "organizations.GET")
        number = call.param("number")
        page = next((page for page in pages_of(person) if page.number == number), None)
        if page is None:
            refuse(404, "RESOURCE_NOT_FOUND", "There is no such organization")
        return json_answer({
            "id": int(page.number), "localizedName": page.name, "vanityName": page.vanity,
        })  # fmt: skip


def _complaint(call: Call) -> str:
    return "" if call.query.get("response_type") == "code" else "response_type must be code."


def _answer(access: str, scopes: Sequence[str]) -> dict[str, Any]:
    return {
        "access_token": access, "expires_in": _seconds(ACCESS_LIFE), "scope": " ".join(scopes),
        "token_type": "Bearer",
    }  # fmt: skip


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


def _unwilling(error: str, words: str, status: int = 400) -> Response:
    return json_answer({"error": error, "error_description": words}, status)
