"""An account's way in: refreshed once however many ask, and lost by nobody's missing key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
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
from postclock.services.accounts.apps import SANDBOX
from postclock.services.accounts.secrets import seal
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    Platform,
    PlatformError,
)
from postclock.services.platforms.bluesky import Bluesky
from postclock.services.platforms.connecting import AppKeys, Lasting, Way
from tests.fixtures.clocks import MORNING as NOW
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
    ways = (Way("profile", "Profile", "oauth", keys="toy"),)

    def __init__(self) -> None:
        self.asked = 0
        self.apps: list[AppKeys | None] = []
        self.answer = asyncio.Event()
        self.refuses: PlatformError | None = None

    async def refresh(self, login: Login) -> Mapping[str, str]:
        self.asked += 1
        self.apps.append(login.app)
        await self.answer.wait()
        if self.refuses:
            raise self.refuses
        return {"access_token": f"fresh {self.asked}"}

    def lasting(self, secrets: Mapping[str, str]) -> Lasting:
        return Lasting(NOW + timedelta(hours=2), NOW + timedelta(days=60))


async def begun(platform: SlowPlatform, asked: int = 1) -> None:
    """Wait until the platform was asked."""
    async with asyncio.timeout(5):
        while platform.asked < asked:
            await HostClock().sleep(0.01)


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
    assert {login.secrets["access_token"] for login in fresh} == {"fresh 1"}


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
    assert (platform.asked, len({login.secrets["access_token"] for login in fresh})) == (1, 1)


async def test_a_fresh_login_is_kept_with_its_times(
    pool: Pool, admin: psycopg.Connection[DictRow], team: Team
) -> None:
    platform, mine = SlowPlatform(), target(admin, team)
    platform.answer.set()
    logins, slow = Logins(pool, RING, NOWHERE, HostClock()), cast("Platform", platform)
    await logins.refresh(mine, slow, logins.open(mine, slow))
    again = target(admin, team)
    assert logins.open(again, slow).secrets == {"access_token": "fresh 1"}
    row = admin.execute(
        "SELECT renew_at, login_ends_at, renewing_by, renewing_until FROM accounts a"
        "  JOIN credentials c ON c.account_id = a.id WHERE a.id = %s", [mine.account_id]
    ).fetchone()  # fmt: skip
    assert row == {
        "renew_at": NOW + timedelta(hours=2), "login_ends_at": NOW + timedelta(days=60),
        "renewing_by": None, "renewing_until": None,
    }  # fmt: skip


async def test_the_sandbox_is_asked_in_the_name_of_its_app(
    pool: Pool, admin: psycopg.Connection[DictRow], team: Team
) -> None:
    platform, mine = SlowPlatform(), target(admin, team)
    platform.answer.set()
    logins, slow = Logins(pool, RING, NOWHERE, HostClock()), cast("Platform", platform)
    await logins.refresh(mine, slow, logins.open(mine, slow))
    admin.execute("UPDATE accounts SET sandbox = false")
    mine = target(admin, team)
    real = Logins(pool, RING, NOWHERE, HostClock(), {"toy": AppKeys("id", "secret")})
    await real.refresh(mine, slow, real.open(mine, slow))
    assert platform.apps == [SANDBOX, AppKeys("id", "secret")]


async def test_a_crash_frees_the_turn_when_its_time_is_over(
    pool: Pool, admin: psycopg.Connection[DictRow], team: Team
) -> None:
    platform, mine = SlowPlatform(), target(admin, team)
    platform.answer.set()
    logins, slow = Logins(pool, RING, NOWHERE, HostClock()), cast("Platform", platform)
    admin.execute(
        "UPDATE credentials SET renewing_by = 'dead', renewing_until = now() + interval '1 second'"
    )
    asking = asyncio.create_task(logins.refresh(mine, slow, logins.open(mine, slow)))
    await HostClock().sleep(0.3)
    assert platform.asked == 0
    await asking
    assert platform.asked == 1


async def test_who_is_cancelled_loses_no_login(
    pool: Pool, admin: psycopg.Connection[DictRow], team: Team
) -> None:
    platform, mine = SlowPlatform(), target(admin, team)
    logins, slow = Logins(pool, RING, NOWHERE, HostClock()), cast("Platform", platform)
    asking = asyncio.create_task(logins.refresh(mine, slow, logins.open(mine, slow)))
    await begun(platform)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    platform.answer.set()
    await logins.close()
    assert logins.open(target(admin, team), slow).secrets == {"access_token": "fresh 1"}


async def test_a_login_that_a_person_made_meanwhile_stays(
    pool: Pool, admin: psycopg.Connection[DictRow], team: Team
) -> None:
    platform, mine = SlowPlatform(), target(admin, team)
    logins, slow = Logins(pool, RING, NOWHERE, HostClock()), cast("Platform", platform)
    for refuses in (None, LoginRevoked("login_revoked", "Revoked.")):
        asked, mine, platform.refuses = platform.asked, target(admin, team), refuses
        platform.answer.clear()
        asking = asyncio.create_task(logins.refresh(mine, slow, logins.open(mine, slow)))
        await begun(platform, asked + 1)
        key_id, sealed = seal(RING, mine.account_id, {"access_token": f"of a person {asked}"})
        admin.execute(
            "UPDATE credentials SET key_id = %s, secrets = %s, renewing_by = NULL,"
            " renewing_until = NULL WHERE account_id = %s",
            [key_id, sealed, mine.account_id],
        )
        platform.answer.set()
        assert (await asking).secrets == {"access_token": f"of a person {asked}"}


async def test_a_refusal_is_told_to_all_and_leaves_the_turn_free(
    pool: Pool, admin: psycopg.Connection[DictRow], team: Team
) -> None:
    platform, mine = SlowPlatform(), target(admin, team)
    platform.refuses = LoginRevoked("login_revoked", "Revoked.")
    logins, slow = Logins(pool, RING, NOWHERE, HostClock()), cast("Platform", platform)
    stale = logins.open(mine, slow)
    asking = [asyncio.create_task(logins.refresh(mine, slow, stale)) for _ in range(5)]
    await begun(platform)
    platform.answer.set()
    told = await asyncio.gather(*asking, return_exceptions=True)
    assert platform.asked == 1
    assert all(isinstance(one, LoginRevoked) for one in told)
    row = admin.execute("SELECT count(renewing_by) AS n FROM credentials").fetchone()
    assert row == {"n": 0}


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
