"""The kill matrix: at every step of a delivery, everything that can happen to a node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from postclock.sandbox.credentials import BEGINNERS
from postclock.scheduler.ports import Arrow
from tests.chaos.mute import Mute
from tests.chaos.node import Fault, Strike
from tests.chaos.storm import Weather, storm
from tests.chaos.world import World, a_world

SHORT = (*BEGINNERS, Mute.name)
"""``make chaos`` takes every platform where a text is a post."""
ARROWS: tuple[Arrow, ...] = get_args(Arrow)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("fault", get_args(Fault))
def test_nothing_is_lost_or_sent_twice_whatever_happens_at_any_step(
    world: World, fault: Fault
) -> None:
    """Two nodes suffer it at every step between them; a third works on."""
    strikes = [Strike(arrow, 1, fault) for arrow in ARROWS]
    shares = [iter(strikes[0::2]), iter(strikes[1::2]), iter(())]
    weather = Weather(world, f"matrix/{fault}", posts=6, trouble=0.5, platforms=SHORT)
    outcome = storm(world, shares, weather, patience=40)
    assert set(outcome.ended) == {0}, world.logs()
    assert outcome.verdict.broken == {}, world.logs()
    assert outcome.missed == [], world.logs()
    assert sorted(outcome.struck, key=str) == sorted(strikes, key=str)
