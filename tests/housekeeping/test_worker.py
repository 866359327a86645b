"""Jobs run once a day for the whole deployment, whatever is started, killed or cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import psycopg
import pytest

from postclock.clock import HostClock
from postclock.config import Settings
from postclock.db.session import Database
from postclock.housekeeping.worker import Job, Pace, daily_jobs, keeping_house
from postclock.ids import new_id
from tests.db.tenants import acting
from tests.fixtures.proxy import proxy_to
from tests.fixtures.workspaces import RING
from tests.scheduler.rows import Admin
from tests.scheduler.scripted import until

QUICK = Pace(poll=0.2, heartbeat=0.2, echo=0.2)
NIGHTLY = "5 3 * * *"
WORKERS = "SELECT id, last_heartbeat FROM procrastinate.procrastinate_workers"
QUEUED = "SELECT task_name, status::text FROM procrastinate.procrastinate_jobs ORDER BY id"
DEFERRED = "SELECT task_name, defer_timestamp FROM procrastinate.procrastinate_periodic_defers"
DEFER = """
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
  'housekeeping', 'housekeeping.count', 0, NULL, NULL, '{"timestamp": 0}', NULL
)]::procrastinate_job_to_defer_v1[])
"""


class Counted:
    """Work that counts its runs; each ends once ``go`` is set."""

    def __init__(self) -> None:
        self.begun = self.ended = 0
        self.go = asyncio.Event()
        self.go.set()

    async def work(self, database: Database) -> int:
        self.begun += 1
        await self.go.wait()
        self.ended += 1
        return 1

    def job(self, *, at_start: bool = False) -> Job:
        return Job("count", NIGHTLY, self.work, at_start)


@asynccontextmanager
async def workers(dsn: str, count: int, *jobs: Job, pace: Pace = QUICK) -> AsyncIterator[None]:
    """``count`` servers' workers."""
    async with AsyncExitStack() as stack:
        for _ in range(count):
            await stack.enter_async_context(keeping_house(dsn, HostClock(), jobs, pace))
        yield


async def at_work(admin: Admin, count: int) -> None:
    """Return once ``count`` workers have given two signs of life.

    A worker is in the table a moment before it knows so itself: one that is stopped in between
    stays there.
    """
    first: dict[int, object] = {}

    def seen() -> bool:
        now = {row["id"]: row["last_heartbeat"] for row in admin.execute(WORKERS)}
        for worker, beat in now.items():
            first.setdefault(worker, beat)
        return len([beat for worker, beat in now.items() if beat != first[worker]]) == count

    await until(seen)


async def test_two_workers_do_a_nights_work_once_and_a_restart_does_not_repeat_it(
    dsn: str, admin: Admin
) -> None:
    nightly = Counted()
    async with workers(dsn, 2, nightly.job()):
        await at_work(admin, 2)
        await until(lambda: nightly.ended and admin.execute(QUEUED).fetchall() == [])
    async with workers(dsn, 2, nightly.job()):
        await at_work(admin, 2)
        await until(lambda: admin.execute(QUEUED).fetchall() == [])
    assert admin.execute(WORKERS).fetchall() == [], "each signed off"
    assert nightly.begun == nightly.ended == 1


async def test_the_next_night_it_is_done_again(dsn: str, admin: Admin) -> None:
    nightly = Counted()
    async with workers(dsn, 1, nightly.job()):
        await until(lambda: nightly.ended == 1 and not admin.execute(QUEUED).fetchall())
    admin.execute(
        "UPDATE procrastinate.procrastinate_periodic_defers"
        " SET defer_timestamp = defer_timestamp - 86400"
    )
    async with workers(dsn, 2, nightly.job()):
        await until(lambda: nightly.ended == 2)
    assert nightly.begun == 2


async def test_what_is_due_at_each_start_is_done_at_each_start(dsn: str, admin: Admin) -> None:
    starting = Counted()
    async with workers(dsn, 1, starting.job(at_start=True)):
        await until(lambda: starting.ended == 1 and not admin.execute(QUEUED).fetchall())
    async with workers(dsn, 1, starting.job(at_start=True)):
        await until(lambda: starting.ended == 2 and not admin.execute(QUEUED).fetchall())
    assert starting.begun == 2


