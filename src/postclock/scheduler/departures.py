"""From prepared to on its way: each waits for its instant, is committed, and leaves.

An attempt is committed a little ahead of its instant, all that are due together. What may not
leave now goes back to the database with its next moment, and is not kept in memory.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import structlog

from postclock.db.engine import Pool
from postclock.scheduler import held_queries
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.hands import Hands
from postclock.scheduler.held_queries import Hold, Limits
from postclock.scheduler.lanes import Lanes
from postclock.scheduler.model import Claim
from postclock.scheduler.ports import Prepared, Reached
from postclock.scheduler.recorder import AWAY, BLOCKED
from postclock.scheduler.runway import Fly, Runway
from postclock.scheduler.terms import CLAIM_AHEAD, Terms

log = structlog.get_logger(__name__)

INTEND_AHEAD = timedelta(milliseconds=100)
"""An attempt is committed so long before its instant, so that the commit does not delay it."""
GATHER = timedelta(milliseconds=50)
"""What is due so shortly after goes into the same commit."""
COMMITS_AT_ONCE = 4
SHUT_FOR = 1.0
"""Seconds an account that must wait is not asked about again."""

Unsent = Callable[[Claim], None]
"""Told of one whose attempt was committed, as it turned out too late, and of which nothing left."""
Spawn = Callable[[Coroutine[None, None, None]], object]


class Departures:
    """Queue what is prepared; ``fly`` is called for each once its attempt is committed."""

    def __init__(
        self,
        pool: Pool,
        clock: SyncedClock,
        terms: Terms,
        limits: Limits,
        hands: Hands,
        spawn: Spawn,
        fly: Fly,
        unsent: Unsent,
        reached: Reached,
    ) -> None:
        self._pool, self._clock, self._terms, self._limits = pool, clock, terms, limits
        self._hands, self._spawn, self._reached = hands, spawn, reached
        self._unsent, self._unsure = unsent, set[Hold]()
        self._lanes, self._runway = Lanes(), Runway(fly)
        self._heaps: dict[str, list[tuple[datetime, int, Prepared]]] = {}
        self._order = count()
        self._shut: dict[UUID, float] = {}
        self._departing = asyncio.Semaphore(COMMITS_AT_ONCE)
        self._ready = asyncio.Event()

    def queue(self, prepared: Prepared) -> None:
        """Have it leave at its instant."""
        heap = self._heaps.setdefault(prepared.claim.target.platform, [])
        heapq.heappush(heap, (prepared.claim.instant, next(self._order), prepared))
        self._ready.set()

    def landed(self, prepared: Prepared, seconds: float) -> tuple[Prepared, float] | None:
        """Its request ended after ``seconds``; the one that flies in its place, if one waits."""
        self._let_next(prepared, seconds)
        self._ready.set()
        return self._runway.land(prepared, seconds)

    def _let_next(self, prepared: Prepared, seconds: float | None) -> None:
        if waiting := self._lanes.land(prepared, seconds):
            self.queue(waiting)

    async def run(self) -> None:
        """Let everything leave at its instant, until cancelled."""
        while True:
            self._ready.clear()
            await self._departing.acquire()
            if due := self._pop_due():
                self._begin(due)
                continue
            self._departing.release()
            heads = [h[0][0] for name, h in self._heaps.items() if self._runway.room(name, len(h))]
            if heads:
                wait = min(heads) - self._clock.now() - INTEND_AHEAD
                await self._clock.wait(self._ready, wait.total_seconds())
            else:
                await self._ready.wait()

    def _pop_due(self) -> list[Prepared]:
        now = self._clock.now()
        due: list[Prepared] = []
        for platform, heap in self._heaps.items():
            if not heap or heap[0][0] > now + INTEND_AHEAD:
                continue
            horizon = now + INTEND_AHEAD + GATHER
            for _ in range(self._runway.room(platform, len(heap))):
                if heap[0][0] > horizon:
                    break
                due.append(heapq.heappop(heap)[2])
        return due

    def _begin(self, due: Sequence[Prepared]) -> None:
        """Decide at once who leaves, so that the next look at the runway counts them."""
        shut = [prepared for prepared in due if self._is_shut(prepared)]
        ready = [prepared for prepared in due if not self._is_shut(prepared)]
        leaving, returning = self._lanes.admit(ready, self._clock.now())
        self._intending(leaving, 1)
        self._spawn(self._depart(leaving, returning, shut))

    async def _depart(
        self,
        leaving: Sequence[Prepared],
        returning: Sequence[tuple[Prepared, datetime]],
        shut: Sequence[Prepared],
    ) -> None:
        try:
            await self._park(shut)
            await self._give_back(returning)
            await self._intend_and_fly(leaving)
        finally:
            self._departing.release()
            self._ready.set()

    # intended -----------------------------------------------------------------------------------

    async def _intend_and_fly(self, leaving: Sequence[Prepared]) -> None:
        if not leaving:
            return
        try:
            going, shut, last_write = await self._intend(leaving)
        except BLOCKED as error:
            if len(leaving) > 1:
                # One locked row must not hold up the others.
                middle = len(leaving) // 2
                await self._intend_and_fly(leaving[:middle])
                await self._intend_and_fly(leaving[middle:])
                return
            log.warning("intend_blocked", error=str(error))
            self._again(leaving)
        except AWAY as error:
            # Perhaps it was committed: then the rows are no longer claimed, and the next try tells.
            log.warning("intend_waits", deliveries=len(leaving), error=str(error))
            self._unsure |= {prepared.claim.hold for prepared in leaving}
            self._again(leaving)
            await self._clock.sleep(0.2)
        else:
            for prepared in leaving:
                if prepared.claim.hold in going:
                    self._hands.bind(prepared.claim)
                    self._runway.take_off(prepared, last_write)
            stay = [one for one in leaving if one.claim.hold not in going]
            await self._stay(stay, shut)
            self._unsure -= {prepared.claim.hold for prepared in leaving}

    async def _intend(self, leaving: Sequence[Prepared]) -> tuple[set[Hold], set[Hold], float]:
        """Those to send, those whose account waits, and the boot time of the last write.

        That time counts from before the commit, as the lease does: a node frozen while it
        commits must not send under a lease that ran out meanwhile.
        """
        async with self._pool.connection() as connection:
            last_write = self._clock.boottime() + self._terms.lease_margin.total_seconds()
            going, shut = await held_queries.intend(
                connection, [(one.claim, one.staged) for one in leaving], now=self._clock.now(),
                lease=self._terms.send_lease, limits=self._limits,
            )  # fmt: skip
        self._reached("intended")
        return going, shut, last_write

    def _intending(self, leaving: Sequence[Prepared], each: int) -> None:
        for prepared in leaving:
            self._runway.intending(prepared.claim.target.platform, each)

    def _again(self, leaving: Sequence[Prepared]) -> None:
        self._intending(leaving, -1)
        for prepared in leaving:
            self._let_next(prepared, None)
            self.queue(prepared)

    async def _stay(self, stay: Sequence[Prepared], shut: set[Hold]) -> None:
        """These did not leave: somebody else moved them, or their account must wait."""
        until = self._clock.monotonic() + SHUT_FOR
        waiting = [prepared for prepared in stay if prepared.claim.hold in shut]
        self._shut |= {prepared.claim.target.account_id: until for prepared in waiting}
        self._intending(stay, -1)
        for prepared in stay:
            self._let_next(prepared, None)
            if prepared.claim.hold in self._unsure - shut:
                self._unsent(prepared.claim)
            elif prepared.claim.hold not in shut:
                self._hands.drop(prepared.claim)
        await self._park(waiting)

    # given back ---------------------------------------------------------------------------------

    def _is_shut(self, prepared: Prepared) -> bool:
        account = prepared.claim.target.account_id
        until = self._shut.get(account)
        if until is not None and until <= self._clock.monotonic():
            del self._shut[account]
            return False
        return until is not None

    async def _park(self, shut: Sequence[Prepared]) -> None:
        """Give back what its account may not send yet, to the account's next free moments."""
        if not shut:
            return
        claims = [prepared.claim for prepared in shut]
        try:
            async with self._pool.connection() as connection:
                await held_queries.park(
                    connection, claims, now=self._clock.now(), ahead=CLAIM_AHEAD,
                    limits=self._limits,
                )  # fmt: skip
        except AWAY as error:
            log.warning("park_failed", deliveries=len(claims), error=str(error))
        for claim in claims:
            self._hands.drop(claim)

    async def _give_back(self, returning: Sequence[tuple[Prepared, datetime]]) -> None:
        for prepared, _ in returning:
            self._hands.bind(prepared.claim)
        await self.release([(prepared.claim, free) for prepared, free in returning])
        for prepared, _ in returning:
            self._hands.drop(prepared.claim)

    async def release(self, wakes: Sequence[tuple[Claim, datetime]]) -> None:
        """Give claims back; what cannot be is claimed again when its lease runs out."""
        try:
            async with self._pool.connection() as connection:
                await held_queries.release(connection, wakes, now=self._clock.now())
        except AWAY as error:
            log.warning("release_failed", deliveries=len(wakes), error=str(error))
