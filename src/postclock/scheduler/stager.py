"""Staging: what is slow is done before the moment, so that at the moment one request leaves.

Nothing becomes public here. A crash loses nothing but time: the lease runs out, and the next node
goes on from what was saved.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from postclock.clock import Clock
from postclock.db.engine import Pool
from postclock.scheduler.conclusions import Conclusions
from postclock.scheduler.held_queries import save_staged
from postclock.scheduler.model import Claim, Staged
from postclock.scheduler.ports import Lost, Publisher, Reached, Save
from postclock.scheduler.record import Ending

log = structlog.get_logger(__name__)

STAGES_AT_ONCE = 8
STAGES_IN_HAND = 32
"""More is not claimed: a platform that hangs must not fill this node's hands."""


class Stager:
    """Stages, a few at a time."""

    def __init__(
        self,
        pool: Pool,
        publisher: Publisher,
        clock: Clock,
        conclusions: Conclusions,
        lease: timedelta,
        reached: Reached,
    ) -> None:
        self._pool, self._publisher, self._clock = pool, publisher, clock
        self._conclusions, self._lease, self._reached = conclusions, lease, reached
        self._staging = asyncio.Semaphore(STAGES_AT_ONCE)
        self._in_hand = 0

    @property
    def has_room(self) -> bool:
        """Whether another staging would come to its turn soon."""
        return self._in_hand < STAGES_IN_HAND

    async def stage(self, claim: Claim) -> Ending | None:
        """Stage it and conclude; None when another node has it by now."""
        self._in_hand += 1
        try:
            async with self._staging:
                self._reached("staging")
                result = await self._publisher.stage(claim, self._keep(claim))
        except Lost:
            log.warning("staging_lost", delivery=str(claim.delivery_id))
            return None
        finally:
            self._in_hand -= 1
        self._reached("staged")
        return self._conclusions.of_staging(claim, result)

    def _keep(self, claim: Claim) -> Save:
        async def save(staged: Staged) -> None:
            async with self._pool.connection() as connection:
                now = self._clock.now()
                if not await save_staged(connection, claim, staged, now=now, lease=self._lease):
                    raise Lost
            self._reached("saved")

        return save
