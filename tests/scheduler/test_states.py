"""The machine of states: the table, its README, its diagram and the database say the same."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import psycopg
import pytest

from postclock.scheduler import states
from postclock.scheduler.states import RESTING, TRANSITIONS, State, may_become
from tests.scheduler.rows import NOW, Rows

README = (Path(states.__file__).parent / "README.md").read_text()
DRAWN = frozenset(re.findall(r"^  (\w+) --> (\w+)$", README, re.MULTILINE))
TABLE = {
    name: frozenset(re.findall(r"`(\w+)`", follows))
    for name, follows in re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|$", README, re.MULTILINE)
}


@pytest.mark.parametrize("state", State)
def test_the_table_of_the_readme_is_the_machine(state: State) -> None:
    assert TABLE[state] == TRANSITIONS[state]


def test_the_readme_knows_every_state_and_no_other() -> None:
    assert set(TABLE) == set(TRANSITIONS) == set(State)


@pytest.mark.parametrize(("now", "then"), list(product(State, State)))
def test_every_pair_is_drawn_if_and_only_if_it_is_allowed(now: State, then: State) -> None:
    allowed = then in TRANSITIONS[now]
    assert ((now.value, then.value) in DRAWN) == allowed
    assert may_become(now, then) == (allowed or then is State.PUBLISHED)


def test_nothing_follows_what_is_published_and_nothing_follows_itself() -> None:
    assert TRANSITIONS[State.PUBLISHED] == frozenset()
    assert not any(state in follows for state, follows in TRANSITIONS.items())


def test_every_state_can_be_reached() -> None:
    reached = {State.SCHEDULED}
    while more := {then for now in reached for then in TRANSITIONS[now]} - reached:
        reached |= more
    assert reached == set(State)


def test_the_database_knows_the_same_states(rows: Rows) -> None:
    check = rows.one(
        "SELECT pg_get_constraintdef(oid) AS said FROM pg_constraint"
        " WHERE conrelid = 'deliveries'::regclass AND conname = 'deliveries_state_check'"
    )["said"]
    assert set(re.findall(r"'(\w+)'", check)) == set(State)


@pytest.mark.parametrize("wakes", [True, False], ids=["wakes", "rests"])
@pytest.mark.parametrize("state", State)
def test_only_what_rests_has_no_moment(rows: Rows, state: State, wakes: bool) -> None:
    post = rows.post(rows.account())
    change = "UPDATE deliveries SET state = %s, wake_at = %s WHERE post_id = %s"
    values = [state, NOW if wakes else None, post]
    if wakes == (state not in RESTING):
        rows.sql.execute(change, values)
        assert rows.state(post) == state
    else:
        with pytest.raises(psycopg.errors.CheckViolation, match="deliveries_wake"):
            rows.sql.execute(change, values)
