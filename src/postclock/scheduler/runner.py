"""The life of one delivery: claimed → staged, or prepared → its instant → sent → recorded.

Reading this file from top to bottom is following one delivery. Every step takes what the step
before gave; what goes wrong becomes an outcome and takes the same way to the record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial

import structlog

from postclock.db.engine import Pool
from postclock.errors import Problem
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.conclusions import Conclusions
from postclock.scheduler.departures import Departures
from postclock.scheduler.flight import Flight
from postclock.scheduler.hands import Hands
from postclock.scheduler.held_queries import Limits
from postclock.scheduler.model import Claim, Outcome, Retry
from postclock.scheduler.ports import Prepared, Publisher, Reached, Witness
from postclock.scheduler.reconcile import Reconciler
from postclock.scheduler.record import Ending
from postclock.scheduler.recorder import Recorder
from postclock.scheduler.stager import Stager
from postclock.scheduler.states import State
from postclock.scheduler.terms import Terms

log = structlog.get_logger(__name__)

BREATHER = 100
"""After so many prepared in a row, what else is due has its turn."""
STARTS_AT_ONCE = 4
"""So many begin before the first of them is written: of thousands due at once, the first leaves
at its instant and does not wait until all have begun."""

NOT_SENT = Retry(
    Problem("not_sent", "The database went away while it was to be sent: nothing was."),
    counts=False,
)


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
        self._hands = Hands(terms.in_hand)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stagings: set[asyncio.Task[None]] = set()
        self._starts = asyncio.Semaphore(STARTS_AT_ONCE)
        self._conclusions = conclusions = Conclusions(clock, terms.policy)
        self._recorder = Recorder(pool, witness, clock, self._written)
        self._reconciler = Reconciler(pool, publisher, clock, conclusions, terms.send_lease)
        self._stager = Stager(pool, publisher, clock, conclusions, terms.stage_lease, reached)
        limits = Limits(publisher.windows(), terms.late, terms.gap)
        self._departures = Departures(
            pool, clock, terms, limits, self._hands, self._spawn, self._leave, self._remain,
            reached,
        )  # fmt: skip
        self._dispatcher: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._recorder.start()
        self._dispatcher = asyncio.create_task(self._departures.run(), name="dispatcher")

    async def stop(self) -> None:
        """Give back what nothing has left of, let what is on its way end, write everything down."""
        for task in (self._dispatcher, *self._stagings):
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        back = self._hands.returnable
        self._hands.forget()
        await self._departures.release([(claim, claim.instant) for claim in back])
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
    def may_stage(self) -> bool:
        """Whether more can be staged soon."""
        return self._stager.has_room

    @property
    def room(self) -> int:
        """How many more claims fit in this node's hands."""
        return self._hands.room

    @property
    def relieved(self) -> asyncio.Event:
        """Set whenever something left this node's hands."""
        return self._hands.relieved

    async def drained(self) -> None:
        """Return when nothing is in this node's hands."""
        await self._hands.emptied()

    # claimed ------------------------------------------------------------------------------------

    def accept(self, claims: Sequence[Claim]) -> None:
        """Take ``claims`` into hand: prepare, stage, or look for them, each as its state says."""
        now, ready = self._clock.now(), []
        for claim in claims:
            self._reached("claimed")
            self._hands.take(claim, returnable=claim.state is not State.UNKNOWN)
            if claim.state is State.UNKNOWN:
                self._spawn(self._look(claim), claim)
            elif ending := self._conclusions.turned_away(claim, now):
                self._conclude(ending)
            elif claim.state is State.STAGING:
                self._stagings.add(task := self._spawn(self._stage(claim), claim))
                task.add_done_callback(self._stagings.discard)
            else:
                ready.append(claim)
        if ready:
            self._spawn(self._prepare_all(ready))

    async def _stage(self, claim: Claim) -> None:
        """staging → staged: upload what it carries, ahead of its moment."""
        ending = await self._stager.stage(claim)
        if ending and self._hands.holds(claim):
            self._conclude(ending)
        else:
            self._hands.drop(claim)

    async def _prepare_all(self, claims: Sequence[Claim]) -> None:
        """claimed → prepared, one after another; what must ask somebody goes on by itself."""
        for i, claim in enumerate(claims, 1):
            if (result := self._publisher.prepare_now(claim)) is None:
                self._spawn(self._prepare(claim), claim)
            else:
                self._prepared(claim, result)
            if i % BREATHER == 0:
                await self._clock.sleep(0)

    async def _prepare(self, claim: Claim) -> None:
        """Load, check, refresh the login, fix what will be said."""
        self._prepared(claim, await self._publisher.prepare(claim))

    def _prepared(self, claim: Claim, result: Prepared | Outcome) -> None:
        self._reached("prepared")
        if not self._hands.holds(claim):
            return
        if isinstance(result, Prepared):
            self._departures.queue(result)
        else:
            self._conclude(self._conclusions.of_claim(claim, result))

    # its instant, sent --------------------------------------------------------------------------

    def _leave(self, prepared: Prepared, last_write: float) -> None:
        self._spawn(self._fly(prepared, last_write), prepared.claim)

    def _remain(self, claim: Claim) -> None:
        """It was intended, and its moment is gone: nothing of it has left."""
        self._conclude(self._conclusions.of_attempt(claim, NOT_SENT, None))

    async def _fly(self, prepared: Prepared, last_write: float) -> None:
        """intended → sent, at the instant, never early, and only under a lease that lasts.

        Then the next that waits for this place flies, if there is one.
        """
        leaving: tuple[Prepared, float] | None = (prepared, last_write)
        while leaving:
            prepared, last_write = leaving
            flight = Flight(
                self._pool, self._clock, self.terms, prepared.claim, last_write, self._reached
            )
            if await self._until(prepared.claim.instant):
                await self._starts.acquire()
                asyncio.get_running_loop().call_soon(self._starts.release)
            began = self._clock.monotonic()
            outcome = await self._publisher.send(prepared, flight.may_write, flight.save)
            self._reached("answered")
            leaving = self._departures.landed(prepared, self._clock.monotonic() - began)
            self._conclude(self._conclusions.of_attempt(prepared.claim, outcome, flight.sent_at))

    async def _until(self, instant: datetime) -> bool:
        """Return at ``instant`` or after it; whether that had to be waited for."""
        waited = False
        while True:
            left = (instant - self._clock.now()).total_seconds() + self._clock.error
            if left <= 0:
                return waited
            waited = True
            # In slices: a better reading of the clock may come meanwhile.
            await self._clock.sleep(min(left, 1.0) if left > 0.002 else 0)

    # recorded -----------------------------------------------------------------------------------

    async def _look(self, claim: Claim) -> None:
        """unknown → found, or not: ask the platform before anything is sent again."""
        self._reached("looking")
        ending = await self._reconciler.look(claim)
        self._reached("looked")
        if ending:
            self._conclude(ending)
        else:
            self._hands.drop(claim)

    def _conclude(self, ending: Ending) -> None:
        self._hands.bind(ending.claim)
        self._recorder.put(ending)

    def _written(self, ending: Ending) -> None:
        self._reached("recorded")
        self._hands.drop(ending.claim)
        self._told(ending)

    def _spawn(
        self, work: Coroutine[None, None, None], claim: Claim | None = None
    ) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(partial(self._finished, claim))
        return task

    def _finished(self, claim: Claim | None, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # The delivery's lease tells what is safe; this node must not stop for one delivery.
            log.error("delivery_step_failed", exc_info=error)
            if claim:
                self._hands.drop(claim)
