"""What a node does with one delivery: prepare it, send it, look for it. Never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

import psycopg
import structlog
from psycopg_pool import PoolClosed, PoolTimeout

from postclock import http
from postclock.clock import Clock
from postclock.crypto import WrongKey
from postclock.errors import Problem
from postclock.publishing.logins import Logins
from postclock.publishing.outcomes import outcome_of
from postclock.scheduler.model import (
    CannotTell,
    Claim,
    Found,
    Outcome,
    Published,
    Receipt,
    Rejected,
    Retry,
    Sighting,
    Unknown,
)
from postclock.scheduler.ports import Prepared
from postclock.services.platforms.base import Draft, Login, LoginExpired, Platform, PlatformError
from postclock.services.posts.content import text_for

log = structlog.get_logger(__name__)

DATABASE_AWAY = (psycopg.Error, PoolTimeout, PoolClosed, OSError)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent, and how to get in."""

    platform: Platform
    login: Login
    draft: Draft


class PlatformPublisher:
    """The scheduler's Publisher, over the platforms' clients."""

    def __init__(
        self, platforms: Mapping[str, Platform], logins: Logins, clock: Clock, sandbox_page: str
    ) -> None:
        self._platforms, self._logins, self._clock = platforms, logins, clock
        self._sandbox_page = sandbox_page

    def read_lag(self, platform: str) -> timedelta:
        return self._platforms[platform].capabilities.read_lag

    def may_resend(self, platform: str) -> bool:
        return self._platforms[platform].capabilities.guarded_resend

    async def prepare(self, claim: Claim) -> Prepared | Outcome:
        """Open the login (refreshed ahead, if it must be), check the text, fix the request."""
        try:
            parcel = await self._pack(claim)
            if problems := parcel.platform.check(parcel.draft):
                words = " ".join(problem.message for problem in problems)
                return Rejected(Problem(problems[0].code, words))
            key = f"{claim.delivery_id}:{claim.fence}"
            at = max(self._clock.now(), claim.instant)
            staged = parcel.platform.plan(parcel.login, parcel.draft, claim.staged, key, at)
            return Prepared(claim, staged, parcel)
        except PlatformError as error:
            return outcome_of(error, doubtful=False)
        except WrongKey as error:
            # Another node may have the key; a person reads this on the post meanwhile.
            return Retry(
                Problem("secrets_unreadable", f"The login cannot be read: {error}."), counts=False
            )
        except DATABASE_AWAY as error:
            return Retry(Problem("database_away", f"The database was away: {error}"), counts=False)
        except Exception as error:
            log.exception("prepare_failed", delivery=str(claim.delivery_id))
            return Retry(_internal(error))

    async def _pack(self, claim: Claim) -> Parcel:
        target = claim.target
        platform = self._platforms[target.platform]
        login = self._logins.open(target, platform)
        if platform.needs_refresh(login, self._clock.now()):
            login = await self._logins.refresh(target, platform, login)
        text = text_for(claim.content, target.platform, target.account_id)
        return Parcel(platform, login, Draft(text))

    async def send(self, prepared: Prepared, may_write: Callable[[], bool]) -> Outcome:
        """Publish; an expired login is refreshed once and the request sent with the new one."""
        claim = prepared.claim
        parcel: Parcel = prepared.parcel
        try:
            try:
                return await self._publish(parcel, prepared, may_write)
            except LoginExpired:
                login = await self._logins.refresh(claim.target, parcel.platform, parcel.login)
                fresh = Parcel(parcel.platform, login, parcel.draft)
                return await self._publish(fresh, prepared, may_write)
        except PlatformError as error:
            return outcome_of(error, doubtful=claim.doubted_at is not None)
        except DATABASE_AWAY as error:
            return Retry(Problem("database_away", f"The login could not be refreshed: {error}"))
        except Exception as error:
            log.exception("send_failed", delivery=str(claim.delivery_id))
            return Unknown(_internal(error))

    async def _publish(
        self, parcel: Parcel, prepared: Prepared, may_write: Callable[[], bool]
    ) -> Outcome:
        def check() -> None:
            if not may_write():
                raise http.NotSent("this node was held up too long to send safely")

        with http.before_write(check):
            receipt = await parcel.platform.publish(parcel.login, parcel.draft, prepared.staged)
        return Published(self._shown(prepared.claim, receipt))

    async def find(self, claim: Claim, since: datetime, taken: frozenset[str]) -> Sighting:
        """Ask the platform; what keeps it from answering is CannotTell."""
        try:
            parcel = await self._pack(claim)
            try:
                return await self._find(parcel, claim, since, taken)
            except LoginExpired:
                login = await self._logins.refresh(claim.target, parcel.platform, parcel.login)
                fresh = Parcel(parcel.platform, login, parcel.draft)
                return await self._find(fresh, claim, since, taken)
        except (PlatformError, WrongKey) as error:
            return CannotTell(str(error))
        except DATABASE_AWAY as error:
            return CannotTell(f"The database was away: {error}")
        except Exception as error:
            log.exception("find_failed", delivery=str(claim.delivery_id))
            return CannotTell(_internal(error).message)

    async def _find(
        self, parcel: Parcel, claim: Claim, since: datetime, taken: frozenset[str]
    ) -> Sighting:
        find = parcel.platform.find
        sighting = await find(parcel.login, parcel.draft, claim.staged, since, taken)
        if isinstance(sighting, Found):
            return Found(self._shown(claim, sighting.receipt))
        return sighting

    def _shown(self, claim: Claim, receipt: Receipt) -> Receipt:
        """What was published on a pretend platform is seen on its timeline, not on the real one."""
        if not claim.target.sandbox:
            return receipt
        anchor = quote(f"{claim.target.platform}-{receipt.remote_id}", safe=":/.-")
        return replace(receipt, permalink=f"{self._sandbox_page}/#{anchor}")


def _internal(error: Exception) -> Problem:
    return Problem("internal", f"Postclock stumbled ({type(error).__name__}); see its log.")
