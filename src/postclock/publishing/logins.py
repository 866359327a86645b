"""An account's way in: decrypted from the claim, refreshed once however many ask.

Refresh tokens are often good for one use. Whose turn it is stands in the credential's row, as a
lease: no connection is held while the platform is asked, and a crash frees it by itself.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from postclock.clock import Clock
from postclock.crypto import KeyRing
from postclock.db.engine import Pool
from postclock.publishing import login_queries as queries
from postclock.publishing.login_queries import Lease, Stored
from postclock.scheduler.model import Target
from postclock.services.accounts.apps import SANDBOX, TABLE
from postclock.services.accounts.secrets import seal, unseal, unseal_in
from postclock.services.accounts.ways import registers, way_named, whose_keys
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import Login, LoginRevoked, NotPublished, Platform
from postclock.services.platforms.connecting import AppKeys

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
ASKING = 45.0
"""Seconds a platform may take: what it answers is stored before the lease runs out."""
AGAIN = 0.2
PATIENCE = 10.0
"""Seconds that a refresh under way may take when the process is stopped."""
KEEPING = 30
"""Tries, a second apart, to store a fresh login: the one before it may be used up."""
AWAY = (psycopg.Error, PoolTimeout, OSError)
NO_APPS: Mapping[str, AppKeys] = MappingProxyType({})


class Logins:
    """Opens and refreshes logins. ``apps`` are those of the environment, by whose they are."""

    def __init__(
        self,
        pool: Pool,
        ring: KeyRing,
        addresses: Addresses,
        clock: Clock,
        apps: Mapping[str, AppKeys] = NO_APPS,
    ) -> None:
        self._pool, self._ring, self._addresses = pool, ring, addresses
        self._clock, self._apps = clock, apps
        self._asking: dict[UUID, asyncio.Task[Login]] = {}

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

        Once begun it goes on when its caller is cancelled: a login that was given is stored.
        Raises what the platform's ``refresh`` raises.
        """
        while True:
            asking = self._asking.get(target.account_id)
            if asking is None:
                asking = asyncio.create_task(self._renewed(target, platform, stale))
                self._asking[target.account_id] = asking
                asking.add_done_callback(lambda done: self._over(target.account_id, done))
            login = await asyncio.shield(asking)
            if dict(login.secrets) != dict(stale.secrets):
                return login

    def _over(self, account: UUID, asking: asyncio.Task[Login]) -> None:
        if self._asking.get(account) is asking:
            del self._asking[account]
        if not asking.cancelled():
            asking.exception()  # whoever waited has it; nobody may be left to

    async def close(self) -> None:
        """Let what is under way end, for a while."""
        if under_way := set(self._asking.values()):
            await asyncio.wait(under_way, timeout=PATIENCE)
            for asking in under_way:
                asking.cancel()

    async def _renewed(self, target: Target, platform: Platform, stale: Login) -> Login:
        while True:
            row = await self._read(target)
            stored = self._login(target, platform, row.key_id, row.secrets)
            if dict(stored.secrets) != dict(stale.secrets):
                return stored
            lease = Lease(target.account_id, secrets.token_hex(8))
            if await self._take(lease, row):
                break
            await self._clock.sleep(AGAIN)
        try:
            app = await self._app(target, platform, row, stored.base_url)
            fresh = await self._ask(platform, replace(stored, app=app))
        except LoginRevoked:
            await self._give_back(lease)
            row = await self._read(target)
            newer = self._login(target, platform, row.key_id, row.secrets)
            if dict(newer.secrets) == dict(stored.secrets):
                raise
            return newer  # what the platform refused was another's before
        except BaseException:
            await self._give_back(lease)
            raise
        return await self._keep(lease, target, platform, replace(stored, secrets=fresh))

    async def _ask(self, platform: Platform, login: Login) -> Mapping[str, str]:
        try:
            async with asyncio.timeout(ASKING):
                return await platform.refresh(login)
        except TimeoutError:
            label = platform.capabilities.label
            message = f"{label} did not renew the login within {ASKING:.0f} s."
            raise NotPublished("not_signed_in", message) from None

    async def _keep(self, lease: Lease, target: Target, platform: Platform, fresh: Login) -> Login:
        sealed = seal(self._ring, target.account_id, fresh.secrets)
        lasting = platform.lasting(fresh.secrets)
        for left in reversed(range(KEEPING)):
            try:
                async with self._pool.connection() as connection:
                    now = self._clock.now()
                    if await queries.keep_login(connection, lease, sealed, lasting, now):
                        return fresh
                break
            except AWAY as error:
                log.warning("login_not_kept", account=str(target.account_id), error=str(error))
                if not left:
                    raise
            await self._clock.sleep(1)
        row = await self._read(target)  # connected again meanwhile: that login is the newer one
        return self._login(target, platform, row.key_id, row.secrets)

    async def _read(self, target: Target) -> Stored:
        async with self._pool.connection() as connection:
            row = await queries.read_login(connection, target.account_id)
        if row is None:
            raise LoginRevoked("not_connected", f"@{target.handle} is not connected.")
        return row

    async def _take(self, lease: Lease, row: Stored) -> bool:
        now = self._clock.now()
        async with self._pool.connection() as connection:
            return await queries.take_lease(connection, lease, row.secrets, now, now + LEASE)

    async def _give_back(self, lease: Lease) -> None:
        with suppress(*AWAY):  # else it runs out
            async with self._pool.connection() as connection:
                await queries.give_back(connection, lease)

    async def _app(
        self, target: Target, platform: Platform, row: Stored, base_url: str
    ) -> AppKeys | None:
        """The keys of the app that the login was given to; None where it needs none."""
        way = way_named(platform, row.way)
        keys = whose_keys(platform, way) if way else None
        if way is None or keys is None:
            return None
        server = base_url if registers(way) else None
        if server is None and target.sandbox:
            return SANDBOX
        if server is None and keys in self._apps:
            return self._apps[keys]
        async with self._pool.connection() as connection:
            found = await queries.read_keys(connection, row.workspace_id, keys, server)
        if found is None:
            return None
        secret = unseal_in(self._ring, TABLE, found["id"], found["key_id"], found["secret"])
        return AppKeys(found["client_id"], secret)