async def test_a_job_whose_worker_vanished_is_done_by_the_next(dsn: str, admin: Admin) -> None:
    nightly = Counted()
    async with workers(dsn, 1, nightly.job()):
        await until(lambda: nightly.ended == 1 and not admin.execute(QUEUED).fetchall())
    # What a killed process leaves behind: itself among the workers, and a job in its hands.
    gone = admin.execute(
        "INSERT INTO procrastinate.procrastinate_workers (last_heartbeat)"
        " VALUES (now() - interval '1 hour') RETURNING id"
    ).fetchone()
    assert gone is not None
    admin.execute(
        "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, queueing_lock, args,"
        " status, worker_id) VALUES ('housekeeping', 'housekeeping.count', 'count',"
        " '{\"timestamp\": 0}', 'doing', %s)", [gone["id"]],
    )  # fmt: skip
    async with workers(dsn, 2, nightly.job()):
        await until(lambda: nightly.ended == 2)
        await until(lambda: admin.execute(QUEUED).fetchall() == [])
    assert nightly.begun == 2


async def test_it_outlives_its_database(dsn: str, admin: Admin) -> None:
    nightly = Counted()
    with proxy_to(dsn) as line:
        async with workers(line.address(dsn), 1, nightly.job()):
            await until(lambda: nightly.ended == 1 and not admin.execute(QUEUED).fetchall())
            line.refuse()
            assert line.reset() >= 2
            with admin.transaction():
                admin.execute("SET LOCAL search_path TO procrastinate")
                admin.execute(DEFER)
            line.admit()
            await until(lambda: nightly.ended == 2)


async def test_a_job_that_fails_is_tried_again_later_and_its_reason_is_kept_from_nobody(
    dsn: str, admin: Admin, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fails(database: Database) -> int:
        raise ValueError("the disk is full")

    async with workers(dsn, 1, Job("fails", NIGHTLY, fails)):
        await until(lambda: admin.execute(QUEUED + " LIMIT 1").fetchone())
        waits = (
            "SELECT scheduled_at > now() AS later FROM procrastinate.procrastinate_jobs"
            " WHERE status = 'todo' AND attempts = 1"
        )
        await until(lambda: admin.execute(waits).fetchall() == [{"later": True}])
    assert "the disk is full" in capsys.readouterr().out


async def test_the_products_own_jobs_run_on_a_first_start(
    dsn: str, admin: Admin, settings: Settings
) -> None:
    now = HostClock().now()
    user, workspace = new_id(), new_id()
    admin.execute(
        "INSERT INTO workspaces (id, name, time_zone, created_at) VALUES (%s, 'w', 'UTC', %s)",
        [workspace, now],
    )
    admin.execute(
        "INSERT INTO users (id, email, name, password_hash, created_at)"
        " VALUES (%s, 'a', 'a', '', %s)", [user, now],
    )  # fmt: skip
    admin.execute(
        "INSERT INTO sessions VALUES ('ended', %s, %s, %s, %s)",
        [user, workspace, now, now - timedelta(seconds=1)],
    )
    jobs = daily_jobs(settings, HostClock(), dsn, RING)
    nightly = sum(not job.at_start for job in jobs)
    async with workers(dsn, 2, *jobs):
        await until(lambda: not admin.execute("SELECT 1 FROM sessions").fetchall())
        await until(lambda: len(admin.execute(DEFERRED).fetchall()) > nightly)
        await until(lambda: admin.execute(QUEUED).fetchall() == [])
    state = admin.execute("SELECT value FROM system_state WHERE key = 'clock_rules'").fetchone()
    assert state is not None


def test_the_apis_role_sees_nothing_of_it(admin: Admin) -> None:
    for what in ("procrastinate_jobs", "procrastinate_workers", "procrastinate_events"):
        with acting(admin, None) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SELECT 1 FROM procrastinate.{what}")
