"""The statements of one refresh: a lease in the credential's row, taken, kept up to, given back.

Each is short and whole: no connection and no lock is held while a platform is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Rollback
from psycopg.rows import DictRow

from postclock.services.platforms.connecting import Lasting

Connection = AsyncConnection[DictRow]

READ = """
SELECT c.key_id, c.secrets, a.way, a.workspace_id, a.login_ends_at
  FROM credentials c JOIN accounts a ON a.id = c.account_id WHERE c.account_id = %s
"""
READ_KEYS = """
SELECT id, client_id, key_id, secret FROM app_keys
 WHERE workspace_id = %s AND keys = %s AND server IS NOT DISTINCT FROM %s
"""
TAKE = """
UPDATE credentials SET renewing_until = %(until)s, renewing_by = %(by)s
 WHERE account_id = %(account)s AND secrets = %(secrets)s
   AND (renewing_until IS NULL OR renewing_until <= %(now)s)
RETURNING account_id
"""
GIVE_BACK = """
UPDATE credentials SET renewing_until = NULL, renewing_by = NULL
 WHERE account_id = %(account)s AND renewing_by = %(by)s
"""
# The account first: whoever connects it again locks in this order too.
KEEP_TIMES = """
UPDATE accounts SET renew_at = %(renew_at)s, login_ends_at = %(ends_at)s, updated_at = %(now)s
 WHERE id = %(account)s
"""
KEEP = """
UPDATE credentials
   SET key_id = %(key_id)s, secrets = %(secrets)s, renewing_until = NULL, renewing_by = NULL,
       updated_at = %(now)s
 WHERE account_id = %(account)s AND renewing_by = %(by)s
RETURNING account_id
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A login as it is stored, and by which way it came."""

    key_id: str
    secrets: bytes
    way: str
    workspace_id: UUID
    login_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Whose turn it is to renew an account's login."""

    account: UUID
    by: str


async def read_login(connection: Connection, account: UUID) -> Stored | None:
    """The stored login; None when the account has none."""
    row = await (await connection.execute(READ, [account])).fetchone()
    return Stored(**row) if row else None


async def read_keys(
    connection: Connection, workspace: UUID, keys: str, server: str | None
) -> dict[str, Any] | None:
    """App keys that were entered or registered, still sealed."""
    return await (await connection.execute(READ_KEYS, [workspace, keys, server])).fetchone()


async def take_lease(
    connection: Connection, lease: Lease, secrets: bytes, now: datetime, until: datetime
) -> bool:
    """Whether the lease is ours: nobody has it, and the login is still the one that was read."""
    values = {"account": lease.account, "by": lease.by, "secrets": secrets, "now": now,
              "until": until}  # fmt: skip
    return await (await connection.execute(TAKE, values)).fetchone() is not None


async def give_back(connection: Connection, lease: Lease) -> None:
    """End the lease; the login stays as it was."""
    await connection.execute(GIVE_BACK, {"account": lease.account, "by": lease.by})


async def keep_login(
    connection: Connection, lease: Lease, sealed: tuple[str, bytes], lasting: Lasting, now: datetime
) -> bool:
    """Store a fresh login and end the lease; False, and nothing changed, when it was lost."""
    kept = False
    times = {"account": lease.account, "renew_at": lasting.renew_at, "ends_at": lasting.ends_at,
             "now": now}  # fmt: skip
    values = {"account": lease.account, "by": lease.by, "key_id": sealed[0], "secrets": sealed[1],
              "now": now}  # fmt: skip
    async with connection.transaction():
        await connection.execute(KEEP_TIMES, times)
        kept = await (await connection.execute(KEEP, values)).fetchone() is not None
        if not kept:
            raise Rollback
    return kept
