"""PgQueuer: PostgreSQL, LISTEN/NOTIFY, jobs taken and logged in batches."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import psycopg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import PsycopgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from bench.peers.contract import Place, post, until_stopped
from bench.plan import Plan
from postclock.http import Http

VERSION = version("pgqueuer")
BATCH = 1000
SETTINGS = (
    f"batch_size {BATCH}, no max_concurrent_tasks (at the cap it sleeps between its polls), 64"
    " requests at once by a semaphore, uvloop"
)

ENQUEUE = """
INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, status)
SELECT 0, 'send', convert_to(%(prefix)s || '-' || g, 'UTF8'),
       timestamptz 'epoch' + (%(first)s + %(span)s * g::bigint / %(count)s)
         * interval '1 microsecond', 'queued'
  FROM generate_series(0, %(count)s - 1) AS g
"""


async def _connect(place: Place) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(place.url, autocommit=True)


def prepare(place: Place) -> None:
    async def install() -> None:
        async with await _connect(place) as connection:
            await Queries(PsycopgDriver(connection)).install()

    asyncio.run(install())


def fill(place: Place, plan: Plan) -> None:
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(
            ENQUEUE,
            {"prefix": plan.prefix, "first": plan.first_us, "span": plan.span_us,
             "count": plan.count},
        )  # fmt: skip


def work(place: Place) -> None:
    async def run() -> None:
        async with await _connect(place) as connection, Http(30) as http:
            queue = PgQueuer(PsycopgDriver(connection))
            turns = asyncio.Semaphore(place.in_flight)

            @queue.entrypoint("send")  # type: ignore[untyped-decorator]
            async def send(job: Job) -> None:
                assert job.payload is not None
                async with turns:
                    await post(http, place, job.payload.decode())

            async with until_stopped() as stopping:
                working = asyncio.create_task(queue.run(batch_size=BATCH))
                await stopping.wait()
                queue.shutdown.set()
                await working

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
