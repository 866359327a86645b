"""The timer over two weeks of virtual time, in which the clocks change twice and all goes wrong.

A million schedules; the host's and the database's clock are set, the machine is suspended,
PostgreSQL goes away, notifications are lost, name the wrong moment or come for nothing, LISTEN
breaks with and without a word. Nothing may leave early, nor later than the last wake-up that was
possible. Replay a run by its seed: ``SIM_SEED=7 pytest tests/scheduler/test_simulation.py``.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from postclock.errors import Invalid
from postclock.services.posts.moments import read_moment
from tests.scheduler.simulated import World

MIDNIGHT = datetime(2026, 10, 22, tzinfo=UTC)
START = MIDNIGHT.timestamp()
DAY = 86_400.0
DAYS = 14
MANY = int(os.environ.get("SIM_SCHEDULES", "200000"))
"""So many schedules; SIM_SCHEDULES=1000000 for the size that is promised (`make chaos`)."""
ZONES = (
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata",
    "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Auckland", "UTC",
)  # fmt: skip
SEED = int(os.environ.get("SIM_SEED") or secrets.randbelow(1_000_000))
NOW = MIDNIGHT - timedelta(days=1)


class Moments:
    """Moments as authors choose them: round times of a wall clock, now and then to the second."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._known: dict[tuple[str, datetime], float] = {}

    def choose(self) -> float:
        luck = self._chance.random()
        minute = self._chance.randrange(DAYS * 1440)
        step = 30 if luck < 0.6 else 5 if luck < 0.9 else 1
        wall = datetime(2026, 10, 22) + timedelta(minutes=minute - minute % step)  # noqa: DTZ001
        due = self._on_wall(self._chance.choice(ZONES), wall)
        return due + (self._chance.randrange(60) if luck > 0.98 else 0)

    def _on_wall(self, zone: str, wall: datetime) -> float:
        if (zone, wall) not in self._known:
            self._known[zone, wall] = self._read(zone, wall)
        return self._known[zone, wall]

    def _read(self, zone: str, wall: datetime) -> float:
        """As the product does; a time that does not exist is chosen anew an hour later."""
        fold = self._chance.randrange(2)
        try:
            return read_moment(wall.isoformat(), zone, fold, NOW).instant.timestamp()
        except Invalid:
            return self._read(zone, wall + timedelta(hours=1))


def populate(world: World, many: int) -> None:
    """Four in ten were imported before; the others are written one by one, some at once due."""
    moments, chance = Moments(world.chance), world.chance
    for _ in range(many * 4 // 10):
        world.schedule(max(moments.choose(), START + 5), 1)
    rest = many - many * 4 // 10
    written = sorted(START + chance.random() * DAYS * DAY for _ in range(rest))
    arrivals = iter(written)

    def arrive() -> None:
        luck = chance.random()
        ahead = -1.0 if luck < 0.01 else luck * 600 if luck < 0.05 else luck * 20_000
        due = world.db + ahead if luck < 0.1 else max(moments.choose(), world.db)
        world.schedule(due, 1, loses=chance.random() < 0.02)
        following(arrivals)

    def following(rest: Iterator[float]) -> None:
        moment = next(rest, None)
        if moment is not None:
            world.at(moment, arrive)

    following(arrivals)


def trouble(world: World) -> None:
    """Each kind some times a day, at any time."""
    chance = world.chance
    kinds = (
        (6, lambda: world.suspend(chance.choice((3, 40, 900)))),
        (0.2, lambda: world.suspend(8 * 3600)),
        (6, lambda: world.go_away(chance.choice((0.5, 5, 120)))),
        (8, lambda: world.step_host(chance.choice((-50, -3, 3, 50)), 1000)),
        (1, lambda: world.step_host(chance.choice((-3600, -90, 90, 3600)), 300)),
        (3, lambda: world.step_database(chance.choice((-1.5, -0.2, 0.2, 1.5)))),
        (12, lambda: world.lose_listen(chance.choice((0.2, 3, 60)))),
        (12, world.half_open),
        (40, world.timer.poke),
        (40, lambda: world.timer.poke(world.now() + timedelta(seconds=chance.uniform(-60, 999)))),
        (0.5, lambda: world.move(0.05, chance.choice((-3600, 3600)))),
    )
    for a_day, what in kinds:
        for _ in range(int(a_day * DAYS)):
            world.at(START + chance.random() * DAYS * DAY, what)


async def live(seed: int, many: int, *, troubled: bool = True) -> World:
    """Let the world of ``seed`` run until all of it should have been sent."""
    random.seed(seed)
    sys.stdout.write(f"SIM_SEED={seed}\n")
    world = World(seed, START)
    world.listen()
    populate(world, many)
    if troubled:
        trouble(world)
    world.at(START + (DAYS + 3) * DAY, world.timer.stop)
    await world.timer.run()
    return world


def judge(world: World, seed: int, many: int) -> None:
    again = f"replay with SIM_SEED={seed}"
    assert world.wrong == [], f"{len(world.wrong)} wrong, {again}: {world.wrong[:5]}"
    assert (world.fired, world.waiting) == (many, 0), f"lost, {again}"


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_many_schedules_through_all_trouble() -> None:
    world = await live(SEED, MANY)
    judge(world, SEED, MANY)
    assert world.moved > MANY / 20
    assert world.excused < MANY / 5


@pytest.mark.parametrize("turn", range(3))
async def test_small_worlds(turn: int) -> None:
    world = await live(SEED + turn, 3_000)
    judge(world, SEED + turn, 3_000)


async def test_a_world_without_trouble_is_on_time() -> None:
    world = await live(SEED, 20_000, troubled=False)
    judge(world, SEED, 20_000)
    assert world.excused == 0
