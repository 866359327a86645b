"""The timer's questions to the database, each one statement on a connection of the pool."""

from __future__ import annotations

import asyncio

from postclock.db.engine import Pool
from postclock.scheduler import queries
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.queries import Told
from postclock.scheduler.runner import Runner
from postclock.scheduler.terms import CLAIM_AHEAD

CLAIM_LIMIT = 250
"""Rows are read in one go, and nothing else has its turn meanwhile: a few milliseconds."""
PATIENCE = 10.0
"""Seconds for an answer; one that takes longer comes from a connection that is dead."""
POOL_PATIENCE = 1.0
"""Seconds for a connection: so soon after the database is back it is asked again."""
BREATH = 0.25
"""Seconds after which a node whose hands are full looks again, whatever happened."""


class Claiming:
    """Claims what is due for ``runner``, and tells when something will be."""

    def __init__(self, pool: Pool, runner: Runner, clock: SyncedClock) -> None:
        self._pool, self._runner, self._clock = pool, runner, clock

    async def claim(self) -> bool:
        """Claim until nothing more is due; False when this node's hands are full first."""
        terms = self._runner.terms
        while (room := min(self._runner.room, CLAIM_LIMIT)) > 0:
            async with (
                asyncio.timeout(PATIENCE),
                self._pool.connection(timeout=POOL_PATIENCE) as connection,
            ):
                before = self._clock.boottime()
                claims = await queries.claim_due(
                    connection, node=terms.node, now=self._clock.now(), lead=CLAIM_AHEAD,
                    leases=terms.leases, limit=room, looks=self._runner.may_look,
                    stages=self._runner.may_stage,
                )  # fmt: skip
                if claims:
                    # Nothing of this claim is sent by an older sample of the database's clock.
                    self._clock.observe(claims[0].told_at, before, self._clock.boottime())
            self._runner.accept(claims)
            if len(claims) < room:
                return True
        return False

    async def ask(self, *, echo: bool) -> Told:
        """When something will be due; a sample of the database's clock comes with it."""
        name = self._runner.terms.node if echo else None
        async with (
            asyncio.timeout(PATIENCE),
            self._pool.connection(timeout=POOL_PATIENCE) as connection,
        ):
            before = self._clock.boottime()
            told = await queries.next_wake(connection, echo=name)
            self._clock.observe(told.clock, before, self._clock.boottime())
        return told

    async def relieved(self) -> None:
        """Return when something has left this node's hands, or after a breath."""
        self._runner.relieved.clear()
        await self._clock.wait(self._runner.relieved, BREATH)
