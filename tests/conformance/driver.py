"""The life of one delivery without a database: the real clients, outcomes and retry rules, and a
clock that jumps to whatever comes next. What a row would keep stands in ``Delivery``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from postclock.errors import Problem
from postclock.publishing.outcomes import outcome_of
from postclock.scheduler import retry
from postclock.scheduler.model import (
    CannotTell,
    Claim,
    Found,
    Outcome,
    Published,
    Receipt,
    Rejected,
    Sighting,
    Staged,
    Target,
    Unknown,
)
from postclock.scheduler.states import State
from postclock.services.platforms.base import Login, LoginExpired, Platform, PlatformError
from postclock.services.platforms.drafting import Draft, Files
from tests.fixtures.clocks import MORNING

Answer = TypeVar("Answer")

POLICY = retry.Policy()
SEND_LEASE = timedelta(seconds=40)
STAGE_LEASE = timedelta(seconds=120)
SOON = timedelta(minutes=5)
MOST_STEPS = 300
RESTING = {State.PUBLISHED, State.FAILED, State.HELD, State.UNCONFIRMED, State.MISSED}


@dataclass
class JumpingClock:
    """Time passes for whoever sleeps, and when the test moves it."""

    at: datetime = MORNING

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def boottime(self) -> float:
        return self.at.timestamp()

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        return event.is_set()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Crash(Exception):
    """The process ended."""


@dataclass
class Crashes:
    """Where the process ends: right after its n-th save, or before its n-th answer is recorded."""

    at_save: int | None = None
    at_answer: int | None = None
    saves: int = 0
    answers: int = 0

    def saved(self) -> None:
        self.saves += 1
        if self.saves == self.at_save:
            raise Crash

    def answered(self) -> None:
        self.answers += 1
        if self.answers == self.at_answer:
            raise Crash


@dataclass
class Delivery:
    """One delivery, and what happened to it."""

    platform: Platform
    login: Login
    draft: Draft
    files: Files
    clock: JumpingClock
    crashes: Crashes = field(default_factory=Crashes)
    state: State = State.SCHEDULED
    wake_at: datetime | None = None
    staged: Staged = field(default_factory=dict)
    failures: int = 0
    stage_failures: int = 0
    looks: int = 0
    fence: int = 0
    resent: bool = False
    doubted_at: datetime | None = None
    settled_at: datetime | None = None
    receipt: Receipt | None = None
    problem: Problem | None = None
    requests: int = 0
    """How many attempts were made."""
    told: list[str] = field(default_factory=list)
    """Every step, for whoever reads a failure."""

    def __post_init__(self) -> None:
        lead = self.platform.lead(self.draft)
        self.due_at = self.clock.now() + (lead or timedelta(0)) + SOON
        self.has_files = lead is not None
        self.wake_at = self.due_at - lead if lead is not None else self.due_at

    async def run(self) -> None:
        """Until it rests."""
        for _ in range(MOST_STEPS):
            if self.state in RESTING:
                return
            assert self.wake_at is not None
            self.clock.at = max(self.clock.now(), self.wake_at)
            await self._step()
        raise AssertionError(f"it does not come to rest: {self.told[-20:]}")

    async def _step(self) -> None:
        self.fence += 1
        try:
            if self.state is State.UNKNOWN:
                await self._look()
            elif self.state is State.SCHEDULED and self.has_files:
                await self._stage()
            else:
                await self._attempt()
        except Crash:
            self._after_crash()

    def _after_crash(self) -> None:
        """The lease runs out: what was being sent may have arrived, all else begins again."""
        self.told.append(f"crash while {self.state}")
        lease = STAGE_LEASE if self.state is State.STAGING else SEND_LEASE
        if self.state is State.SENDING:
            self.failures += 1
            self.doubted_at = self.doubted_at or self._intended_at
            self.state = State.UNKNOWN
        elif self.state is State.STAGING:
            self.state = State.SCHEDULED
        self.wake_at = self.clock.now() + lease

    async def _stage(self) -> None:
        self.state = State.STAGING
        platform, draft = self.platform, self.draft
        try:
            self.staged = await self._signed_in(
                lambda login: platform.stage(login, draft, self.staged, self._save, self.files)
            )
        except PlatformError as error:
            outcome = outcome_of(error, doubtful=False)
            now = self.clock.now()
            nxt = retry.after_stage(outcome, self._claim(), now=now, policy=POLICY, luck=0.5)
            self._go(nxt, f"staging: {outcome}")
            return
        self.stage_failures = 0
        ready = max(self.due_at, self.clock.now())
        self.state, self.wake_at = State.STAGED, ready
        self.told.append("staged")

    async def _attempt(self) -> None:
        try:
            outcome = await self._sent()
        except PlatformError as error:
            outcome = outcome_of(error, doubtful=self.doubted_at is not None)
        now = self.clock.now()
        if isinstance(outcome, Unknown):
            self.doubted_at = self.doubted_at or self._intended_at
            self.settled_at = now if outcome.answered else self._intended_at + SEND_LEASE
        tried = retry.Tried(self.failures, self.due_at, self.resent)
        nxt = retry.after_attempt(outcome, tried, now=now, policy=POLICY, luck=0.5)
        self._go(nxt, f"attempt: {outcome}")

    async def _sent(self) -> Outcome:
        login, now = self.login, self.clock.now()
        if self.platform.needs_refresh(login, now):
            self.login = login = await self._refreshed()
        if problems := self.platform.check(self.draft):
            return Rejected(problems[0])
        self.staged = self.platform.plan(
            login, self.draft, self.staged, f"delivery:{self.fence}", now
        )
        self.state, self._intended_at = State.SENDING, self.clock.now()
        self.settled_at = self._intended_at + SEND_LEASE
        self.requests += 1
        draft = await self._loaded()
        receipt = await self._signed_in(
            lambda way_in: self.platform.publish(way_in, draft, self.staged, self._save)
        )
        self.crashes.answered()
        return Published(receipt)

    async def _loaded(self) -> Draft:
        """The draft with what its publishing call carries of a file."""
        if piece := self.platform.held_back(self.draft, self.staged):
            held = await self.files.read_range(piece.media, piece.start, piece.end)
            return replace(self.draft, held=held)
        return self.draft

    async def _look(self) -> None:
        since = self.doubted_at or self.due_at
        sighting: Sighting
        try:
            sighting = await self._signed_in(
                lambda login: self.platform.find(
                    login, self.draft, self.staged, since, frozenset(), self._save
                )
            )
        except PlatformError as error:
            sighting = CannotTell(str(error))
        able, now = self.platform.capabilities, self.clock.now()
        doubt = retry.Doubt(
            failures=self.failures, looks=self.looks + 1,
            certain_at=(self.settled_at or now) + able.read_lag,
            may_resend=able.guarded_resend and not self.resent,
        )  # fmt: skip
        nxt = retry.after_look(sighting, doubt, now=now, policy=POLICY, luck=0.5)
        self.looks = nxt.looks
        if isinstance(sighting, Found):
            self.receipt = sighting.receipt
        self._go(nxt, f"look: {sighting}")

    def _go(self, nxt: retry.Next, told: str) -> None:
        self.told.append(f"{told} → {nxt.state}")
        self.failures += nxt.failed
        self.resent = self.resent or nxt.resend
        self.stage_failures = nxt.stage_failures or 0
        if nxt.restage:
            self.staged = {name: value for name, value in self.staged.items() if name != "media"}
        self.state, self.wake_at = nxt.state, nxt.wake_at
        self.receipt = nxt.receipt or self.receipt
        self.problem = nxt.problem

    async def _signed_in(self, ask: Callable[[Login], Awaitable[Answer]]) -> Answer:
        try:
            return await ask(self.login)
        except LoginExpired:
            self.login = await self._refreshed()
            return await ask(self.login)

    async def _refreshed(self) -> Login:
        return replace(self.login, secrets=await self.platform.refresh(self.login))

    async def _save(self, staged: Staged) -> None:
        self.staged = staged
        self.crashes.saved()

    def _claim(self) -> Claim:
        nobody = UUID(int=0)
        target = Target(
            nobody, self.platform.name, self.login.remote_id, self.login.handle, None, True,
            "connected", None, None,
        )  # fmt: skip
        return Claim(
            nobody, nobody, nobody, self.fence, self.state, self.due_at, self.due_at,
            self.failures, self.looks, self.stage_failures, self.staged, self.resent,
            self.doubted_at, self.settled_at, {}, "publish", None, None, self.clock.now(), target,
        )  # fmt: skip
