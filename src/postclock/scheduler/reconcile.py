"""Looking for what may have arrived: the platform is asked before anything is sent again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import structlog
from psycopg_pool import PoolClosed, PoolTimeout

from postclock.clock import Clock
from postclock.db.engine import Pool
from postclock.scheduler import queries, retry
from postclock.scheduler.conclusions import Conclusions
from postclock.scheduler.held_queries import save_progress
from postclock.scheduler.model import Absent, CannotTell, Claim, Sighting, Staged
from postclock.scheduler.ports import Lost, Publisher, Save
from postclock.scheduler.record import Ending

log = structlog.get_logger(__name__)

GONE = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed)
"""The database could not be reached. Whatever else goes wrong ends the look, and is told."""

LOOKS_AT_ONCE = 16
LOOKS_IN_HAND = 64
"""More is not claimed: a platform that hangs must not fill this node's hands."""


class Reconciler:
    """Looks, a few at a time."""

    def __init__(
        self,
        pool: Pool,
        publisher: Publisher,
        clock: Clock,
        conclusions: Conclusions,
        lease: timedelta,
    ) -> None:
        self._pool, self._publisher, self._clock = pool, publisher, clock
        self._lease = lease
        self._conclusions = conclusions
        self._looking = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._in_hand = 0

    @property
    def has_room(self) -> bool:
        """Whether another look would come to its turn soon."""
        return self._in_hand < LOOKS_IN_HAND

    async def look(self, claim: Claim) -> Ending | None:
        """Ask the platform whether the claim's attempt arrived, and conclude.

        None when the database went away meanwhile: that says nothing of the platform. Once the
        lease of this look is over it is looked for again.
        """
        self._in_hand += 1
        try:
            async with self._looking:
                sighting = await self._find(claim)
        except GONE as error:
            log.warning("look_interrupted", delivery=str(claim.delivery_id), error=str(error))
            return None
        except (psycopg.Error, OSError) as error:
            sighting = CannotTell(f"it could not be looked for: {error}")
        finally:
            self._in_hand -= 1
        platform = claim.target.platform
        settled_at = claim.settled_at or self._clock.now()
        doubt = retry.Doubt(
            failures=claim.failures, looks=claim.looks + 1,
            certain_at=settled_at + self._publisher.read_lag(platform),
            may_resend=self._publisher.may_resend(platform) and not claim.resent,
        )  # fmt: skip
        return self._conclusions.of_look(claim, sighting, doubt)

    async def _find(self, claim: Claim) -> Sighting:
        since = claim.doubted_at or claim.due_at
        async with self._pool.connection() as connection:
            if not await queries.in_doubt(connection, claim, since):
                return Absent()
            taken = await queries.taken_receipts(connection, claim, since)
        return await self._publisher.find(claim, since, taken, self._keep(claim))

    def _keep(self, claim: Claim) -> Save:
        async def save(staged: Staged) -> None:
            async with self._pool.connection() as connection:
                now = self._clock.now()
                if not await save_progress(connection, claim, staged, now=now, lease=self._lease):
                    raise Lost

        return save
