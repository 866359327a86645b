"""One call of the cron endpoint: the same claim and the same runner, for a bounded while."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postclock.db.engine import Pool
from postclock.scheduler import queries
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.model import Claim
from postclock.scheduler.record import Ending
from postclock.scheduler.runner import Runner
from postclock.scheduler.states import State
from postclock.scheduler.terms import CLAIM_AHEAD

CLAIM_FOR = 12.0
"""Seconds: what leaves by then has ended before the platforms that host it end the call."""
CLAIM_LIMIT = 500

OpenRunner = Callable[
    [Pool, SyncedClock, Callable[[Ending], None]], AbstractAsyncContextManager[Runner]
]


@dataclass(frozen=True, slots=True)
class Report:
    """What one call did, in posts, and what is left."""

    processed: int
    published: int
    failed: int
    retried: int
    skipped: int
    remaining: int
    next_due_at: datetime | None


class Cron:
    """Runs calls, each with a runner of its own."""

    def __init__(
        self, pool: Pool, clock: SyncedClock, open_runner: OpenRunner, max_posts: int
    ) -> None:
        self._pool, self._clock, self._open, self._max = pool, clock, open_runner, max_posts

    async def run(self) -> Report:
        """Stage, send, find and retry what is due, at most ``max_posts`` posts and 25 s."""
        ended = _Ended()
        seen: set[UUID] = set()
        deadline = self._clock.monotonic() + CLAIM_FOR
        await self._sample()
        async with self._open(self._pool, self._clock, ended.note) as runner:
            while len(seen) < self._max and self._clock.monotonic() < deadline:
                posts = await self._due(seen)
                if not posts:
                    break
                seen.update(posts)
                left = deadline - self._clock.monotonic()
                try:
                    async with asyncio.timeout(max(left, 0)):
                        await self._finish(runner, posts)
                except TimeoutError:
                    break
        async with self._pool.connection() as connection:
            remaining, next_due = await queries.backlog(connection, now=self._clock.now())
        return ended.report(seen, remaining, next_due)

    async def _finish(self, runner: Runner, posts: list[UUID]) -> None:
        """Work on ``posts``, also on what a busy account gave back for a moment."""
        while claims := await self._claim(runner, posts):
            runner.accept(claims)
            await runner.drained()

    async def _sample(self) -> None:
        async with self._pool.connection() as connection:
            before = self._clock.boottime()
            told = await queries.next_wake(connection)
            self._clock.observe(told.clock, before, self._clock.boottime())

    async def _due(self, seen: set[UUID]) -> list[UUID]:
        async with self._pool.connection() as connection:
            return await queries.due_posts(
                connection, now=self._clock.now(), seen=sorted(seen), limit=self._max - len(seen)
            )

    async def _claim(self, runner: Runner, posts: list[UUID]) -> list[Claim]:
        async with self._pool.connection() as connection:
            return await queries.claim_due(
                connection, node=runner.terms.node, now=self._clock.now(), lead=CLAIM_AHEAD,
                leases=runner.terms.leases, limit=CLAIM_LIMIT, posts=posts,
                stages=runner.may_stage,
            )  # fmt: skip


class _Ended:
    """What became of each post, by the worst of its deliveries."""

    WORST = ("failed", "retried", "published")

    def __init__(self) -> None:
        self._of_post: dict[UUID, str] = {}

    def note(self, ending: Ending) -> None:
        match ending.state:
            case State.PUBLISHED:
                what = "published"
            case State.SCHEDULED | State.STAGED | State.UNKNOWN:
                what = "retried"
            case _:
                what = "failed"
        post = ending.claim.post_id
        self._of_post[post] = min(what, self._of_post.get(post, "published"), key=self.WORST.index)

    def report(self, seen: set[UUID], remaining: int, next_due: datetime | None) -> Report:
        counted = Counter(self._of_post.values())
        return Report(
            processed=len(self._of_post), published=counted["published"],
            failed=counted["failed"], retried=counted["retried"],
            skipped=len(seen) - len(self._of_post), remaining=remaining, next_due_at=next_due,
        )  # fmt: skip
