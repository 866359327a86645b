"""How an account's secrets are kept: JSON under the key ring, bound to the account's row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from postclock.crypto import KeyRing


def seal(ring: KeyRing, account_id: UUID, secrets: Mapping[str, str]) -> tuple[str, bytes]:
    """The key's id and the sealed value."""
    return ring.encrypt(json.dumps(dict(secrets)).encode(), _row(account_id))


def unseal(ring: KeyRing, account_id: UUID, key_id: str, sealed: bytes) -> dict[str, str]:
    """The secrets; raises WrongKey."""
    secrets: dict[str, str] = json.loads(ring.decrypt(key_id, sealed, _row(account_id)))
    return secrets


def _row(account_id: UUID) -> str:
    return f"credentials:{account_id}"
