"""An account's way in: refreshed once however many ask, and lost by nobody's missing key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

import psycopg
import pytest
from psycopg.rows import DictRow

from postclock.clock import HostClock
from postclock.crypto import KeyRing, WrongKey
from postclock.db.engine import Pool
from postclock.publishing.logins import Logins
from postclock.publishing.outcomes import outcome_of
from postclock.scheduler.model import NeedsLogin, Retry, Target
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import Login, LoginExpired, LoginRevoked, Platform
from postclock.services.platforms.bluesky import Bluesky
from tests.fixtures.workspaces import RING, Team

SQL = """
SELECT a.id AS account_id, a.platform, a.remote_id, a.handle, a.server, a.sandbox, a.status,
       k.secrets, k.key_id
  FROM accounts a JOIN credentials k ON k.account_id = a.id WHERE a.id = %s
"""

NOWHERE = Addresses("http://127.0.0.1:9", "http://127.0.0.1:9")


class SlowPlatform:
    """Answers a refresh only when the test lets it."""

    name = Bluesky.name
    capabilities = Bluesky.capabilities

    def __init__(self) -> None:
        self.asked = 0
        self.answer = asyncio.Event()

    async def refresh(self, _login: Login) -> Mapping[str, str]:
        self.asked += 1
        await self.answer.wait()
        return {"access_jwt": f"fresh {self.asked}"}


def target(admin: psycopg.Connection[DictRow], team: Team, platform: str = "bluesky") -> Target:
    row = admin.execute(SQL, [team.account(platform)]).fetchone()
    assert row is not None
    return Target(**row)


async def test_twenty_that_ask_at_once_share_one_refresh(
    pool: Pool, admin: psycopg.Connection[DictRow], team: Team
) -> None:
    platform, mine = SlowPlatform(), target(admin, team)
    logins = Logins(pool, RING, NOWHERE, HostClock())
    slow = cast("Platform", platform)
    stale = logins.open(mine, slow)
    asking = [asyncio.create_task(logins.refresh(mine, slow, stale)) for _ in range(20)]
    async with asyncio.timeout(5), pool.connection(timeout=1) as connection:
        await connection.execute("SELECT 1")
    platform.answer.set()
    fresh = await asyncio.gather(*asking)
    assert platform.asked == 1
    assert {login.secrets["access_jwt"] for login in fresh} == {"fresh 1"}


async def test_two_nodes_take_turns(
    pool: Pool, admin: psycopg.Connection[DictRow], team: Team
) -> None:
    platform, mine = SlowPlatform(), target(admin, team)
    slow = cast("Platform", platform)
    nodes = [Logins(pool, RING, NOWHERE, HostClock()) for _ in range(2)]
    stale = nodes[0].open(mine, slow)
    asking = [asyncio.create_task(node.refresh(mine, slow, stale)) for node in nodes]
    platform.answer.set()
    fresh = await asyncio.gather(*asking)
    assert (platform.asked, len({login.secrets["access_jwt"] for login in fresh})) == (1, 1)


async def test_a_missing_key_is_this_nodes_trouble_and_revokes_nothing(
    pool: Pool, admin: psycopg.Connection[DictRow], team: Team
) -> None:
    stranger = Logins(pool, KeyRing({"other": b"o" * 32}), NOWHERE, HostClock())
    with pytest.raises(WrongKey, match="no key “test”"):
        stranger.open(target(admin, team), cast("Platform", SlowPlatform()))


def test_only_a_revocation_asks_for_a_person() -> None:
    expired = outcome_of(LoginExpired("login_expired", "Expired.", answer="401"), doubtful=False)
    revoked = outcome_of(LoginRevoked("login_revoked", "Revoked.", answer="403"), doubtful=False)
    assert isinstance(expired, Retry)
    assert isinstance(revoked, NeedsLogin)
    assert (expired.answer, revoked.answer) == ("401", "403")
