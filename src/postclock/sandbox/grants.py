"""What a twin has granted by its consent page: codes, access tokens, refresh tokens.

A code is good once and for the address it was asked for. A token ends when its time has come, when
it was spent (a refresh token that is replaced) or when its account took everything back. Tokens
outlive a restart where the sandbox keeps a journal; codes do not.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from postclock.clock import Clock
from postclock.sandbox.credentials import SandboxAccount, account_of
from postclock.sandbox.instants import iso, parse
from postclock.sandbox.journal import Journal

TokenKind = Literal["access", "refresh", "short"]
CODE_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Code:
    """What was approved on the consent page."""

    account: SandboxAccount
    scopes: tuple[str, ...]
    client_id: str
    redirect_uri: str
    challenge: str
    expires_at: datetime


@dataclass(slots=True)
class Token:
    """One token; ``family`` is shared by what descends from one consent."""

    account: SandboxAccount
    kind: TokenKind
    scopes: tuple[str, ...]
    family: str
    issued_at: datetime
    expires_at: datetime | None
    spent: bool = False


class Grants:
    """The grants of one twin."""

    def __init__(self, platform: str, clock: Clock, journal: Path | None = None) -> None:
        self._platform, self._clock = platform, clock
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, Token] = {}
        self._revoked: set[str] = set()
        self._journal = Journal(journal) if journal else None
        if self._journal:
            for line in self._journal.replay():
                self._restore(line)

    def close(self) -> None:
        """Close the journal; nothing must be granted afterwards."""
        if self._journal:
            self._journal.close()

    def code(
        self,
        account: SandboxAccount,
        *,
        scopes: Sequence[str],
        client_id: str,
        redirect_uri: str,
        challenge: str = "",
        life: timedelta = CODE_LIFE,
    ) -> str:
        """A code for the browser to take back; ``challenge`` is PKCE's (S256)."""
        code = secrets.token_urlsafe(24)
        ends = self._clock.now() + life
        self._codes[code] = Code(account, tuple(scopes), client_id, redirect_uri, challenge, ends)
        return code

    def redeem(
        self, code: str, *, client_id: str, redirect_uri: str, verifier: str = ""
    ) -> Code | None:
        """What the code stands for, once; None when it is unknown, used, late, another app's or
        address's, or the verifier does not fit."""
        found = self._codes.pop(code, None)
        if found is None or self._clock.now() >= found.expires_at:
            return None
        fits = (found.client_id, found.redirect_uri) == (client_id, redirect_uri)
        if not fits or (found.challenge and challenge_of(verifier) != found.challenge):
            return None
        return found

    def issue(
        self,
        account: SandboxAccount,
        kind: TokenKind,
        scopes: Sequence[str],
        life: timedelta | None,
        family: str = "",
    ) -> str:
        """A new token; ``life`` None: it never ends."""
        now = self._clock.now()
        name = f"sandbox-{kind}-{secrets.token_urlsafe(24)}"
        ends = now + life if life else None
        token = Token(account, kind, tuple(scopes), family or secrets.token_hex(8), now, ends)
        self._tokens[name] = token
        self._write("issued", name, token)
        return name

    def family(self, name: str) -> str:
        """What a token descends from."""
        return self._tokens[name].family

    def read(self, name: str, kind: TokenKind = "access") -> Token | None:
        """A token that is good now, or None.

        A self-describing token (credentials.py) is good for ever and for everything, unless its
        account took its grants back: its ``scopes`` are ``("*",)``.
        """
        token = self._tokens.get(name)
        if token is None:
            account = account_of(self._platform, name) if kind == "access" else None
            if account is None or account.remote_id in self._revoked:
                return None
            return Token(account, kind, ("*",), name, self._clock.now(), None)
        return token if token.kind == kind and self._good(token) else None

    def expired(self, name: str) -> bool:
        """Whether this was a good token once and its time has passed."""
        token = self._tokens.get(name)
        ends = token.expires_at if token else None
        return ends is not None and self._clock.now() >= ends

    def revoked(self, name: str) -> bool:
        """Whether this was a good token once and was taken back."""
        token = self._tokens.get(name)
        if token is None:
            account = account_of(self._platform, name)
            return account is not None and account.remote_id in self._revoked
        return token.spent

    def spend(self, name: str, *, kill_family: bool = False) -> Token | None:
        """Use up a refresh token; None when it is no good. Used again, it may kill its family."""
        token = self._tokens.get(name)
        if token is None or token.kind != "refresh" or not self._good(token):
            if kill_family and token and token.spent:
                self._kill(token.family)
            return None
        token.spent = True
        self._write("spent", name, token)
        return token

    def withdrawn(self, remote_id: str) -> bool:
        """Whether an account has taken back all it had granted."""
        return remote_id in self._revoked

    def revoke(self, remote_id: str) -> None:
        """An account takes back all it has granted."""
        self._revoked.add(remote_id)
        for name, token in self._tokens.items():
            if token.account.remote_id == remote_id and not token.spent:
                token.spent = True
                self._write("spent", name, token)

    def end(self, name: str) -> None:
        """Take one token back."""
        token = self._tokens.get(name)
        if token and not token.spent:
            token.spent = True
            self._write("spent", name, token)

    def ended(self, name: str) -> bool:
        """Whether this token was taken back, or used up."""
        token = self._tokens.get(name)
        return token is not None and token.spent

    def _good(self, token: Token) -> bool:
        lasts = token.expires_at is None or self._clock.now() < token.expires_at
        return lasts and not token.spent

    def _kill(self, family: str) -> None:
        for name, token in self._tokens.items():
            if token.family == family and not token.spent:
                token.spent = True
                self._write("spent", name, token)

    def _write(self, event: str, name: str, token: Token) -> None:
        if self._journal:
            account = token.account
            self._journal.write({
                "event": event, "name": name, "remote_id": account.remote_id,
                "handle": account.handle, "kind": token.kind, "scopes": list(token.scopes),
                "family": token.family, "issued_at": iso(token.issued_at),
                "expires_at": iso(token.expires_at) if token.expires_at else None,
            })  # fmt: skip

    def _restore(self, line: Mapping[str, Any]) -> None:
        name: str = line["name"]
        if line["event"] == "spent":
            if name in self._tokens:
                self._tokens[name].spent = True
            return
        account = SandboxAccount(self._platform, line["remote_id"], line["handle"])
        ends = parse(line["expires_at"]) if line["expires_at"] else None
        self._tokens[name] = Token(
            account, line["kind"], tuple(line["scopes"]), line["family"],
            parse(line["issued_at"]), ends,
        )  # fmt: skip


def challenge_of(verifier: str) -> str:
    """PKCE's S256: base64url of the SHA-256, without padding."""
    digest = sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
