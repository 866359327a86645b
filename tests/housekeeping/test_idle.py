"""What a worker that has nothing to do costs the database, counted by PostgreSQL itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from postclock.clock import HostClock
from postclock.config import Settings
from postclock.housekeeping.worker import Pace, daily_jobs, keeping_house
from tests.fixtures.workspaces import RING
from tests.scheduler.rows import Admin
from tests.scheduler.scripted import until

FASTER = 6000
"""The intervals are so many times shorter than in the product."""
A_DAY = 86400 / FASTER
IDLE_A_DAY = 200
A_NIGHT = 100
COUNT = """
SELECT coalesce(sum(calls), 0)::integer FROM pg_stat_statements s JOIN pg_database d ON d.oid = dbid
 WHERE datname = %s
"""
PLACES = "SELECT count(*) AS n FROM procrastinate.procrastinate_periodic_defers"
QUEUE = "SELECT count(*) AS n FROM procrastinate.procrastinate_jobs"


@pytest.fixture
def statements(server: str, dsn: str) -> Iterator[Callable[[], int]]:
    """How many statements the test's database has been given so far, by anybody."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

        def counted() -> int:
            row = connection.execute(COUNT, [conninfo_to_dict(dsn)["dbname"]]).fetchone()
            assert row is not None
            return int(row[0])

        yield counted


def number(admin: Admin, statement: str) -> int:
    row = admin.execute(statement).fetchone()
    assert row is not None
    return int(row["n"])


@pytest.mark.slow
async def test_an_idle_day_and_a_night_are_few_statements(
    dsn: str, admin: Admin, statements: Callable[[], int], settings: Settings
) -> None:
    product, host = Pace(), HostClock()
    pace = Pace(product.poll / FASTER, product.heartbeat / FASTER, product.echo / FASTER)
    jobs = daily_jobs(settings, HostClock(), dsn, RING)
    asked, nightly = 0, [job for job in jobs if not job.at_start]

    def night_is_over() -> bool:
        nonlocal asked
        asked += 2
        return number(admin, PLACES) > len(nightly) and number(admin, QUEUE) == 0

    async with keeping_house(dsn, host, jobs, pace):
        await until(night_is_over)
        night = statements() - asked
        began, before = host.monotonic(), statements()
        await until(lambda: host.monotonic() - began > A_DAY)
        days = (host.monotonic() - began) / A_DAY
        idle = (statements() - before) / days
    sys.stdout.write(f"a night: {night}, an idle day: {idle:.0f}\n")
    assert 0 < idle <= IDLE_A_DAY
    assert 0 < night <= A_NIGHT
