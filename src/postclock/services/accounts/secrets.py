"""How secrets are kept: JSON under the key ring, each bound to the row it belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from postclock.crypto import KeyRing
from postclock.hiding import note_named


def seal(ring: KeyRing, account_id: UUID, secrets: Mapping[str, str]) -> tuple[str, bytes]:
    """An account's secrets: the key's id and the sealed value."""
    note_named(secrets)
    return seal_in(ring, "credentials", account_id, dict(secrets))


def unseal(ring: KeyRing, account_id: UUID, key_id: str, sealed: bytes) -> dict[str, str]:
    """An account's secrets; raises WrongKey."""
    secrets: dict[str, str] = unseal_in(ring, "credentials", account_id, key_id, sealed)
    note_named(secrets)
    return secrets


def seal_in(ring: KeyRing, table: str, row: UUID, value: Any) -> tuple[str, bytes]:
    """Anything JSON can say, for one row of ``table``: the key's id and the sealed value."""
    return ring.encrypt(json.dumps(value).encode(), bound_to(table, row))


def unseal_in(ring: KeyRing, table: str, row: UUID, key_id: str, sealed: bytes) -> Any:
    """What was sealed for that row; raises WrongKey."""
    return json.loads(ring.decrypt(key_id, sealed, bound_to(table, row)))


def bound_to(table: str, row: UUID) -> str:
    """What a sealed value of that row can only be read together with."""
    return f"{table}:{row}"
