"""The life of one delivery: claimed → prepared → its instant → intended → sent → recorded.

Reading this file from top to bottom is following one delivery. Every step takes what the step
before gave; what goes wrong becomes an outcome and takes the same way to the record.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import structlog

from postclock.db.engine import Pool
from postclock.scheduler import queries, retry
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.conclusions import Conclusions
from postclock.scheduler.lanes import Lanes
from postclock.scheduler.model import Claim
from postclock.scheduler.ports import Prepared, Publisher, Reached, Witness
from postclock.scheduler.reconcile import Reconciler
from postclock.scheduler.record import Ending
from postclock.scheduler.recorder import AWAY, BLOCKED, Recorder
from postclock.scheduler.states import State

log = structlog.get_logger(__name__)

INTEND_AHEAD = timedelta(milliseconds=100)
"""An attempt is committed so long before its instant, so that the commit does not delay it."""
GATHER = timedelta(milliseconds=50)
"""What is due so shortly after goes into the same commit."""
CLAIM_LEASE = timedelta(seconds=15)
LEASE_MARGIN = timedelta(seconds=10)
COMMITS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """How one node works: its name, how long it may hold and send, how often to try."""

    node: str
    request_timeout: timedelta = timedelta(seconds=30)
    policy: retry.Policy = field(default_factory=retry.Policy)
    in_hand: int = 2000
    claim_lease: timedelta = CLAIM_LEASE
    lease_margin: timedelta = LEASE_MARGIN

    @property
    def send_lease(self) -> timedelta:
        """A request always ends before the lease of its delivery does."""
        return self.request_timeout + self.lease_margin


class Runner:
    """Takes claims to their end. ``recorded`` is told each ending once it is in the database."""

    def __init__(
        self,
        pool: Pool,
        publisher: Publisher,
        witness: Witness,
        clock: SyncedClock,
        terms: Terms,
        recorded: Callable[[Ending], None] = lambda _ending: None,
        reached: Reached = lambda _arrow: None,
    ) -> None:
        self.terms = terms
        self._pool, self._publisher, self._clock = pool, publisher, clock
        self._told, self._reached = recorded, reached
        self._recorder = Recorder(pool, witness, clock, self._written)
        self._lanes = Lanes()
        self._heap: list[tuple[datetime, int, Prepared]] = []
        self._order = count()
        self._held: dict[tuple[UUID, int], Claim] = {}
        self._in_hand = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._conclusions = Conclusions(clock, terms.policy)
        self._reconciler = Reconciler(pool, publisher, clock, self._conclusions)
        self._departing = asyncio.Semaphore(COMMITS_AT_ONCE)
        self._ready = asyncio.Event()
        self.relieved = asyncio.Event()
        """Set whenever something left this node's hands."""
        self._dispatcher: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._recorder.start()
        self._dispatcher = asyncio.create_task(self._dispatch(), name="dispatcher")

    async def stop(self) -> None:
        """Give back what is only claimed, let what is on its way end, write everything down."""
        if self._dispatcher:
            self._dispatcher.cancel()
            await asyncio.gather(self._dispatcher, return_exceptions=True)
        await self._release([(claim, claim.instant) for claim in self._held.values()])
        self._held.clear()
        while self._tasks:
            # What was just departing becomes a request of its own.
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._recorder.stop()

    async def broken(self) -> None:
        """Return when this runner has stopped working; raises what stopped it."""
        if self._dispatcher:
            both = {
                asyncio.shield(self._dispatcher),
                asyncio.ensure_future(self._recorder.broken()),
            }
            ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for one in ended:
                await one

    @property
    def may_look(self) -> bool:
        """Whether more of what may have arrived can be looked for soon."""
        return self._reconciler.has_room

    @property
    def room(self) -> int:
        """How many more claims fit in this node's hands."""
        return self.terms.in_hand - self._in_hand

    async def drained(self) -> None:
        """Return when nothing is in this node's hands."""
        while self._in_hand:
            self.relieved.clear()
            await self.relieved.wait()

    # claimed ------------------------------------------------------------------------------------

    def accept(self, claims: Sequence[Claim]) -> None:
        """Take ``claims`` into hand: prepare them, or look for what may have arrived."""
        for claim in claims:
            self._in_hand += 1
            self._reached("claimed")
            if claim.state is State.UNKNOWN:
                self._spawn(self._look(claim))
            else:
                self._held[_hold(claim)] = claim
                self._spawn(self._prepare(claim))

    async def _prepare(self, claim: Claim) -> None:
        """claimed → prepared: load, check, refresh the login, fix what will be said."""
        result = await self._publisher.prepare(claim)
        self._reached("prepared")
        if _hold(claim) not in self._held:
            return
        if isinstance(result, Prepared):
            self._queue(result)
            return
        del self._held[_hold(claim)]
        self._record(self._conclusions.of_claim(claim, result))

    def _queue(self, prepared: Prepared) -> None:
        heapq.heappush(self._heap, (prepared.claim.instant, next(self._order), prepared))
        self._ready.set()

    # its instant --------------------------------------------------------------------------------

    async def _dispatch(self) -> None:
        """prepared → intended, just before the instant, all that are due in one commit."""
        while True:
            self._ready.clear()
            await self._departing.acquire()
            due = self._pop_due()
            if due:
                self._spawn(self._depart(due))
                continue
            self._departing.release()
            if self._heap and self._lanes.room:
                wait = self._heap[0][0] - self._clock.now() - INTEND_AHEAD
                await self._clock.wait(self._ready, wait.total_seconds())
            else:
                await self._ready.wait()

    def _pop_due(self) -> list[Prepared]:
        now = self._clock.now()
        due: list[Prepared] = []
        if not self._heap or self._heap[0][0] > now + INTEND_AHEAD:
            return due
        horizon = now + INTEND_AHEAD + GATHER
        while self._heap and self._heap[0][0] <= horizon and len(due) < self._lanes.room:
            due.append(heapq.heappop(self._heap)[2])
        return due

    async def _depart(self, due: list[Prepared]) -> None:
        leaving, returning = self._lanes.admit(due, self._clock.now())
        try:
            await self._give_back(returning)
            await self._intend_and_fly(leaving)
        finally:
            self._departing.release()
            self._ready.set()

    async def _intend_and_fly(self, leaving: list[Prepared]) -> None:
        try:
            going, last_write = await self._intend(leaving)
        except BLOCKED as error:
            if len(leaving) > 1:
                # One locked row must not hold up the others.
                middle = len(leaving) // 2
                await self._intend_and_fly(leaving[:middle])
                await self._intend_and_fly(leaving[middle:])
                return
            log.warning("intend_blocked", error=str(error))
            self._land(leaving, queue_again=True)
        except AWAY as error:
            # Perhaps it was committed: then the rows are no longer claimed, the next try leaves
            # them alone, and their leases tell.
            log.warning("intend_waits", deliveries=len(leaving), error=str(error))
            self._land(leaving, queue_again=True)
            await self._clock.sleep(0.2)
        else:
            self._land([p for p in leaving if _hold(p.claim) not in going])
            for prepared in leaving:
                if _hold(prepared.claim) in going:
                    self._held.pop(_hold(prepared.claim), None)
                    self._spawn(self._fly(prepared, last_write))

    async def _intend(self, leaving: Sequence[Prepared]) -> tuple[set[tuple[UUID, int]], float]:
        """Those still this node's to send, and the boot time after which none may be written.

        That time counts from before the commit, as the lease does: a node frozen while it
        commits must not send under a lease that ran out meanwhile.
        """
        if not leaving:
            return set(), 0.0
        async with self._pool.connection() as connection:
            last_write = self._clock.boottime() + self.terms.lease_margin.total_seconds()
            going = await queries.intend(
                connection, [(p.claim, p.staged) for p in leaving], now=self._clock.now(),
                lease=self.terms.send_lease,
            )  # fmt: skip
        self._reached("intended")
        return going, last_write

    def _land(self, lost: Sequence[Prepared], *, queue_again: bool = False) -> None:
        """These did not leave: somebody else moved them, or they are to try again."""
        for prepared in lost:
            waiting = self._lanes.land(prepared, None)
            for nxt in [prepared, *waiting] if queue_again else waiting:
                self._queue(nxt)
            if not queue_again:
                self._held.pop(_hold(prepared.claim), None)
                self._leave_hand()

    async def _give_back(self, returning: Sequence[tuple[Prepared, datetime]]) -> None:
        for prepared, _ in returning:
            self._held.pop(_hold(prepared.claim), None)
        await self._release([(prepared.claim, free) for prepared, free in returning])
        for _ in returning:
            self._leave_hand()

    async def _release(self, wakes: Sequence[tuple[Claim, datetime]]) -> None:
        try:
            async with self._pool.connection() as connection:
                await queries.release(connection, wakes, now=self._clock.now())
        except AWAY as error:
            log.warning("release_failed", deliveries=len(wakes), error=str(error))

    # sent ---------------------------------------------------------------------------------------

    async def _fly(self, prepared: Prepared, last_write: float) -> None:
        """intended → sent, at the instant, never early, and only under a lease that lasts."""
        writing: list[datetime] = []

        def may_write() -> bool:
            lasts = self._clock.boottime() < last_write
            if lasts:
                writing.append(self._clock.now())
                self._reached("writing")
            return lasts

        await self._until(prepared.claim.instant)
        began = self._clock.monotonic()
        outcome = await self._publisher.send(prepared, may_write)
        self._reached("answered")
        for nxt in self._lanes.land(prepared, self._clock.monotonic() - began):
            self._queue(nxt)
        self._ready.set()
        sent_at = writing[-1] if writing else None
        self._record(self._conclusions.of_attempt(prepared.claim, outcome, sent_at))

    async def _until(self, instant: datetime) -> None:
        while True:
            left = (instant - self._clock.now()).total_seconds() + self._clock.error
            if left <= 0:
                return
            await self._clock.sleep(left if left > 0.002 else 0)

    # recorded -----------------------------------------------------------------------------------

    async def _look(self, claim: Claim) -> None:
        """unknown → found, or not: ask the platform before anything is sent again."""
        self._reached("looking")
        ending = await self._reconciler.look(claim)
        self._reached("looked")
        self._record(ending)

    def _record(self, ending: Ending) -> None:
        self._recorder.put(ending)

    def _written(self, ending: Ending) -> None:
        self._reached("recorded")
        self._leave_hand()
        self._told(ending)

    def _leave_hand(self) -> None:
        self._in_hand -= 1
        self.relieved.set()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The delivery's lease tells what is safe; this node must not stop for one delivery.
            log.error("delivery_step_failed", exc_info=error)
            self._leave_hand()


def _hold(claim: Claim) -> tuple[UUID, int]:
    """What a claim is held by: after its lease ran out the same delivery may come in again."""
    return claim.delivery_id, claim.fence
