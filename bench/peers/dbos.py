"""DBOS Transact: PostgreSQL, durable workflows, each step's result is written down."""

from __future__ import annotations

import asyncio
import threading
from importlib.metadata import version

import psycopg
from dbos import DBOS, DBOSClient, DBOSConfig, WorkflowSerializationFormat

from bench.peers.contract import Place, post, until_stopped
from bench.plan import Plan, now_us
from postclock.http import Http

VERSION = version("dbos")
SETTINGS = "one asynchronous workflow of one step, queue polled every 0.1 s, 64 at once a worker"
APP_VERSION = "bench"
SAMPLE = "sample"

CLONE_STATUS = """
INSERT INTO dbos.workflow_status
SELECT (jsonb_populate_record(s, jsonb_build_object(
         'workflow_uuid', %(prefix)s || '-' || g,
         'delay_until_epoch_ms', CASE WHEN due > %(now)s THEN due / 1000 END,
         'status', CASE WHEN due > %(now)s THEN 'DELAYED' ELSE 'ENQUEUED' END))).*
  FROM dbos.workflow_status s,
       generate_series(0, %(count)s - 1) AS g,
       LATERAL (SELECT %(first)s + %(span)s * g::bigint / %(count)s AS due) AS moment
 WHERE s.workflow_uuid = 'sample'
"""
CLONE_INPUT = """
INSERT INTO dbos.workflow_input
SELECT (jsonb_populate_record(s, jsonb_build_object(
         'workflow_uuid', %(prefix)s || '-' || g,
         'inputs', replace(s.inputs, 'SAMPLE_KEY', %(prefix)s || '-' || g)))).*
  FROM dbos.workflow_input s, generate_series(0, %(count)s - 1) AS g
 WHERE s.workflow_uuid = 'sample'
"""
FORGET_SAMPLE = """
UPDATE dbos.workflow_status SET status = 'CANCELLED' WHERE workflow_uuid = 'sample'
"""


def _config(place: Place) -> DBOSConfig:
    return {
        "name": "bench", "system_database_url": place.url, "application_version": APP_VERSION,
        "log_level": "ERROR", "sys_db_pool_size": 50,
    }  # fmt: skip


def prepare(place: Place) -> None:
    """The tables, and one enqueued workflow that the others are copied from."""
    DBOS(config=_config(place))
    DBOS.launch()
    DBOS.destroy()
    client = DBOSClient(system_database_url=place.url)
    client.enqueue(
        {"workflow_name": "send", "queue_name": "posts", "workflow_id": SAMPLE,
         "app_version": APP_VERSION,
         "serialization_type": WorkflowSerializationFormat.PORTABLE},
        "SAMPLE_KEY",
    )  # fmt: skip
    client.destroy()
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(FORGET_SAMPLE)


def fill(place: Place, plan: Plan) -> None:
    told = {"prefix": plan.prefix, "first": plan.first_us, "span": plan.span_us,
            "count": plan.count, "now": now_us()}  # fmt: skip
    with psycopg.connect(place.url) as connection:
        connection.execute(CLONE_INPUT, told)
        connection.execute(CLONE_STATUS, told)


def work(place: Place) -> None:
    async def run() -> None:
        DBOS(config=_config(place))
        async with Http(30) as http:

            @DBOS.step()  # type: ignore[untyped-decorator]
            async def call(key: str) -> None:
                await post(http, place, key)

            @DBOS.workflow(name="send")  # type: ignore[untyped-decorator]
            async def send(key: str) -> None:
                await call(key)

            DBOS.launch()
            await DBOS.register_queue_async(
                "posts", worker_concurrency=place.in_flight, polling_interval_sec=0.1
            )
            async with until_stopped() as stopping:
                await stopping.wait()
            await asyncio.to_thread(DBOS.destroy)

    assert threading.current_thread() is threading.main_thread()
    asyncio.run(run())
