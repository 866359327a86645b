"""A runner that the test feeds with claims."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from postclock.db.engine import Pool
from postclock.scheduler.record import Ending
from postclock.scheduler.runner import Runner
from postclock.scheduler.terms import Terms
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.rows import Rows
from tests.scheduler.scripted import (
    ListeningWitness,
    ScriptedPublisher,
    TestedClock,
    pass_time,
)
from tests.scheduler.steps import claim


@dataclass
class Node:
    """A runner fed by the test."""

    runner: Runner
    publisher: ScriptedPublisher
    witness: ListeningWitness
    clock: OwnedClock
    pool: Pool
    ended: list[Ending]

    async def take(self) -> None:
        """Claim what is due and hand it over."""
        self.runner.accept(await claim(self.pool, self.clock.now()))

    def has_nothing_in_hand(self) -> bool:
        return self.runner.room == self.runner.terms.in_hand

    async def settle(self) -> None:
        """Let time pass until nothing is in its hands."""
        await pass_time(self.clock, self.has_nothing_in_hand)

    async def work(self, rows: Rows, post: UUID, state: str) -> None:
        """Claim and let time pass until the post's delivery is in ``state``."""
        for _ in range(90):
            wake_at = rows.delivery(post)["wake_at"]
            if rows.state(post) == state:
                return
            if wake_at is not None and wake_at > self.clock.now():
                self.clock.move((wake_at - self.clock.now()).total_seconds())
            await self.take()
            await self.settle()
        raise AssertionError(f"{rows.state(post)} and never {state}")


def make_node(pool: Pool, clock: OwnedClock, name: str = "n1") -> Node:
    ended: list[Ending] = []
    publisher, witness = ScriptedPublisher(clock), ListeningWitness()
    runner = Runner(pool, publisher, witness, TestedClock(clock), Terms(name), ended.append)
    return Node(runner, publisher, witness, clock, pool, ended)
