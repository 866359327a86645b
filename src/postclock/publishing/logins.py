"""An account's way in: decrypted from the claim, refreshed once however many ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from postclock.crypto import KeyRing, WrongKey
from postclock.db.engine import Pool
from postclock.scheduler.model import Target
from postclock.services.accounts.secrets import seal, unseal
from postclock.services.platforms.base import Login, LoginRevoked, Platform

READ = "SELECT key_id, secrets FROM credentials WHERE account_id = %s"
WRITE = "UPDATE credentials SET key_id = %s, secrets = %s, updated_at = now() WHERE account_id = %s"
LOCK = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


class Logins:
    """Opens and refreshes logins for a node."""

    def __init__(self, pool: Pool, ring: KeyRing, sandbox_url: str) -> None:
        self._pool, self._ring, self._sandbox_url = pool, ring, sandbox_url

    def open(self, target: Target, platform: Platform) -> Login:
        """The login of ``target``; raises LoginRevoked when there is none that can be read."""
        if target.secrets is None or target.key_id is None or target.status != "connected":
            raise LoginRevoked(
                "not_connected", f"@{target.handle} is not connected: connect the account again."
            )
        return self._login(target, platform, target.key_id, target.secrets)

    def _login(self, target: Target, platform: Platform, key_id: str, sealed: bytes) -> Login:
        try:
            secrets = unseal(self._ring, target.account_id, key_id, sealed)
        except WrongKey as error:
            raise LoginRevoked(
                "secrets_unreadable", f"The login cannot be read: {error}."
            ) from None
        return Login(self._base_url(target, platform), target.remote_id, target.handle, secrets)

    def _base_url(self, target: Target, platform: Platform) -> str:
        if target.sandbox:
            return f"{self._sandbox_url}/{target.platform}"
        return target.server or platform.capabilities.base_url or ""

    async def refresh(self, target: Target, platform: Platform, stale: Login) -> Login:
        """A fresh login in place of ``stale``, made once: who comes second takes the first's.

        The lock is advisory, held outside any transaction while the platform is asked. Raises
        what the platform's ``refresh`` raises.
        """
        async with self._locked(target.account_id) as connection:
            row = await (await connection.execute(READ, [target.account_id])).fetchone()
            if row is None:
                raise LoginRevoked("not_connected", f"@{target.handle} is not connected.")
            stored = self._login(target, platform, row["key_id"], row["secrets"])
            if dict(stored.secrets) != dict(stale.secrets):
                return stored
            secrets = await platform.refresh(stored)
            key_id, sealed = seal(self._ring, target.account_id, secrets)
            await connection.execute(WRITE, [key_id, sealed, target.account_id])
            return Login(stored.base_url, stored.remote_id, stored.handle, secrets)

    @asynccontextmanager
    async def _locked(self, account_id: UUID) -> AsyncIterator[AsyncConnection[DictRow]]:
        name = f"postclock-refresh:{account_id}"
        async with self._pool.connection() as connection:
            await connection.execute(LOCK, [name])
            try:
                yield connection
            finally:
                await connection.execute(UNLOCK, [name])
