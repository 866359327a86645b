"""The second seed's design, to be measured: one asyncio task per pending post, all in memory."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime

import psycopg
import uvloop

from postclock.clock import HostClock
from postclock.http import Http
from postclock.processes import stop_on_signals

PENDING = """
SELECT p.content -> 'bench' ->> 'text', a.server, d.due_at
  FROM deliveries d JOIN posts p ON p.id = d.post_id JOIN accounts a ON a.id = d.account_id
 WHERE d.state = 'scheduled'
"""


async def work() -> None:
    """Load everything, start a task for each, wait to be stopped."""
    stopping = asyncio.Event()
    stop_on_signals(stopping.set)
    tasks = set()
    async with Http(30) as http:
        connection = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"])
        async with connection, connection.cursor() as cursor:
            await cursor.execute(PENDING)
            async for key, server, due_at in cursor:
                tasks.add(asyncio.create_task(_at_its_moment(http, key, server, due_at)))
        await HostClock().sleep(0)  # Now every task has begun to wait.
        print("tasks_started", flush=True)
        await stopping.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _at_its_moment(http: Http, key: str, server: str, due_at: datetime) -> None:
    clock = HostClock()
    await clock.sleep((due_at - clock.now()).total_seconds())
    await http.request("POST", f"{server}/{key}", json={"text": key})


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())
