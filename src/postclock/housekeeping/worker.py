"""Housekeeping as jobs of Procrastinate, on the same database: once a day for all processes.

Every server runs a worker. Procrastinate's table of periodic jobs lets each job be queued once
for each time of its schedule, and its queue hands each to one worker, however many there are. A
time that passed while nothing ran is made up for at the next start, within a day.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate.connector import Notify
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from postclock.clock import Clock
from postclock.config import Settings
from postclock.crypto import KeyRing
from postclock.db.engine import conninfo, settle
from postclock.db.session import Database, open_database
from postclock.housekeeping import queries
from postclock.housekeeping.clock_rules import follow_clock_rules
from postclock.housekeeping.purges import purges
from postclock.housekeeping.renewals import Renewals
from postclock.http import Http
from postclock.scheduler.clocksync import SyncedClock
from postclock.services.media.arriving import Arrivals
from postclock.services.media.service import purge_unused
from postclock.services.media.storage import store_of
from postclock.services.platforms.registry import build_platforms

log = structlog.get_logger(__name__)

SCHEMA = "procrastinate"
QUEUE = "housekeeping"
DAY = 24 * 3600
KEEP_FAILED = 30 * 24
"""Hours that a job which failed is kept to be looked at."""
GRACE = 10.0
"""Seconds a job in hand may take to end when the worker is stopped."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, in seconds, a worker asks the database without having been told of a job."""

    poll: float = 1800
    heartbeat: float = 1800
    echo: float = 1800
    """How often it looks whether its LISTEN connection still answers."""

    @property
    def stalled(self) -> float:
        """After how long without a heartbeat a worker is gone, and its job is anybody's."""
        return self.heartbeat * 2.5


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work, by its schedule; it may run twice and answers how much it did."""

    name: str
    cron: str
    work: Callable[[Database], Awaitable[int]]
    at_start: bool = False
    """Queued at every start too, besides its schedule."""


def daily_jobs(settings: Settings, clock: Clock, dsn: str, ring: KeyRing) -> list[Job]:
    """What is done each night (UTC), and with the logins every six hours."""
    arrivals = Arrivals(settings.data_dir, clock)
    store, platforms = store_of(settings), build_platforms(Http(1), clock)

    async def purge_media(database: Database) -> int:
        purged = await purge_unused(database, store)
        return purged.deleted + purged.orphans + arrivals.purge()

    rules = partial(follow_clock_rules, platforms=platforms)
    return [
        Job("follow_clock_rules", "5 3 * * *", rules, at_start=True),
        *(Job(one.name, f"{10 + i} 3 * * *", one.run) for i, one in enumerate(purges(settings))),
        Job("renew_logins", "25 */6 * * *", Renewals(settings, dsn, ring).work, at_start=True),
        Job("purge_media", "30 3 * * *", purge_media),
    ]


class _Connector(procrastinate.PsycopgConnector):
    """Procrastinate's, but its LISTEN connection is asked for a sign of life more rarely."""

    def __init__(self, dsn: str, pace: Pace) -> None:
        info = conninfo(dsn, "postclock-housekeeping")
        super().__init__(
            conninfo=info,
            min_size=1,
            max_size=2,
            timeout=10,
            max_lifetime=DAY,
            configure=_in_its_schema,
        )
        self._pace = pace

    async def _loop_notify(
        self, on_notification: Notify, connection: psycopg.AsyncConnection, timeout: float = 0
    ) -> None:
        await super()._loop_notify(on_notification, connection, timeout or self._pace.echo)


async def _in_its_schema(connection: psycopg.AsyncConnection[Any]) -> None:
    """Let Procrastinate, which names no schema, find its tables; raises OperationalError."""
    await connection.set_autocommit(True)  # each of its statements is whole
    await settle(connection)
    if not await queries.find_jobs(connection):
        raise psycopg.OperationalError(
            "housekeeping needs a direct connection: a pooler stands before the database"
        )


@asynccontextmanager
async def keeping_house(
    dsn: str, clock: Clock, jobs: Sequence[Job], pace: Pace = Pace()
) -> AsyncIterator[None]:
    """A worker for ``jobs`` in the background, for as long as the block lasts."""
    task = asyncio.create_task(_work(dsn, clock, jobs, pace), name="housekeeping")
    try:
        yield
    finally:
        for patience in (GRACE + 2, 1):  # longer than a job's grace: the database may be away
            task.cancel()
            await asyncio.wait({task}, timeout=patience)


async def _work(dsn: str, clock: Clock, jobs: Sequence[Job], pace: Pace) -> None:
    """Run a worker, and another when it ends: it ends whenever its database is away."""
    synced, pause = SyncedClock(clock), 1.0
    database = open_database(dsn, "postclock-housekeeping", synced, synced.observe)
    try:
        while True:
            began = clock.monotonic()
            try:
                await _run_once(dsn, database, jobs, pace)
                log.warning("housekeeping_interrupted")
            except (ConnectorException, psycopg.Error, OSError) as error:
                log.warning("housekeeping_interrupted", error=str(error))
            pause = 1.0 if clock.monotonic() - began > 60 else min(pause * 2, 60)
            await clock.sleep(pause)
    finally:
        await database.close()


async def _run_once(dsn: str, database: Database, jobs: Sequence[Job], pace: Pace) -> None:
    info = conninfo(dsn, "postclock-housekeeping")
    async with await psycopg.AsyncConnection.connect(info) as first:
        await _in_its_schema(first)  # says what is wrong, where the pool would only wait
    app = make_app(dsn, database, jobs, pace)
    async with app.open_async():
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=pace.stalled):
            await app.job_manager.retry_job(job)
        for one in jobs:
            if one.at_start:
                with suppress(AlreadyEnqueued):
                    await app.tasks[_named(one)].configure().defer_async(timestamp=0)
        await app.run_worker_async(
            queues=[QUEUE], install_signal_handlers=False, delete_jobs="successful",
            fetch_job_polling_interval=pace.poll, abort_job_polling_interval=pace.poll,
            update_heartbeat_interval=pace.heartbeat, stalled_worker_timeout=pace.stalled,
            shutdown_graceful_timeout=GRACE,
        )  # fmt: skip


def make_app(dsn: str, database: Database, jobs: Sequence[Job], pace: Pace) -> procrastinate.App:
    """Procrastinate's application with a periodic task for each job."""
    app = procrastinate.App(connector=_Connector(dsn, pace), periodic_defaults={"max_delay": DAY})
    for job in jobs:
        _register(app, job.name, job.cron, partial(job.work, database))

    async def forget_failed() -> int:
        await app.job_manager.delete_old_jobs(
            KEEP_FAILED, include_failed=True, include_cancelled=True, include_aborted=True
        )
        return 0

    _register(app, "forget_failed_jobs", "0 4 * * *", forget_failed)
    return app


def _named(job: Job) -> str:
    return f"{QUEUE}.{job.name}"


def _register(
    app: procrastinate.App, name: str, cron: str, work: Callable[[], Awaitable[int]]
) -> None:
    async def task(timestamp: int) -> int:  # noqa: ARG001 (Procrastinate names it: the time due)
        try:
            done = await work()
        except Exception:
            log.exception("housekeeping_failed", job=name)
            raise
        if done:
            log.info("housekeeping_done", job=name, count=done)
        return done

    again = procrastinate.RetryStrategy(max_attempts=5, exponential_wait=6)
    declared = app.task(name=f"{QUEUE}.{name}", queue=QUEUE, queueing_lock=name, retry=again)(task)
    app.periodic(cron=cron)(declared)
