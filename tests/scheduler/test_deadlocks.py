"""Everybody at the same few posts at once: somebody may wait, but never two for each other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

import psycopg
import pytest

from postclock.db.engine import Pool, node_pool
from postclock.scheduler.model import Claim
from postclock.scheduler.record import Ending
from postclock.scheduler.states import State
from tests.scheduler import steps
from tests.scheduler.people import PAUSABLE, People
from tests.scheduler.rows import Rows, second
from tests.scheduler.test_post_status import told

TURNS = 1000
WORKERS = 10
SEED = 20261126
DEADLOCK = "40P01"
MAY_BE_REFUSED = {"PC001", "55P03"}
"""It is being published; or somebody held it for more than two seconds."""

OFTEN = ("claim", "intend", "record") * 4

T = TypeVar("T")
Act = Callable[[], Awaitable[object]]


class Crowd:
    """Nodes and people at work on the same four posts, each on connections of the pool."""

    def __init__(self, pool: Pool, people: People, luck: Random) -> None:
        self._pool, self._people, self._luck = pool, people, luck
        self._clock = 0.0
        self._claims: list[Claim] = []
        self._ending: list[Ending] = []
        self.did: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._acts: dict[str, Act] = {
            "arm": self._arm, "cancel": self._cancel, "pause": self._pause,
            "resume": self._resume, "claim": self._claim, "intend": self._intend,
            "record": self._record, "release": self._release, "rearm": self._rearm,
        }  # fmt: skip

    async def work(self) -> None:
        """``TURNS`` acts, drawn by chance; what PostgreSQL refuses is counted by its code."""
        for _ in range(TURNS):
            self._clock += self._luck.random() / WORKERS
            name = self._luck.choice([*self._acts, *OFTEN])
            try:
                await self._acts[name]()
            except psycopg.Error as error:
                self.refused[error.sqlstate or type(error).__name__] += 1
            self.did[name] += 1

    async def _call(self, statement: str, *values: object) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(statement, values)

    @property
    def _now(self) -> object:
        return second(self._clock)

    async def _arm(self) -> None:
        accounts = self._luck.sample(self._people.accounts, self._luck.randint(1, 2))
        due = second(self._clock + self._luck.uniform(-1, 1))
        post = self._luck.choice(self._people.posts)
        arm = "SELECT postclock_arm(%s, %s, %s, %s)"
        await self._call(arm, post, accounts, due, self._now)

    async def _cancel(self) -> None:
        post = self._luck.choice(self._people.posts)
        await self._call("SELECT postclock_disarm(%s, %s)", post, self._now)

    async def _pause(self) -> None:
        """As the service does it: the pause first, by itself; then what nodes hold."""
        what = self._luck.choice(PAUSABLE)
        pause = f"UPDATE {what}s SET paused_at = %s WHERE id = %s"
        await self._call(pause, self._now, self._people.key_of(what))
        await self._call("SELECT postclock_hold(%s, %s)", self._people.workspace, self._now)

    async def _resume(self) -> None:
        for what in PAUSABLE:
            end = f"UPDATE {what}s SET paused_at = NULL WHERE id = %s"
            await self._call(end, self._people.key_of(what))
        await self._call("SELECT postclock_resume(%s, %s)", self._people.workspace, self._now)

    async def _claim(self) -> None:
        claims = await steps.claim(self._pool, second(self._clock), limit=4)
        self._claims += [claim for claim in claims if claim.state is State.CLAIMED]
        self._ending += [self._look(claim) for claim in claims if claim.state is State.UNKNOWN]

    def _some(self, of: list[T]) -> list[T]:
        self._luck.shuffle(of)
        return [of.pop() for _ in range(min(len(of), self._luck.randint(1, 4)))]

    async def _intend(self) -> None:
        if claims := self._some(self._claims):
            now = second(self._clock)
            going, shut = await steps.try_to_intend(self._pool, *claims, now=now)
            self._ending += [self._answer(c) for c in claims if c.hold in going]
            await steps.park(self._pool, *(c for c in claims if c.hold in shut), now=now)

    async def _record(self) -> None:
        if endings := self._some(self._ending):
            await steps.record(self._pool, *endings, now=second(self._clock))

    def _answer(self, claim: Claim) -> Ending:
        """Nothing is published here, or soon nothing would move any more."""
        now, soon = second(self._clock), second(self._clock + 0.2)
        match self._luck.choice(["retry", "blocked", "failed", "unknown"]):
            case "blocked":
                return steps.blocked(claim, soon, now)
            case "failed":
                return steps.failed(claim, now)
            case "unknown":
                return steps.unknown(claim, soon, now)
            case _:
                return steps.retry(claim, soon, now)

    def _look(self, claim: Claim) -> Ending:
        return steps.looked(claim, State.SCHEDULED, second(self._clock), second(self._clock))

    async def _release(self) -> None:
        for claim in self._some(self._claims):
            await steps.release(self._pool, claim, second(self._clock))

    async def _rearm(self) -> None:
        rearm = (
            "SELECT postclock_rearm(id, %s, %s) FROM deliveries WHERE post_id = %s"
            " AND state IN ('failed', 'missed') LIMIT 1"
        )
        post = self._luck.choice(self._people.posts)
        await self._call(rearm, self._now, self._now, post)


@pytest.mark.slow
async def test_nobody_ever_waits_in_a_circle(dsn: str, rows: Rows) -> None:
    people = People(rows)
    async with node_pool(dsn, "postclock-test", size=WORKERS) as pool:
        crowd = Crowd(pool, people, Random(SEED))
        await asyncio.gather(*(crowd.work() for _ in range(WORKERS)))
    rows.sql.execute("SELECT pg_stat_force_next_flush()")
    found = rows.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert crowd.did.total() == TURNS * WORKERS
    assert found["deadlocks"] == crowd.refused[DEADLOCK] == 0, crowd.refused
    assert crowd.refused.keys() <= MAY_BE_REFUSED, crowd.refused
    for post, (status, states) in people.said().items():
        assert status == told(states), post
