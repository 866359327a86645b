"""LinkedIn's twin: which pages a pretend person has a role in, and what a token may do.

Source: the contract sheet of LinkedIn, sections 2a and 2d.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from starlette.requests import Request

from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.grants import Grants, Token
from postclock.sandbox.linkedin_problems import access_denied, problem, refuse
from postclock.sandbox.twin import Refused, bearer

PERSON, ORGANIZATION = "urn:li:person:", "urn:li:organization:"
POSTING = ("ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR")
KINDS = (("bakery", "ADMINISTRATOR"), ("workshop", "CONTENT_ADMIN"), ("archive", "ANALYST"))
"""Everybody's pages, and what one may do there."""
FIRST_VERSION, NEWEST_KNOWN = "202512", "202609"
"""202511 was switched off on 2026-11-16; a version newer than this month does not exist yet."""


@dataclass(frozen=True, slots=True)
class Page:
    """An organisation's page, and the role somebody has there."""

    number: str
    vanity: str
    name: str
    role: str

    @property
    def urn(self) -> str:
        return ORGANIZATION + self.number


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a post or a file belongs to, as the ledger names them."""

    urn: str
    account: str
    handle: str

    @property
    def is_page(self) -> bool:
        return self.urn.startswith(ORGANIZATION)


def pages_of(account: SandboxAccount) -> list[Page]:
    """The pages that an account has a role in: always the same."""
    return [_page(account, kind, role) for kind, role in KINDS]


def _page(account: SandboxAccount, kind: str, role: str) -> Page:
    digest = sha256(f"linkedin:{account.remote_id}:{kind}".encode()).digest()
    number = str(10**7 + int.from_bytes(digest[:8]) % (9 * 10**7))
    name = f"{account.handle.capitalize()}’s {kind}"
    return Page(number, f"{account.handle}-{kind}", name, role)


class Rights:
    """What the token of a request may do."""

    def __init__(self, platform: str, grants: Grants) -> None:
        self._platform, self._grants = platform, grants

    def token(self, request: Request) -> Token:
        """The token; raises Refused with LinkedIn's 401."""
        name = bearer(request) or ""
        token = self._grants.read(name)
        if token is not None:
            return token
        if self._grants.expired(name):
            words = "The token used in the request has expired"
            raise Refused(problem(401, "EXPIRED_ACCESS_TOKEN", words, 65602))
        if self._grants.revoked(name):
            words = "The token used in the request has been revoked by the user"
            raise Refused(problem(401, "REVOKED_ACCESS_TOKEN", words, 65601))
        raise Refused(problem(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600))

    def need(self, request: Request, scopes: Sequence[str], what: str) -> SandboxAccount:
        """Whose token it is; raises Refused unless it has one of ``scopes``."""
        token = self.token(request)
        if not {"*", *scopes} & set(token.scopes):
            raise Refused(access_denied(what, version_of(request)))
        return token.account

    def writer(self, request: Request, urn: str, what: str) -> Owner:
        """The author ``urn`` that the token may write for; raises Refused."""
        if urn.startswith(ORGANIZATION):
            account = self.need(request, ["w_organization_social"], what)
            page = next((page for page in pages_of(account) if page.urn == urn), None)
            if page and page.role in POSTING:
                return Owner(urn, urn, page.vanity)
        elif urn.startswith(PERSON):
            account = self.need(request, ["w_member_social"], what)
            if urn == PERSON + account.remote_id:
                return Owner(urn, account.remote_id, account.handle)
        else:
            refuse(400, "INVALID_URN_TYPE", f"{urn[:100]} is neither a person nor an organization")
        raise Refused(access_denied(what, version_of(request)))

    def reader(self, request: Request, urn: str, what: str) -> str:
        """The ledger's name for the author ``urn`` whose posts the token may read; raises Refused:
        no token may read a person's."""
        if urn.startswith(ORGANIZATION):
            account = self.need(request, ["r_organization_social"], what)
            if any(page.urn == urn for page in pages_of(account)):
                return urn
        raise Refused(access_denied(what, version_of(request)))


def version_of(request: Request) -> str:
    return request.headers.get("linkedin-version", "")


def check_request(request: Request, now: datetime) -> None:
    """Raise Refused unless a request is written as the versioned API wants it."""
    version = version_of(request)
    if not version:
        refuse(400, "VERSION_MISSING", "A version must be present. Please specify a version")
    newest = max(NEWEST_KNOWN, f"{now:%Y%m}")
    if not FIRST_VERSION <= version <= newest or len(version) != len(newest):
        words = f"Requested version {version[:12]}01 is not active"
        refuse(426, "NONEXISTENT_VERSION", words)
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        refuse(400, "PROTOCOL_VERSION", "X-Restli-Protocol-Version must be 2.0.0")
    written = request.scope.get("raw_path", b"") + b"?" + request.scope.get("query_string", b"")
    if b"urn:" in written:
        refuse(400, "ILLEGAL_ARGUMENT", "Syntax exception in path or query: URNs must be encoded")
