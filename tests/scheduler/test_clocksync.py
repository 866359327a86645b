"""The database's clock, estimated."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postclock.scheduler.clocksync import DRIFT, SyncedClock
from tests.fixtures.clocks import MORNING, OwnedClock


class Machine:
    """A host whose clock is ``behind`` the database's, and its estimate."""

    def __init__(self, behind: float = 0.0) -> None:
        self.host = OwnedClock()
        self.synced = SyncedClock(self.host)
        self.behind = behind

    @property
    def truth(self) -> datetime:
        """What the database's clock says."""
        return MORNING + timedelta(seconds=self.host.boottime() + self.behind)

    def ask(self, there: float = 0.0, back: float = 0.0) -> None:
        """One sample, so many seconds on the way there and back."""
        before = self.host.boottime()
        self.host.move(there)
        told = self.truth
        self.host.move(back)
        self.synced.observe(told, before, self.host.boottime())

    @property
    def ahead(self) -> float:
        """Seconds by which the estimate is ahead of the database."""
        return (self.synced.now() - self.truth).total_seconds()


def test_before_the_first_sample_it_is_the_hosts() -> None:
    machine = Machine(behind=5)
    assert machine.synced.now() == machine.host.now()
    assert machine.synced.age == float("inf")


def test_it_tells_the_databases_time() -> None:
    machine = Machine(behind=5)
    machine.ask()
    machine.host.move(9)
    assert machine.ahead == pytest.approx(0, abs=1e-5)
    assert machine.synced.offset_ms == pytest.approx(5000, abs=0.01)
    assert machine.synced.age == pytest.approx(9)


def test_the_smallest_round_trip_wins() -> None:
    machine = Machine(behind=1)
    machine.ask(0.2, 0.0)
    assert machine.synced.error == pytest.approx(0.1)
    machine.ask(0.001, 0.001)
    assert machine.ahead == pytest.approx(0, abs=1e-5)
    assert machine.synced.error == pytest.approx(0.001)
    machine.ask(0.0, 0.3)
    assert machine.synced.error == pytest.approx(0.001, abs=3e-4)


def test_a_good_sample_grows_old() -> None:
    machine = Machine()
    machine.ask(0.001, 0.001)
    machine.host.move(60)
    machine.ask(0.1, 0.1)
    assert machine.synced.error == pytest.approx(0.001 + 60.2 * DRIFT)
    machine.host.move(180)
    machine.ask(0.1, 0.1)
    assert machine.synced.error == pytest.approx(0.1)


def test_a_sample_that_a_suspend_stretched_does_not_count() -> None:
    machine = Machine()
    machine.ask(0.001, 0.001)
    machine.host.move(600)
    machine.ask(0.001, 4 * 3600)
    machine.host.move(1)
    assert machine.synced.error < 8
    assert machine.ahead == pytest.approx(0, abs=1e-5)
    machine.ask(0.001, 0.001)
    assert machine.synced.error == pytest.approx(0.001)


@given(st.lists(st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)), min_size=1, max_size=12))
def test_it_is_never_ahead_by_more_than_its_error(trips: list[tuple[float, float]]) -> None:
    machine = Machine(behind=-3)
    for there, back in trips:
        machine.ask(there, back)
        assert abs(machine.ahead) <= machine.synced.error + 1e-5


@pytest.mark.parametrize("step", [-7200, -2, -0.5, 0.5, 2, 30])
def test_a_step_of_the_databases_clock_is_noticed_at_the_next_sample(step: float) -> None:
    machine = Machine()
    machine.ask(0.001, 0.001)
    machine.behind += step
    machine.ask(0.02, 0.02)
    assert abs(machine.ahead) <= machine.synced.error + 1e-5


def test_a_step_of_the_hosts_wall_clock_changes_nothing() -> None:
    machine = Machine()
    machine.ask()
    before = machine.synced.now()
    machine.host._at += timedelta(seconds=20)
    machine.host._start += timedelta(seconds=20)
    assert machine.synced.now() == before


def test_time_goes_on_while_the_machine_is_suspended() -> None:
    machine = Machine()
    machine.ask()
    machine.host.suspend(300)
    assert machine.ahead == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("behind", [-61, 61])
def test_clocks_a_minute_apart_are_run_ahead_of_by_neither(behind: float) -> None:
    machine = Machine(behind)
    machine.ask()
    assert machine.synced.disagrees
    assert machine.synced.now() == min(machine.host.now(), machine.truth)


def test_clocks_that_agree_again_are_trusted_again() -> None:
    machine = Machine(behind=120)
    machine.ask()
    machine.behind = 59
    machine.ask()
    assert not machine.synced.disagrees
    assert machine.ahead == pytest.approx(0, abs=1e-5)
