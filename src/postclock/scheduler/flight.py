"""One delivery on its way: what it may still write, what it has saved, when its bytes left."""

from __future__ import annotations

from datetime import datetime

from postclock.clock import Clock
from postclock.db.engine import Pool
from postclock.scheduler.held_queries import save_progress
from postclock.scheduler.model import Claim, Staged
from postclock.scheduler.ports import Lost, Reached
from postclock.scheduler.terms import Terms


class Flight:
    """Holds the lease of what is sent, and makes it last from part to part."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        terms: Terms,
        claim: Claim,
        last_write: float,
        reached: Reached,
    ) -> None:
        self._pool, self._clock, self._terms = pool, clock, terms
        self._claim, self._last_write, self._reached = claim, last_write, reached
        self._saved = False
        self.sent_at: datetime | None = None
        """When the bytes left that made it public: the last written before anything was saved."""

    def may_write(self) -> bool:
        """Whether bytes written now arrive while the delivery is still this node's."""
        self._reached("leaving")
        if self._clock.boottime() >= self._last_write:
            return False
        if not self._saved:
            self.sent_at = self._clock.now()
        self._reached("writing")
        return True

    async def save(self, staged: Staged) -> None:
        """Commit which parts are public; raises Lost when another node has taken it over."""
        began, lease = self._clock.boottime(), self._terms.send_lease
        self._saved = True
        async with self._pool.connection() as connection:
            now = self._clock.now()
            if not await save_progress(connection, self._claim, staged, now=now, lease=lease):
                raise Lost
        self._last_write = began + self._terms.lease_margin.total_seconds()
        self._reached("saved")
