"""A whole node on the test's clock: timer, runner and ears on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from postclock.clock import HostClock
from postclock.db.engine import Pool
from postclock.node import listening_timer
from postclock.scheduler.claiming import Claiming
from postclock.scheduler.ears import Ears
from postclock.scheduler.runner import Runner
from postclock.scheduler.terms import Terms
from postclock.scheduler.timer import Timer
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.scripted import ListeningWitness, ScriptedPublisher, TestedClock, until


class Believing(Ears):
    """Ears that need no echo: for a node whose notifications are the test's pokes."""

    believing = True

    @property
    def hear(self) -> bool:
        return self.believing


@dataclass
class Node:
    """A whole node on the test's clock."""

    timer: Timer
    runner: Runner
    publisher: ScriptedPublisher
    clock: OwnedClock
    ears: Ears
    samples: list[datetime] = field(default_factory=list)

    async def asleep(self) -> None:
        """Return once the timer has asked and sleeps, believing what it hears."""
        timer = self.timer
        await until(lambda: not timer._asks and timer._asked_at.year < 9999 and self.ears.hear)
        await until(lambda: timer._act_at > self.clock.now() and not timer._woken.is_set())


@asynccontextmanager
async def resident(
    pool: Pool, clock: OwnedClock, dsn: str | None, name: str = "n1"
) -> AsyncIterator[Node]:
    """A running node; without ``dsn`` it believes to listen, and hears nothing."""
    tested = TestedClock(clock)
    publisher = ScriptedPublisher(clock)
    runner = Runner(pool, publisher, ListeningWitness(), tested, Terms(name))
    work = Claiming(pool, runner, tested)
    if dsn:
        timer, ears, listener = listening_timer(work, tested, dsn, name, HostClock())
        tasks = [asyncio.create_task(listener.run())]
    else:
        ears, tasks = Believing(tested, lambda: None), []
        timer = Timer(work, tested, ears)
    node = Node(timer, runner, publisher, clock, ears)
    tested.sampled = lambda: node.samples.append(clock.now())
    runner.start()
    running = asyncio.create_task(timer.run())
    await node.asleep()
    try:
        yield node
    finally:
        publisher.gate.set()
        timer.stop()
        await running
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await runner.stop()
