"""Facebook Login, as the twins of Meta's platforms have it: consent, tokens, Pages.

Source: contract sheet 1.a (IG-FB) of Meta's platforms. Whoever gives consent manages four Pages:
their own, a club's where they may only look, a paper's, and a shop's that belongs to a business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from postclock.sandbox.consent import Ask, Decision, avatar, decide, send_back, show
from postclock.sandbox.credentials import SandboxAccount, sandbox_account
from postclock.sandbox.grants import Token, TokenKind
from postclock.sandbox.graph import CALLS, field_names, refuse, token_name, token_of
from postclock.sandbox.twin import Call, Operation, Yard, base_url, json_answer

SHORT_LIFE, LONG_LIFE = timedelta(hours=2), timedelta(days=60)
DATA_LIFE = timedelta(days=90)
USER, PAGE = "user-", "page-"
"""How the families of a person's and of a Page's tokens begin."""
AT_ONCE = 2
"""Pages in one answer: a list goes on in the next."""
PAGE_SCOPES = ("pages_show_list", "pages_read_engagement")
EVERYTHING = ("CREATE_CONTENT", "MANAGE", "MODERATE", "ADVERTISE", "ANALYZE")


@dataclass(frozen=True, slots=True)
class PretendPage:
    """A Page of the sandbox; ``linked``: an Instagram account hangs on it."""

    account: SandboxAccount
    name: str
    tasks: tuple[str, ...] = EVERYTHING
    linked: bool = True
    business: bool = False


Extra = Callable[[PretendPage], Mapping[str, Any]]
"""More fields of a Page, by their names."""
Holder = Callable[[PretendPage], SandboxAccount]


def pages_of(platform: str, handle: str) -> list[PretendPage]:
    """The Pages that the person with a handle manages; always the same."""

    def named(ending: str) -> SandboxAccount:
        number, *_ = sandbox_account(platform, f"page {handle}{ending}")
        return SandboxAccount(platform, number, f"{handle}{ending}")

    name = handle.capitalize()
    return [
        PretendPage(named(""), name),
        PretendPage(named("_club"), f"{name}’s club", ("ANALYZE",), linked=False),
        PretendPage(named("_paper"), f"{name}’s paper", linked=False),
        PretendPage(named("_shop"), f"{name}’s shop", business=True),
    ]


class FacebookLogin:
    """Its operations: consent under ``page``, the API under ``api``.

    ``holder`` is the account that a Page's token acts for.
    """

    def __init__(
        self,
        platform: str,
        label: str,
        yard: Yard,
        *,
        page: str,
        api: str,
        extra: Extra = lambda _page: {},
        holder: Holder = lambda page: page.account,
    ) -> None:
        self._platform, self._label, self._page, self._api = platform, label, page, api
        self._grants, self._clock, self._extra = yard.grants[platform], yard.clock, extra
        self._holder = holder

    def operations(self) -> list[Operation]:
        """Every call of a login."""
        dialog, api = f"{self._page}/{{version}}/dialog/oauth", f"{self._api}/{{version}}"
        calls = {
            "oauth/access_token": self._tokens, "me/permissions": self._permissions,
            "me/accounts": self._accounts, "me/businesses": self._businesses,
            "{business}/owned_pages": self._owned, "{business}/client_pages": self._clients,
        }  # fmt: skip
        return [
            Operation("GET", dialog, self._consent, CALLS, signed=False),
            Operation("POST", dialog, self._decided, CALLS, signed=False),
            *(Operation("GET", f"{api}/{at}", c, CALLS, signed=False) for at, c in calls.items()),
            Operation("GET", f"{self._api}/debug_token", self._debug, CALLS, signed=False),
        ]

    # --- consent ----------------------------------------------------------------------------------

    async def _consent(self, call: Call) -> Response:
        return show(self._ask(call))

    async def _decided(self, call: Call) -> Response:
        ask = self._ask(call)
        decision = decide(ask, call.body)
        if not isinstance(decision, Decision):
            return decision
        if decision.account is None:
            return send_back(ask, {
                "error": "access_denied", "error_code": "200", "error_reason": "user_denied",
                "error_description": "Permissions error",
            })  # fmt: skip
        approved = self._grants.code(
            decision.account, scopes=decision.scopes, client_id=ask.client_id,
            redirect_uri=ask.redirect_uri,
        )  # fmt: skip
        return send_back(ask, {"code": approved})

    def _ask(self, call: Call) -> Ask:
        query = call.query
        scopes = tuple(filter(None, query.get("scope", "").replace(" ", ",").split(",")))
        return Ask(
            self._label, self._platform, query.get("client_id", ""), query.get("redirect_uri", ""),
            query.get("state", ""), scopes, separable=True,
            note="Whoever says yes here manages four Pages.",
        )  # fmt: skip

    # --- tokens -----------------------------------------------------------------------------------

    async def _tokens(self, call: Call) -> Response:
        query = call.query
        if not query.get("client_id") or not query.get("client_secret"):
            refuse(101, "Missing client_id or client_secret parameter.")
        if query.get("grant_type") == "fb_exchange_token":
            short = token_of_user(self._grants.read(query.get("fb_exchange_token", ""), "short"))
            return self._issued(short.account, short.scopes, long=True)
        approved = self._grants.redeem(
            query.get("code", ""), client_id=query["client_id"],
            redirect_uri=query.get("redirect_uri", ""),
        )  # fmt: skip
        if approved is None:
            refuse(100, "This authorization code has been used or is not valid.", 36009)
        return self._issued(approved.account, approved.scopes, long=False)

    def _issued(self, person: SandboxAccount, scopes: Sequence[str], *, long: bool) -> Response:
        life = LONG_LIFE if long else SHORT_LIFE
        kind: TokenKind = "access" if long else "short"
        token = self._grants.issue(person, kind, scopes, life, f"{USER}{person.remote_id}")
        seconds = round(life.total_seconds())
        return json_answer({"access_token": token, "token_type": "bearer", "expires_in": seconds})

    async def _debug(self, call: Call) -> Response:
        app = call.query.get("access_token", "").partition("|")[0]
        token = self._grants.read(call.query.get("input_token", ""))
        ends = token.expires_at if token else None
        return json_answer({"data": {
            "app_id": app, "type": "PAGE" if token and token.family.startswith(PAGE) else "USER",
            "is_valid": token is not None,
            "expires_at": round(ends.timestamp()) if ends else 0,
            "data_access_expires_at": round((self._clock.now() + DATA_LIFE).timestamp()),
            "scopes": list(token.scopes) if token else [],
            "user_id": token.account.remote_id if token else "",
        }})  # fmt: skip

    # --- what the person has ----------------------------------------------------------------------

    async def _permissions(self, call: Call) -> Response:
        person = self._person(call)
        rows = [{"permission": scope, "status": "granted"} for scope in person.scopes]
        return json_answer({"data": rows})

    async def _accounts(self, call: Call) -> Response:
        return self._listed(call, business=False)

    async def _businesses(self, call: Call) -> Response:
        person = self._person(call)
        if "business_management" not in person.scopes and "*" not in person.scopes:
            refuse(200, "Requires business_management permission to manage the object.")
        business = {"id": business_of(person.account), "name": f"{person.account.handle} & Co."}
        return json_answer({"data": [business]})

    async def _owned(self, call: Call) -> Response:
        if call.param("business") != business_of(self._person(call).account):
            refuse(100, "Unsupported get request. Object does not exist.", 33)
        return self._listed(call, business=True)

    async def _clients(self, call: Call) -> Response:
        self._person(call)
        refuse(200, "Permissions error")

    def _person(self, call: Call) -> Token:
        return token_of_user(token_of(self._grants, token_name(call.request)))

    def _listed(self, call: Call, *, business: bool) -> Response:
        person = self._person(call)
        if "pages_show_list" not in person.scopes and "*" not in person.scopes:
            refuse(200, "Requires pages_show_list permission to manage the object.")
        everything = pages_of(self._platform, person.account.handle)
        pages = [page for page in everything if page.business is business]
        after = call.query.get("after", "")
        start = int(after) if after.isascii() and after.isdecimal() and len(after) < 4 else 0
        shown = pages[start : start + AT_ONCE]
        names = field_names(call.query, "id,name")
        body: dict[str, Any] = {"data": [self._page_json(one, person, names) for one in shown]}
        if start + AT_ONCE < len(pages):
            query = {**call.query, "after": str(start + AT_ONCE)}
            following = f"{base_url(call.request)}{call.request.url.path.removeprefix(root(call))}"
            body["paging"] = {"next": f"{following}?{urlencode(query)}"}
        return json_answer(body)

    def _page_json(self, page: PretendPage, person: Token, names: Sequence[str]) -> dict[str, Any]:
        account = page.account
        whole: dict[str, Any] = {
            "id": account.remote_id, "name": page.name, "username": account.handle,
            "tasks": list(page.tasks),
            "picture": {"data": {"url": avatar(account.handle), "is_silhouette": False}},
            **self._extra(page),
        }  # fmt: skip
        shown = {name: whole[name] for asked in names if (name := _plain(asked)) in whole}
        if "access_token" in map(_plain, names):
            shown["access_token"] = self._page_token(page, person)
        return {**shown, "id": account.remote_id}

    def _page_token(self, page: PretendPage, person: Token) -> str:
        """A token that has no end, as it is had with a long-lived one."""
        account = self._holder(page)
        family = f"{PAGE}{page.account.remote_id}"
        return self._grants.issue(account, "access", person.scopes, None, family)


def token_of_user(token: Token | None) -> Token:
    """The token, if it is a person's; raises Refused."""
    if token is None:
        refuse(190, "Error validating access token: it is not valid.")
    if not token.family.startswith(USER) and "*" not in token.scopes:
        refuse(190, "A user access token is required to request this resource.")
    return token


def business_of(person: SandboxAccount) -> str:
    """The id of the business of a person."""
    return str(int(person.remote_id) // 3)


def root(call: Call) -> str:
    """The path under which the twin is mounted."""
    found: str = call.request.scope.get("root_path", "")
    return found


def _plain(name: str) -> str:
    return name.partition(".")[0].partition("{")[0]
