"""Bluesky's twin: a personal data server, as far as posts and their pictures and videos go.

Source: the contract sheet of Bluesky, sections 3a-3e.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from postclock.sandbox.bluesky_answers import profile
from postclock.sandbox.bluesky_identity import Identities
from postclock.sandbox.bluesky_media import BlueskyMedia
from postclock.sandbox.bluesky_records import refuse, wished_object
from postclock.sandbox.bluesky_repo import GENERAL, Repositories
from postclock.sandbox.bluesky_sessions import Session, Sessions, TokenExpired, TokenInvalid
from postclock.sandbox.bluesky_video import BlueskyVideos
from postclock.sandbox.credentials import SandboxAccount
from postclock.sandbox.quotas import Quota, Standing
from postclock.sandbox.twin import Call, Operation, Twin, Yard, bearer, json_answer, whole_seconds

SESSIONS = Quota("sessions", 30, 300)

NAMES = {
    400: "InvalidRequest",
    401: "AuthenticationRequired",
    404: "MethodNotImplemented",
    405: "InvalidRequest",
    413: "PayloadTooLarge",
    429: "RateLimitExceeded",
    500: "InternalServerError",
}


class Bluesky(Twin):
    """A personal data server that knows every account that has shown itself."""

    platform = "bluesky"
    label = "Bluesky"

    def __init__(self, yard: Yard) -> None:
        self._media = BlueskyMedia(self.platform, yard)
        self._identities = Identities(self.platform)
        self._repositories = Repositories(self.platform, yard, self._media, self._identities)
        self._videos = BlueskyVideos(self.platform, yard)
        super().__init__(yard)
        self._sessions = Sessions()

    def operations(self) -> list[Operation]:
        server = "/xrpc/com.atproto.server."
        return [
            *self._repositories.operations(),
            Operation("POST", server + "createSession", self._open, SESSIONS, signed=False),
            Operation("POST", server + "refreshSession", self._refresh, GENERAL, signed=False),
            Operation("GET", server + "getSession", self._session, GENERAL),
            Operation("POST", server + "deleteSession", self._close, GENERAL, signed=False),
            Operation(
                "GET", "/xrpc/com.atproto.identity.resolveHandle", self._resolve, GENERAL,
                signed=False,
            ),
            *self._media.operations(),
            *self._videos.operations(),
            *self._identities.operations(),
        ]  # fmt: skip

    def authenticate(self, request: Request) -> SandboxAccount:
        token = bearer(request)
        if token is None:
            refuse(401, "AuthMissing", "Authentication Required")
        try:
            account = self._sessions.account(token, self.clock.now())
        except TokenExpired:
            refuse(400, "ExpiredToken", "Token has expired")
        except TokenInvalid:
            refuse(401, "InvalidToken", "Token could not be verified")
        if self.grants.withdrawn(account.remote_id):
            refuse(401, "InvalidToken", "Token has been revoked")
        self._identities.seen(account)
        return account

    def quota_headers(self, standing: Standing) -> dict[str, str]:
        quota = standing.quota
        return {
            "RateLimit-Limit": str(quota.limit),
            "RateLimit-Remaining": str(standing.remaining),
            "RateLimit-Reset": str(whole_seconds(standing.reset_at)),
            "RateLimit-Policy": f"{quota.limit};w={quota.seconds}",
        }

    def failure(self, status: int, detail: str) -> Response:
        if status == 404:
            status, detail, name = 501, "Method Not Implemented", "MethodNotImplemented"
        else:
            name = NAMES.get(status, "InternalServerError")
        return json_answer({"error": name, "message": detail}, status)

    def server_error(self) -> Response:
        return self.failure(500, "Internal Server Error")

    def rate_limited(self, standing: Standing) -> Response:
        answer = super().rate_limited(standing)
        left = standing.reset_at - self.clock.now()
        answer.headers["Retry-After"] = str(max(-(-left // timedelta(seconds=1)), 1))
        return answer

    # --- sessions -------------------------------------------------------------------------------

    async def _open(self, call: Call) -> Response:
        asked = wished_object(call)
        identifier, password = asked.get("identifier"), asked.get("password")
        if not isinstance(identifier, str) or not isinstance(password, str):
            refuse(400, "InvalidRequest", "Input must have identifier and password as strings")
        account = self._identities.signed_in(identifier, password)
        if account is None or self.grants.withdrawn(account.remote_id):
            refuse(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._opened(self._sessions.open(account, self.clock.now()), call)

    async def _refresh(self, call: Call) -> Response:
        token = bearer(call.request)
        if token is None:
            refuse(401, "AuthMissing", "Authentication Required")
        try:
            session = self._sessions.refresh(token, self.clock.now())
        except TokenExpired:
            refuse(400, "ExpiredToken", "Token has expired")
        except TokenInvalid:
            refuse(400, "InvalidToken", "Token could not be verified")
        return self._opened(session, call)

    async def _close(self, call: Call) -> Response:
        token = bearer(call.request)
        if token is None:
            refuse(401, "AuthMissing", "Authentication Required")
        try:
            self._sessions.close(token, self.clock.now())
        except (TokenExpired, TokenInvalid):
            refuse(400, "InvalidToken", "Token could not be verified")
        return Response(status_code=200)

    async def _session(self, call: Call) -> Response:
        return json_answer(profile(call.author, call.request))

    def _opened(self, session: Session, call: Call) -> Response:
        self._identities.seen(session.account)
        tokens = {"accessJwt": session.access, "refreshJwt": session.refresh}
        return json_answer(tokens | profile(session.account, call.request))

    async def _resolve(self, call: Call) -> Response:
        handle = call.query.get("handle", "").lower()
        did = self._identities.did(handle) or self.ledger.account_by_handle(self.platform, handle)
        if did is None:
            refuse(400, "InvalidRequest", "Unable to resolve handle")
        return json_answer({"did": did})
