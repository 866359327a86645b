"""Secrets at rest: AES-256-GCM under a ring of keys, each value bound to the row it belongs to.

POSTCLOCK_SECRET_KEYS is a comma-separated list of ``id:base64``, 32 bytes each; the first one
encrypts, all of them decrypt, so a key is rotated by putting a new one in front.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class WrongKey(Exception):
    """The key is malformed, missing from the ring, or not the one that encrypted this value."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys, newest first."""

    keys: Mapping[str, bytes]

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.keys)})"

    def encrypt(self, plain: bytes, bound_to: str) -> tuple[str, bytes]:
        """``plain`` under the newest key, readable only together with ``bound_to``; its key id."""
        key_id, key = next(iter(self.keys.items()))
        nonce = os.urandom(NONCE)
        return key_id, nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())

    def decrypt(self, key_id: str, sealed: bytes, bound_to: str) -> bytes:
        """What was encrypted; raises WrongKey."""
        if key_id not in self.keys:
            raise WrongKey(f"POSTCLOCK_SECRET_KEYS has no key “{key_id}”")
        try:
            return AESGCM(self.keys[key_id]).decrypt(
                sealed[:NONCE], sealed[NONCE:], bound_to.encode()
            )
        except (InvalidTag, ValueError):
            raise WrongKey(f"key “{key_id}” did not encrypt this value") from None


def parse_keys(text: str) -> KeyRing:
    """The ring that POSTCLOCK_SECRET_KEYS describes; raises WrongKey with a sentence."""
    keys: dict[str, bytes] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not key_id or len(key) != 32 or key_id in keys:
            raise WrongKey(
                "POSTCLOCK_SECRET_KEYS: each entry must be an id of its own, a colon and 32 bytes "
                "in base64 (for example the output of: echo k1:$(openssl rand -base64 32))"
            )
        keys[key_id] = key
    if not keys:
        raise WrongKey("POSTCLOCK_SECRET_KEYS: at least one key is needed")
    return KeyRing(keys)


def keys_from_file(path: Path) -> KeyRing:
    """The ring kept in ``path``, made on first use with mode 0600, whoever comes first."""
    if not path.exists():
        key = base64.b64encode(os.urandom(32)).decode()
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"k{secrets.token_hex(4)}:{key}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return parse_keys(path.read_text())


def new_token() -> str:
    """A secret for a cookie, a link or an API token: 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token; the tokens are random, so one fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def same_secret(left: str, right: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return secrets.compare_digest(left.encode(), right.encode())
