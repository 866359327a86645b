"""SQL about sealed values, whatever table they are in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from postclock.db.session import Tx

TABLES = {
    "credentials": ("account_id", "secrets"),
    "app_keys": ("id", "secret"),
    "visits": ("id", "sealed"),
}
"""Where sealed values are: each table's key, and the column."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One value with the key that opens it."""

    id: UUID
    key_id: str
    sealed: bytes


async def take_older(
    tx: Tx, table: str, newest: str, after: UUID | None, limit: int
) -> list[Sealed]:
    """Values that are not under the newest key, by row past ``after``; locked."""
    key, column = TABLES[table]
    found = text(
        f"SELECT {key} AS id, key_id, {column} AS sealed FROM {table}"  # noqa: S608 (of the table)
        f" WHERE key_id <> :newest AND {key} > :after ORDER BY {key} LIMIT :limit FOR UPDATE"
    )
    values = {"newest": newest, "after": after or UUID(int=0), "limit": limit}
    return [Sealed(**row) for row in (await tx.session.execute(found, values)).mappings()]


async def put_sealed(tx: Tx, table: str, row: UUID, key_id: str, sealed: bytes) -> None:
    """Put a value that was sealed anew in place of the old one."""
    key, column = TABLES[table]
    put = text(
        f"UPDATE {table} SET key_id = :key_id, {column} = :sealed WHERE {key} = :row"  # noqa: S608
    )
    await tx.session.execute(put, {"key_id": key_id, "sealed": sealed, "row": row})
