"""Procrastinate: PostgreSQL, LISTEN/NOTIFY, one statement to take a job and one to finish it."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import procrastinate
import psycopg
import uvloop

from bench.peers.contract import Place, post, until_stopped
from bench.plan import Plan
from postclock.http import Http

VERSION = version("procrastinate")
SETTINGS = "concurrency 64, a pool of 20 connections, delete_jobs never, polling every 5 s, uvloop"

ENQUEUE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)
SELECT 'default', 'send', jsonb_build_object('key', %(prefix)s || '-' || g),
       timestamptz 'epoch' + (%(first)s + %(span)s * g::bigint / %(count)s)
         * interval '1 microsecond'
  FROM generate_series(0, %(count)s - 1) AS g
"""


def _app(place: Place) -> procrastinate.App:
    connector = procrastinate.PsycopgConnector(conninfo=place.url, min_size=4, max_size=20)
    return procrastinate.App(connector=connector)


def prepare(place: Place) -> None:
    async def install() -> None:
        async with _app(place).open_async() as app:
            await app.schema_manager.apply_schema_async()

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
        app = _app(place)
        async with Http(30) as http, app.open_async():

            @app.task(name="send")
            async def send(key: str) -> None:
                await post(http, place, key)

            async with until_stopped() as stopping:
                working = asyncio.create_task(
                    app.run_worker_async(concurrency=place.in_flight, install_signal_handlers=False)
                )
                await stopping.wait()
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
