"""Instagram's twin: whose token a request brings, and what it may do at which of the hosts.

Source: contract sheet 0.5, 1.a, 1.h of Meta's platforms.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.consent import pretend
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.grants import Token
from postclock.sandbox.graph import refuse, require_scope, token_name, token_of
from postclock.sandbox.graph_login import USER, PretendPage, pages_of, root
from postclock.sandbox.instagram_login import OWN
from postclock.sandbox.twin import Call, Refused, Yard, json_answer

NOTHING = "Unsupported get request. Object does not exist or cannot be loaded."


class Access:
    """The tokens of both logins, each good at its own host; one that describes itself at both."""

    def __init__(self, platform: str, yard: Yard) -> None:
        self._platform, self._grants = platform, yard.grants[platform]

    def caller(self, request: Request) -> SandboxAccount:
        """Whose token it is; raises Refused where it is no good, or another host's."""
        path = request.url.path.removeprefix(request.scope.get("root_path", ""))
        try:
            token = token_of(self._grants, token_name(request))
            own = token.family.startswith(OWN)
            if "*" not in token.scopes and own is path.startswith(("/graph/", "/upload/")):
                refuse(190, "Invalid OAuth access token - Cannot parse access token")
        except Refused:
            if path.startswith("/upload/"):
                raise Refused(bytes_error("NotAuthorizedError", "Not authorized")) from None
            raise
        return token.account

    def token(self, call: Call) -> Token:
        """The caller's token."""
        return token_of(self._grants, token_name(call.request))

    def accounts(self, call: Call) -> set[str]:
        """The accounts that the caller may read."""
        token = self.token(call)
        if not token.family.startswith(USER):
            return {token.account.remote_id}
        pages = pages_of(self._platform, token.account.handle)
        return {instagram_of(page).remote_id for page in pages if page.linked}

    def owner(self, call: Call) -> str:
        """The account in the path, which the caller may read."""
        asked = call.param("id")
        number = call.author.remote_id if asked == "me" else asked
        if number not in self.accounts(call):
            refuse(100, NOTHING, 33)
        return number

    def author(self, call: Call, scope: str) -> SandboxAccount:
        """The account in the path, for whom the caller may act."""
        token = self.token(call)
        if token.family.startswith(USER):
            refuse(190, "A Page access token is required", 2069032)
        self.allow(call, scope)
        self.owner(call)
        return token.account

    def allow(self, call: Call, what: str) -> None:
        """Raise Refused unless the token was granted this."""
        token = self.token(call)
        between = "business_" if token.family.startswith(OWN) else ""
        require_scope(token, f"instagram_{between}{what}")


def through_page(call: Call) -> bool:
    """Whether a request came to the host of Facebook Login."""
    return call.request.url.path.removeprefix(root(call)).startswith("/graph/")


def bytes_error(kind: str, message: str, *, retriable: bool = False) -> Response:
    """The error body of the host that takes bytes."""
    told = {"retriable": retriable, "type": kind, "message": message}
    return json_answer({"debug_info": told}, 400)


def instagram_of(page: PretendPage) -> SandboxAccount:
    """The account that hangs on a Page."""
    return pretend(page.account.platform, page.account.handle)


def linked(page: PretendPage) -> dict[str, Any]:
    """The field of a Page that names that account."""
    if not page.linked:
        return {}
    return {"instagram_business_account": {"id": instagram_of(page).remote_id}}
