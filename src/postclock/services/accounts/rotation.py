"""Everything sealed is sealed anew under the newest key, in batches; safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from postclock.crypto import KeyRing, WrongKey
from postclock.db.session import Database
from postclock.services.accounts import rotation_queries as queries
from postclock.services.accounts.rotation_queries import TABLES, Sealed
from postclock.services.accounts.secrets import bound_to

BATCH = 100


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many values of a table were sealed anew, and how many no key of the ring opens."""

    done: int
    unreadable: int


async def rotate(database: Database, ring: KeyRing) -> Mapping[str, Rotated]:
    """Seal all that is under an older key anew; what happened, by table."""
    return {table: await _rotate(database, ring, table) for table in TABLES}


async def _rotate(database: Database, ring: KeyRing, table: str) -> Rotated:
    newest = next(iter(ring.keys))
    done = unreadable = 0
    after = None
    while True:
        async with database.as_system() as tx:
            rows = await queries.take_older(tx, table, newest, after, BATCH)
            for row in rows:
                fresh = _sealed_anew(ring, table, row)
                if fresh is None:
                    unreadable += 1
                else:
                    await queries.put_sealed(tx, table, row.id, *fresh)
                    done += 1
        if not rows:
            return Rotated(done, unreadable)
        after = rows[-1].id


def _sealed_anew(ring: KeyRing, table: str, row: Sealed) -> tuple[str, bytes] | None:
    where = bound_to(table, row.id)
    try:
        return ring.encrypt(ring.decrypt(row.key_id, row.sealed, where), where)
    except WrongKey:
        return None
