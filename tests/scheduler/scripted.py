"""A Publisher that does what the test wrote down, a Witness that listens, and time that passes."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from postclock.clock import Clock, HostClock
from postclock.errors import Problem
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.model import (
    Claim,
    NotSeen,
    Outcome,
    Published,
    Receipt,
    Retry,
    Sighting,
    Staged,
    Window,
)
from postclock.scheduler.ports import Change, Prepared, Save
from tests.fixtures.clocks import OwnedClock

DEADLINE = 20.0
NOT_WRITTEN = Retry(Problem("not_sent", "Held up too long."))


class TestedClock(SyncedClock):
    """A node's clock that believes the test, not the database; ``sampled`` runs at each sample."""

    __test__ = False

    def __init__(self, base: Clock, sampled: Callable[[], None] = lambda: None) -> None:
        super().__init__(base)
        self.sampled = sampled

    def observe(self, told: datetime, before: float, after: float) -> None:
        self.sampled()


@dataclass(frozen=True, slots=True)
class Sending:
    """One request that left: when, of which post, under which fence."""

    post: UUID
    account: UUID
    fence: int
    at: datetime
    due_at: datetime


class ScriptedPublisher:
    """Publishes everything at once, unless the test wrote something else down for a post.

    ``outcomes`` and ``sightings`` are taken from the left, one a request; ``gate`` holds every
    request in flight while it is shut; ``prepared`` decides about preparing.
    """

    def __init__(self, clock: Clock, gate: asyncio.Event | None = None) -> None:
        self._clock = clock
        self.outcomes: defaultdict[UUID, deque[Outcome]] = defaultdict(deque)
        self.sightings: defaultdict[UUID, deque[Sighting | psycopg.Error]] = defaultdict(deque)
        self.unprepared: dict[UUID, Outcome] = {}
        self.gate = gate or asyncio.Event()
        if gate is None:
            self.gate.set()
        self.parts: defaultdict[UUID, deque[Staged]] = defaultdict(deque)
        """What is saved part by part while a post is sent, or looked for."""
        self.takes = 0.0
        """Seconds until a request is answered."""
        self.guarded = True
        self.quotas: dict[str, tuple[Window, ...]] = {}
        self.unstaged: defaultdict[UUID, deque[Outcome]] = defaultdict(deque)
        self.sent: list[Sending] = []
        self.looks: list[datetime] = []
        self.refused = 0
        self.flying: Counter[UUID] = Counter()
        self.most_flying: Counter[UUID] = Counter()

    def read_lag(self, platform: str) -> timedelta:
        return timedelta(seconds=5)

    def may_resend(self, platform: str) -> bool:
        return self.guarded

    def windows(self) -> dict[str, tuple[Window, ...]]:
        return self.quotas

    async def stage(self, claim: Claim, save: Save) -> Staged | Outcome:
        if written := self.unstaged[claim.post_id]:
            return written.popleft()
        await save({"media": {"uploaded_by": claim.fence}})
        return {"media": {"uploaded_by": claim.fence, "done": True}}

    def prepare_now(self, claim: Claim) -> Prepared | Outcome | None:
        return None if claim.post_id in self.unprepared else self._said(claim)

    async def prepare(self, claim: Claim) -> Prepared | Outcome:
        return self.unprepared.get(claim.post_id) or self._said(claim)

    @staticmethod
    def _said(claim: Claim) -> Prepared:
        return Prepared(claim, {**claim.staged, "key": claim.fence}, None)

    async def send(self, prepared: Prepared, may_write: Callable[[], bool], save: Save) -> Outcome:
        claim = prepared.claim
        if not may_write():
            self.refused += 1
            return NOT_WRITTEN
        account = claim.target.account_id
        self.sent.append(
            Sending(claim.post_id, account, claim.fence, self._clock.now(), claim.due_at)
        )
        self.flying[account] += 1
        self.most_flying[account] = max(self.most_flying[account], self.flying[account])
        await self.gate.wait()
        if self.takes:
            await self._clock.sleep(self.takes)
        self.flying[account] -= 1
        while self.parts[claim.post_id]:
            await save({**prepared.staged, **self.parts[claim.post_id].popleft()})
            if self.takes:
                await self._clock.sleep(self.takes)
            if not may_write():
                return NOT_WRITTEN
        written = self.outcomes[claim.post_id]
        return written.popleft() if written else Published(Receipt(f"r-{claim.delivery_id}"))

    async def find(
        self, claim: Claim, since: datetime, taken: frozenset[str], save: Save
    ) -> Sighting:
        self.looks.append(self._clock.now())
        if self.parts[claim.post_id]:
            await save({**claim.staged, **self.parts[claim.post_id].popleft()})
        written = self.sightings[claim.post_id]
        seen = written.popleft() if written else NotSeen()
        if isinstance(seen, psycopg.Error):
            raise seen
        return seen


class ListeningWitness:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    async def recorded(
        self, connection: AsyncConnection[DictRow], changes: Sequence[Change], now: datetime
    ) -> None:
        self.changes += changes


async def until(said: Callable[[], object]) -> None:
    """Return as soon as ``said()`` is true; fail after ``DEADLINE``."""
    host, never = HostClock(), asyncio.Event()
    deadline = host.monotonic() + DEADLINE
    while not said():
        assert host.monotonic() < deadline, "it did not happen in time"
        await host.wait(never, 0.002)


async def pass_time(
    clock: OwnedClock, said: Callable[[], object], *, step: float = 0.05, most: float = 600
) -> None:
    """Move ``clock`` on in small steps, each given to the loop, until ``said()`` is true."""
    host, never = HostClock(), asyncio.Event()
    deadline, end = host.monotonic() + DEADLINE, clock.boottime() + most
    while not said():
        assert host.monotonic() < deadline, "it did not happen in time"
        assert clock.boottime() < end, "it did not happen within the owned time"
        clock.move(step)
        await host.wait(never, 0.004)
