"""Sessions of Bluesky's twin: tokens that look and age like the real ones.

Source: the contract sheet of Bluesky, section 3a. The tokens carry all there is to know, so they
outlive a restart of the sandbox; only which refresh tokens are spent is kept in memory.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from postclock.sandbox.credentials import SandboxAccount

ACCESS_LIFE = timedelta(minutes=120)
REFRESH_LIFE = timedelta(days=90)
GRACE = timedelta(hours=2)
ACCESS = ("at+jwt", "com.atproto.appPass")
REFRESH = ("refresh+jwt", "com.atproto.refresh")

_KEY = b"postclock sandbox: a pretend platform's key, no secret"


class TokenInvalid(Exception):
    """The token was not made here, or is of the other kind."""


class TokenExpired(Exception):
    """The token was good once."""


@dataclass(frozen=True, slots=True)
class Session:
    """A pair of tokens and whose they are."""

    account: SandboxAccount
    access: str
    refresh: str


class Sessions:
    """Makes and checks tokens."""

    def __init__(self) -> None:
        self._spent: dict[str, tuple[datetime, str]] = {}

    def open(self, account: SandboxAccount, now: datetime) -> Session:
        """A new session; two opened in the same microsecond are one."""
        return self._session(account, _name(f"{account.remote_id} {now.isoformat()}"), now)

    def refresh(self, token: str, now: datetime) -> Session:
        """The next pair. A spent token gives the same successor for 2 h, then TokenExpired."""
        claims = _read(token, REFRESH, now)
        name: str = claims["jti"]
        spent_at, successor = self._spent.setdefault(name, (now, _name(name)))
        if now - spent_at > GRACE:
            raise TokenExpired
        return self._session(_account(claims), successor, now, since=spent_at)

    def close(self, token: str, now: datetime) -> None:
        """Use up a refresh token for good: its session ends with its access token."""
        name: str = _read(token, REFRESH, now)["jti"]
        self._spent[name] = (now - GRACE - timedelta(seconds=1), "")

    def account(self, token: str, now: datetime) -> SandboxAccount:
        """Whose access token this is; raises TokenInvalid or TokenExpired."""
        return _account(_read(token, ACCESS, now))

    def _session(
        self, account: SandboxAccount, name: str, now: datetime, since: datetime | None = None
    ) -> Session:
        whose = {"sub": account.remote_id, "handle": account.handle}
        access = _token(ACCESS, whose, now, ACCESS_LIFE)
        refresh = _token(REFRESH, {**whose, "jti": name}, since or now, REFRESH_LIFE)
        return Session(account, access, refresh)


def _token(kind: tuple[str, str], claims: dict[str, str], now: datetime, life: timedelta) -> str:
    name, scope = kind
    issued = int(now.timestamp())
    head = _pack({"typ": name, "alg": "HS256"})
    lasting = {"iat": issued, "exp": issued + int(life.total_seconds())}
    body = _pack({"scope": scope, **claims, **lasting, "aud": "did:web:sandbox.test"})
    return f"{head}.{body}.{_sign(f'{head}.{body}')}"


def _read(token: str, kind: tuple[str, str], now: datetime) -> dict[str, Any]:
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign(signed).encode(), signature.encode("utf-8", "replace")):
        raise TokenInvalid
    claims: dict[str, Any] = json.loads(_unpack(signed.partition(".")[2]))
    if claims["scope"] != kind[1]:
        raise TokenInvalid
    if now.timestamp() >= claims["exp"]:
        raise TokenExpired
    return claims


def _account(claims: dict[str, Any]) -> SandboxAccount:
    return SandboxAccount("bluesky", claims["sub"], claims["handle"])


def _name(seed: str) -> str:
    return sha256(seed.encode()).hexdigest()[:32]


def _sign(text: str) -> str:
    return _base64(hmac.digest(_KEY, text.encode("utf-8", "replace"), "sha256"))


def _pack(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _unpack(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
