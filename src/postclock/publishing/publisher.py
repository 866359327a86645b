"""What a node does with one delivery: prepare it, send it, look for it. Never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

import psycopg
import structlog
from psycopg_pool import PoolClosed, PoolTimeout

from postclock import http
from postclock.clock import Clock
from postclock.crypto import WrongKey
from postclock.errors import Problem
from postclock.hiding import hide
from postclock.publishing.baggage import Baggage
from postclock.publishing.outcomes import outcome_of
from postclock.publishing.parcels import Packer, Parcel
from postclock.publishing.warmth import Warmth
from postclock.scheduler.model import (
    CannotTell,
    Claim,
    Found,
    Outcome,
    Pending,
    Published,
    Receipt,
    Rejected,
    Retry,
    Sighting,
    Staged,
    Unknown,
)
from postclock.scheduler.ports import Lost, Prepared, Save
from postclock.services.platforms.base import LoginExpired, Platform, PlatformError
from postclock.services.platforms.quotas import Windows

log = structlog.get_logger(__name__)

DATABASE_AWAY = (psycopg.Error, PoolTimeout, PoolClosed, OSError)


class PlatformPublisher:
    """The scheduler's Publisher, over the platforms' clients."""

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        packer: Packer,
        clock: Clock,
        sandbox_page: str,
        windows: Windows,
        warmth: Warmth,
    ) -> None:
        self._platforms, self._packer, self._clock = platforms, packer, clock
        self._warmth, self._baggage = warmth, Baggage(clock)
        self._sandbox_page, self._windows = sandbox_page, windows

    def read_lag(self, platform: str) -> timedelta:
        return self._platforms[platform].capabilities.read_lag

    def may_resend(self, platform: str) -> bool:
        return self._platforms[platform].capabilities.guarded_resend

    def windows(self) -> Windows:
        return self._windows

    async def stage(self, claim: Claim, save: Save) -> Staged | Outcome:
        """Upload what the draft carries; an expired login is refreshed once."""
        try:
            parcel = await self._packer.pack(claim)
            try:
                return await self._upload(parcel, claim, save)
            except LoginExpired:
                return await self._upload(await self._packer.renew(parcel, claim), claim, save)
        except Lost:
            raise
        except PlatformError as error:
            return outcome_of(error, doubtful=False)
        except WrongKey as error:
            return _unreadable(error)
        except DATABASE_AWAY as error:
            return Retry(Problem("database_away", f"The database was away: {error}"))
        except Exception as error:
            log.exception("stage_failed", delivery=str(claim.delivery_id))
            return Retry(_internal(error))

    async def _upload(self, parcel: Parcel, claim: Claim, save: Save) -> Staged | Outcome:
        if parcel.problems:
            return _rejected(parcel.problems)
        stage = parcel.platform.stage
        return await stage(parcel.login, parcel.draft, claim.staged, save, parcel.files)

    def prepare_now(self, claim: Claim) -> Prepared | Outcome | None:
        """``prepare`` where nobody has to be asked: no fresh login, no files."""
        try:
            parcel = self._packer.pack_now(claim)
            return self._ready(claim, parcel) if parcel else None
        except Exception as error:
            return _not_prepared(claim, error)

    async def prepare(self, claim: Claim) -> Prepared | Outcome:
        """Open the login (refreshed ahead, if it must be), check the text, fix the request."""
        try:
            prepared = self._ready(claim, await self._packer.pack(claim))
            if isinstance(prepared, Prepared):
                await self._baggage.fetch(claim.hold, prepared.parcel, prepared.staged)
            return prepared
        except Exception as error:
            return _not_prepared(claim, error)

    def _ready(self, claim: Claim, parcel: Parcel) -> Prepared | Outcome:
        if parcel.problems:
            return _rejected(parcel.problems)
        key = f"{claim.delivery_id}:{claim.fence}"
        at = max(self._clock.now(), claim.instant)
        staged = parcel.platform.plan(parcel.login, parcel.draft, claim.staged, key, at)
        piece = parcel.platform.held_back(parcel.draft, staged)
        self._warmth.ahead(piece.url if piece else parcel.login.base_url, claim.instant)
        return Prepared(claim, staged, parcel)

    async def send(self, prepared: Prepared, may_write: Callable[[], bool], save: Save) -> Outcome:
        """Publish; an expired login is refreshed once and the request sent with the new one."""
        claim = prepared.claim
        progress = Progress(prepared.staged, save)
        try:
            parcel = await self._baggage.load(claim.hold, prepared.parcel, prepared.staged)
            try:
                return await self._publish(parcel, claim, progress, may_write)
            except LoginExpired:
                fresh = await self._packer.renew(parcel, claim)
                return await self._publish(fresh, claim, progress, may_write)
        except (Lost, NotKept) as error:
            return Unknown(Problem("not_kept", f"A part went out and could not be noted: {error}"))
        except PlatformError as error:
            return outcome_of(error, doubtful=claim.doubted_at is not None)
        except DATABASE_AWAY as error:
            return Retry(Problem("database_away", f"The login could not be refreshed: {error}"))
        except Exception as error:
            log.exception("send_failed", delivery=str(claim.delivery_id))
            return Unknown(_internal(error))

    async def _publish(
        self, parcel: Parcel, claim: Claim, progress: Progress, may_write: Callable[[], bool]
    ) -> Outcome:
        def check() -> None:
            if not may_write():
                raise http.NotSent("this node was held up too long to send safely")

        with http.before_write(check):
            receipt = await parcel.platform.publish(
                parcel.login, parcel.draft, progress.staged, progress.save
            )
        return Published(self._shown(claim, receipt))

    async def find(
        self, claim: Claim, since: datetime, taken: frozenset[str], save: Save
    ) -> Sighting:
        """Ask the platform; what keeps it from answering is CannotTell.

        That the database is away is nobody's answer: such an error is raised.
        """
        try:
            parcel = await self._packer.pack(claim)
            try:
                return await self._find(parcel, claim, since, taken, save)
            except LoginExpired:
                fresh = await self._packer.renew(parcel, claim)
                return await self._find(fresh, claim, since, taken, save)
        except Lost:
            return CannotTell("another node looks for it now")
        except (PlatformError, WrongKey) as error:
            return CannotTell(str(error))
        except DATABASE_AWAY:
            raise
        except Exception as error:
            log.exception("find_failed", delivery=str(claim.delivery_id))
            return CannotTell(_internal(error).message)

    async def _find(
        self, parcel: Parcel, claim: Claim, since: datetime, taken: frozenset[str], save: Save
    ) -> Sighting:
        find = parcel.platform.find
        sighting = await find(parcel.login, parcel.draft, claim.staged, since, taken, save)
        if isinstance(sighting, Found):
            return Found(self._shown(claim, sighting.receipt))
        if isinstance(sighting, CannotTell | Pending):
            return replace(sighting, reason=hide(sighting.reason))
        return sighting

    def _shown(self, claim: Claim, receipt: Receipt) -> Receipt:
        """What was published on a pretend platform is seen on its timeline, not on the real one."""
        if receipt.note:
            receipt = replace(receipt, note=hide(receipt.note))
        if not claim.target.sandbox:
            return receipt
        anchor = quote(f"{claim.target.platform}-{receipt.remote_id}", safe=":/.-")
        return replace(receipt, permalink=f"{self._sandbox_page}/#{anchor}")


class NotKept(Exception):
    """A part is public, and the database could not be told: it is looked for like a lost answer."""


class Progress:
    """What ``staged`` says by now, and how a platform commits the next part of it."""

    def __init__(self, staged: Staged, save: Save) -> None:
        self.staged = staged
        self._save = save

    async def save(self, staged: Staged) -> None:
        self.staged = staged
        try:
            await self._save(staged)
        except DATABASE_AWAY as error:
            raise NotKept(str(error)) from error


def _rejected(problems: Sequence[Problem]) -> Rejected:
    words = " ".join(problem.message for problem in problems)
    return Rejected(Problem(problems[0].code, words))


def _not_prepared(claim: Claim, error: Exception) -> Outcome:
    match error:
        case PlatformError():
            return outcome_of(error, doubtful=False)
        case WrongKey():
            return _unreadable(error)
        case psycopg.Error() | PoolTimeout() | PoolClosed() | OSError():
            return Retry(Problem("database_away", f"The database was away: {error}"), counts=False)
        case _:
            log.error("prepare_failed", delivery=str(claim.delivery_id), exc_info=error)
            return Retry(_internal(error))


def _unreadable(error: WrongKey) -> Retry:
    """Another node may have the key; a person reads this on the post meanwhile."""
    return Retry(Problem("secrets_unreadable", f"The login cannot be read: {error}."), counts=False)


def _internal(error: Exception) -> Problem:
    return Problem("internal", f"Postclock stumbled ({type(error).__name__}); see its log.")
