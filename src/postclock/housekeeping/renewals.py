"""Logins are renewed ahead, and people hear in time of those that end.

Only an explicit revocation disconnects an account. What fails otherwise is tried again; when the
login's end comes near, that is told with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import structlog
from psycopg_pool import PoolTimeout
from whenever import Instant

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.config import Settings
from postclock.crypto import KeyRing, WrongKey
from postclock.db.engine import node_pool
from postclock.db.session import Database
from postclock.housekeeping.login_queries import Due, Ending, logins_due, take_ending
from postclock.http import Http
from postclock.publishing.logins import Logins
from postclock.publishing.outbound import guard_for
from postclock.publishing.queries import tell
from postclock.services.accounts.apps import app_keys_of
from postclock.services.notifications.model import Notice, NotificationKind
from postclock.services.notifications.queries import notify_people
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import LoginRevoked, Platform, PlatformError
from postclock.services.platforms.registry import CAPABILITIES, build_platforms, tuning

log = structlog.get_logger(__name__)

BATCH = 50
AT_ONCE = 4
FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Renewals:
    """Looks after the logins of a deployment. ``dsn`` leads to PostgreSQL itself."""

    settings: Settings
    dsn: str
    ring: KeyRing

    async def work(self, database: Database) -> int:
        """How many logins were renewed, and of how many people were told."""
        failures: dict[UUID, str] = {}
        renewed = await self._renew(database, failures)
        return renewed + await tell_ending(database, failures)

    async def _renew(self, database: Database, failures: dict[UUID, str]) -> int:
        due = await _read(database, FIRST)
        if not due:
            return 0
        renewed = 0
        async with self._opened(database) as (logins, platforms):
            while due:
                for some in (due[i : i + AT_ONCE] for i in range(0, len(due), AT_ONCE)):
                    done = await asyncio.gather(
                        *(self._one(database, logins, platforms, one, failures) for one in some)
                    )
                    renewed += sum(done)
                due = await _read(database, due[-1].target.account_id)
        return renewed

    @asynccontextmanager
    async def _opened(
        self, database: Database
    ) -> AsyncIterator[tuple[Logins, Mapping[str, Platform]]]:
        settings, tuned = self.settings, tuning(self.settings.platform_settings)
        addresses = Addresses(settings.sandbox_url, settings.sandbox_page, tuned)
        pool = node_pool(self.dsn, "postclock-renewals", size=2)
        async with Http(settings.request_timeout, guard=guard_for(settings)) as http, pool:
            clock = database.clock
            logins = Logins(pool, self.ring, addresses, clock, app_keys_of(settings))
            try:
                yield logins, build_platforms(http, clock, tuned)
            finally:
                await logins.close()

    async def _one(
        self,
        database: Database,
        logins: Logins,
        platforms: Mapping[str, Platform],
        due: Due,
        failures: dict[UUID, str],
    ) -> bool:
        account, platform = due.target.account_id, platforms.get(due.target.platform)
        if platform is None:
            return False
        try:
            await logins.refresh(due.target, platform, logins.open(due.target, platform))
        except LoginRevoked as error:
            if error.problem.code != "not_connected":  # else it was removed meanwhile
                await _disconnect(database, platform, due, error.problem.message)
            return False
        except (PlatformError, WrongKey, psycopg.Error, PoolTimeout, OSError) as error:
            log.warning("login_not_renewed", account=str(account), error=str(error))
            failures[account] = str(error)
            return False
        return True


async def _read(database: Database, after: UUID) -> list[Due]:
    async with database.as_system() as tx:
        return await logins_due(tx, after, BATCH)


async def _disconnect(database: Database, platform: Platform, due: Due, why: str) -> None:
    name = f"{platform.capabilities.label} @{due.target.handle}"
    body = f"{name} needs you: connect the account again. {why}"
    kind = NotificationKind.ACCOUNT_NEEDS_LOGIN
    notice = Notice(due.workspace_id, kind, f"{name} is disconnected", body)
    details = {"account_id": due.target.account_id, "platform": platform.name}
    event = Event(due.workspace_id, Kind.ACCOUNT_NEEDS_LOGIN, body, details=details)
    async with database.as_system() as tx:
        await tell(tx, [event], [notice], {str(due.target.account_id): why})


async def tell_ending(database: Database, failures: Mapping[UUID, str]) -> int:
    """Tell people of logins that end, 7, 3 and 1 days before and at the end; of how many."""
    told = 0
    while True:
        async with database.as_system() as tx:
            ending = await take_ending(tx, BATCH)
            notices = [_ends(one, failures.get(one.id, ""), tx.now) for one in ending]
            if notices:
                await audit.append(tx, *map(_event, ending, notices))
                await notify_people(tx, notices)
        told += len(ending)
        if len(ending) < BATCH:
            return told


def _ends(one: Ending, failure: str, now: datetime) -> Notice:
    able = CAPABILITIES.get(one.platform)
    name = f"{able.label if able else one.platform} @{one.handle}"
    at = Instant(one.login_ends_at).to_tz(one.time_zone).to_stdlib()
    when = f"{at:%Y-%m-%d %H:%M} ({one.time_zone})"
    if one.login_ends_at <= now:
        title, body = f"The login of {name} has ended", f"It ended on {when}."
    else:
        title = f"The login of {name} ends {_in(one.login_ends_at - now)}"
        body = f"It ends on {when}."
    body += " Connect the account again: its posts then go out as planned."
    if one.posts:
        many = "1 post is" if one.posts == 1 else f"{one.posts} posts are"
        body += f" {many} scheduled after that."
    if failure:
        body += f" It could not be renewed by itself: {failure}"
    return Notice(one.workspace_id, NotificationKind.ACCOUNT_LOGIN_ENDS, title, body)


def _in(left: timedelta) -> str:
    days = round(left / timedelta(days=1))
    return "within a day" if days < 1 else "in 1 day" if days == 1 else f"in {days} days"


def _event(one: Ending, notice: Notice) -> Event:
    details = {"account_id": one.id, "platform": one.platform, "ends_at": one.login_ends_at}
    return Event(one.workspace_id, Kind.ACCOUNT_LOGIN_ENDS, notice.title, details=details)
