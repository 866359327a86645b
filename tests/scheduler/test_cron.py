"""A cron call over the same claim, with a scripted publisher."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from postclock.clock import HostClock
from postclock.db.engine import Pool
from postclock.errors import Problem
from postclock.publishing.cron import Cron
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.model import Rejected, Retry
from postclock.scheduler.record import Ending
from postclock.scheduler.runner import Runner
from postclock.scheduler.terms import Terms
from tests.scheduler.rows import Rows
from tests.scheduler.scripted import ListeningWitness, ScriptedPublisher

OOPS = Problem("oops", "Oops.")


class Caller:
    """Cron calls with one scripted publisher."""

    def __init__(self, pool: Pool, max_posts: int = 50) -> None:
        self.clock = SyncedClock(HostClock())
        self.publisher = ScriptedPublisher(self.clock)
        self.cron = Cron(pool, self.clock, self._open, max_posts)

    @asynccontextmanager
    async def _open(
        self, pool: Pool, clock: SyncedClock, recorded: Callable[[Ending], None]
    ) -> AsyncIterator[Runner]:
        runner = Runner(pool, self.publisher, ListeningWitness(), clock, Terms("cron"), recorded)
        runner.start()
        try:
            yield runner
        finally:
            await runner.stop()


async def test_a_call_counts_posts_by_the_worst_of_their_deliveries(pool: Pool, rows: Rows) -> None:
    caller = Caller(pool)
    now = HostClock().now()
    posts = [rows.post(rows.account(), rows.account("bluesky"), due=now, now=now) for _ in range(3)]
    later = rows.post(rows.account(), due=now + timedelta(hours=1), now=now)
    caller.publisher.outcomes[posts[1]].append(Rejected(OOPS))
    caller.publisher.outcomes[posts[2]].append(Retry(OOPS))
    report = await caller.cron.run()
    assert (report.processed, report.published, report.failed, report.retried) == (3, 1, 1, 1)
    assert (report.skipped, report.remaining) == (0, 0)
    assert report.next_due_at is not None
    assert report.next_due_at < rows.delivery(later)["wake_at"]


async def test_a_call_takes_no_more_posts_than_it_may(pool: Pool, rows: Rows) -> None:
    caller = Caller(pool, max_posts=5)
    now = HostClock().now()
    for _ in range(8):
        rows.post(rows.account(), rows.account("bluesky"), due=now, now=now)
    first, second, third = [await caller.cron.run() for _ in range(3)]
    assert (first.published, first.remaining, second.published) == (5, 3, 3)
    assert (third.processed, third.remaining, third.next_due_at) == (0, 0, None)
    assert len(caller.publisher.sent) == 16


async def test_a_call_finishes_a_busy_account(pool: Pool, rows: Rows) -> None:
    """What its lane gave back for a moment is taken again in the same call."""
    caller = Caller(pool)
    busy = rows.account()
    now = HostClock().now()
    for _ in range(50):
        rows.post(busy, due=now, now=now)
    report = await caller.cron.run()
    assert (report.processed, report.published, report.skipped) == (50, 50, 0)
