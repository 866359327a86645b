"""An account's way in: decrypted from the claim, refreshed once however many ask."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from postclock.clock import Clock
from postclock.crypto import KeyRing
from postclock.db.engine import Pool
from postclock.scheduler.model import Target
from postclock.services.accounts.secrets import seal, unseal
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import Login, LoginRevoked, Platform

READ = "SELECT key_id, secrets FROM credentials WHERE account_id = %s"
WRITE = "UPDATE credentials SET key_id = %s, secrets = %s, updated_at = now() WHERE account_id = %s"
TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0)) AS locked"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


AT_ONCE = 2
"""A refresh keeps a connection while the platform is asked: most of the pool is for the posts."""
AGAIN = 0.2


class Logins:
    """Opens and refreshes logins for a node."""

    def __init__(self, pool: Pool, ring: KeyRing, addresses: Addresses, clock: Clock) -> None:
        self._pool, self._ring, self._addresses = pool, ring, addresses
        self._clock = clock
        self._turns: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._at_once = asyncio.Semaphore(AT_ONCE)

    def open(self, target: Target, platform: Platform) -> Login:
        """The login of ``target``; raises LoginRevoked when there is none, WrongKey when this
        process lacks its key: that is this process's trouble, not the account's."""
        if target.secrets is None or target.key_id is None or target.status != "connected":
            raise LoginRevoked(
                "not_connected", f"@{target.handle} is not connected: connect the account again."
            )
        return self._login(target, platform, target.key_id, target.secrets)

    def _login(self, target: Target, platform: Platform, key_id: str, sealed: bytes) -> Login:
        secrets = unseal(self._ring, target.account_id, key_id, sealed)
        at, sandbox = self._addresses, target.sandbox
        return Login(
            at.base_url(platform, sandbox=sandbox, server=target.server),
            target.remote_id, target.handle, secrets, at.hosts(platform, sandbox=sandbox),
        )  # fmt: skip

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
            return replace(stored, secrets=secrets)

    @asynccontextmanager
    async def _locked(self, account_id: UUID) -> AsyncIterator[AsyncConnection[DictRow]]:
        """Alone with one account: in this process, and among all. Who waits holds no connection."""
        name = f"postclock-refresh:{account_id}"
        async with self._turns[account_id], self._at_once:
            while True:
                async with self._pool.connection() as connection:
                    row = await (await connection.execute(TRY_LOCK, [name])).fetchone()
                    if row and row["locked"]:
                        try:
                            yield connection
                        finally:
                            await connection.execute(UNLOCK, [name])
                        return
                await self._clock.sleep(AGAIN)
