"""A node on the host's clock with a scripted platform, for lines that break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from postclock.clock import HostClock
from postclock.db.engine import node_pool
from postclock.node import listening_timer
from postclock.scheduler.claiming import Claiming
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.ears import Ears
from postclock.scheduler.runner import Runner
from postclock.scheduler.terms import Terms
from postclock.scheduler.timer import Timer
from tests.scheduler.scripted import ListeningWitness, ScriptedPublisher, until


@dataclass
class RealNode:
    """What a test looks at."""

    clock: SyncedClock
    timer: Timer
    ears: Ears
    publisher: ScriptedPublisher

    def soon(self, seconds: float) -> datetime:
        """The instant so many seconds from now."""
        return self.clock.now() + timedelta(seconds=seconds)


@asynccontextmanager
async def real_node(dsn: str, listen_dsn: str | None = None) -> AsyncIterator[RealNode]:
    """A running node; its LISTEN may take another way. It ends for no error of the database."""
    clock = SyncedClock(HostClock())
    async with node_pool(dsn, "postclock-test", size=4) as pool:
        publisher = ScriptedPublisher(clock)
        runner = Runner(pool, publisher, ListeningWitness(), clock, Terms("n1"))
        timer, ears, listener = listening_timer(
            Claiming(pool, runner, clock), clock, listen_dsn or dsn, "n1", HostClock()
        )
        runner.start()
        running = asyncio.create_task(timer.run())
        hearing = asyncio.create_task(listener.run())
        await until(lambda: timer._sampled is not None)
        try:
            yield RealNode(clock, timer, ears, publisher)
            assert not running.done()
            assert not hearing.done()
        finally:
            timer.stop()
            await running
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            await runner.stop()
