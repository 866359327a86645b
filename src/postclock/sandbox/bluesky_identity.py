"""Bluesky's twin: who is who. Source: the contract sheet of Bluesky, section 3a.

No account has to be opened: every handle under ``sandbox.test`` is somebody, and lets itself be
connected with the one app password that is no secret here.
"""

from __future__ import annotations

from starlette.responses import Response

from postclock.sandbox.bluesky_answers import did_document
from postclock.sandbox.credentials import SandboxAccount, account_of, sandbox_account
from postclock.sandbox.quotas import Quota
from postclock.sandbox.twin import Call, Operation, json_answer

DOMAIN = ".sandbox.test"
APP_PASSWORD = "sand-boxp-assw-ordx"  # noqa: S105 pretend accounts have no secret
DIRECTORY = Quota("directory", 3000, 300)


class Identities:
    """Handles and DIDs, and the directory that leads from one to the account's server."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._handles: dict[str, str] = {}
        self._dids: dict[str, str] = {}

    def operations(self) -> list[Operation]:
        """The calls of the directory."""
        return [Operation("GET", "/plc/{did}", self._document, DIRECTORY, signed=False)]

    def seen(self, account: SandboxAccount) -> None:
        """Somebody showed themselves."""
        self._dids[account.handle] = account.remote_id
        self._handles[account.remote_id] = account.handle

    def did(self, handle: str) -> str | None:
        """The DID of a handle."""
        if handle not in self._dids and handle.endswith(DOMAIN):
            did, known, _ = sandbox_account(self._platform, handle.removesuffix(DOMAIN))
            self.seen(SandboxAccount(self._platform, did, known))
        return self._dids.get(handle)

    def signed_in(self, identifier: str, password: str) -> SandboxAccount | None:
        """Who signs in by an app password; None when it is not theirs."""
        name = identifier.lower().lstrip("@")
        if password == APP_PASSWORD:
            did = name if name.startswith("did:") else self.did(name)
            handle = self._handles.get(did or "")
            return SandboxAccount(self._platform, did, handle) if did and handle else None
        account = account_of(self._platform, password)
        return account if account and name in (account.remote_id, account.handle) else None

    async def _document(self, call: Call) -> Response:
        did = call.param("did")
        handle = self._handles.get(did)
        if handle is None:
            message = f"DID not registered: {did}"
            return json_answer({"message": message}, 404)
        document = did_document(did, handle, call.request)
        return json_answer(document, media_type="application/did+ld+json")
