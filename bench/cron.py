"""A cron that calls each full minute, for at most 50 posts: ``python -m bench.cron``."""

from __future__ import annotations

import asyncio
from functools import partial

import uvloop

from bench.node import build
from postclock.clock import HostClock
from postclock.config import load_settings
from postclock.db.engine import node_pool
from postclock.installation import key_ring
from postclock.log import set_up_logging
from postclock.node import open_runner
from postclock.processes import stop_on_signals
from postclock.publishing.cron import Cron
from postclock.scheduler.clocksync import SyncedClock

MINUTE = 60


async def work() -> None:
    """Call on the minute until told to stop."""
    settings, stopping, clock = load_settings(), asyncio.Event(), HostClock()
    assert settings.database_url is not None
    stop_on_signals(stopping.set)
    opened = partial(open_runner, settings, key_ring(settings))
    async with node_pool(settings.database_url, "bench-cron") as pool:
        cron = Cron(
            pool, SyncedClock(clock),
            lambda pool, clock, ended: opened(pool, clock, "bench-cron", ended, build),
            settings.max_posts_per_run,
        )  # fmt: skip
        print("cron_started", flush=True)
        while True:
            left = MINUTE - clock.now().timestamp() % MINUTE
            if await clock.wait(stopping, left):
                return
            print(await cron.run(), flush=True)


if __name__ == "__main__":
    set_up_logging()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())
