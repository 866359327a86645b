"""What follows an attempt or a look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postclock.errors import Problem
from postclock.scheduler import retry
from postclock.scheduler.model import (
    Absent,
    CannotTell,
    Declined,
    Found,
    NeedsLogin,
    NotSeen,
    Outcome,
    Pending,
    Published,
    Receipt,
    Rejected,
    Resume,
    Retry,
    Sighting,
    Unknown,
)
from postclock.scheduler.retry import Doubt, Next, Policy, Tried
from postclock.scheduler.states import RESTING, TRANSITIONS, State
from tests.scheduler.rows import NOW, second

POLICY = Policy()
OOPS = Problem("oops", "Oops.")
RECEIPT = Receipt("1")
LUCK = st.floats(0, 1, exclude_max=True)
OUTCOMES: tuple[Outcome, ...] = (
    Published(RECEIPT), Retry(OOPS), Retry(OOPS, counts=False), Retry(OOPS, second(99)),
    Rejected(OOPS), NeedsLogin(OOPS), Unknown(OOPS),
)  # fmt: skip
SIGHTINGS: tuple[Sighting, ...] = (
    Found(RECEIPT), Absent(), NotSeen(), CannotTell("silence"), Resume(), Pending("working"),
    Declined(OOPS),
)  # fmt: skip


def attempt(
    outcome: Outcome,
    failures: int = 0,
    due: float = 0,
    luck: float = 0.5,
    *,
    resent: bool = False,
) -> Next:
    return retry.after_attempt(
        outcome, Tried(failures, second(due), resent), now=NOW, policy=POLICY, luck=luck
    )


def look(
    sighting: Sighting,
    looks: int = 1,
    certain: float = 0,
    failures: int = 1,
    may_resend: bool = True,
) -> Next:
    doubt = Doubt(failures, looks, second(certain), may_resend)
    return retry.after_look(sighting, doubt, now=NOW, policy=POLICY, luck=0.5)


@given(failures=st.integers(0, 10_000), luck=LUCK)
def test_the_wait_doubles_within_its_upper_half_up_to_the_longest(
    failures: int, luck: float
) -> None:
    wait = retry.backoff(failures, POLICY, luck)
    doubled = 15 * 2 ** min(max(failures - 1, 0), 20)
    longest = min(doubled, 15 * 60)
    assert longest / 2 <= wait.total_seconds() <= longest


@pytest.mark.parametrize(
    ("outcome", "state", "counts"),
    [
        (Published(RECEIPT), State.PUBLISHED, False),
        (Rejected(OOPS), State.FAILED, True),
        (NeedsLogin(OOPS), State.HELD, True),
        (Unknown(OOPS), State.UNKNOWN, True),
        (Retry(OOPS), State.SCHEDULED, True),
        (Retry(OOPS, counts=False), State.SCHEDULED, False),
    ],
)
def test_each_outcome_has_its_state(outcome: Outcome, state: State, counts: bool) -> None:
    nxt = attempt(outcome)
    assert (nxt.state, nxt.failed) == (state, counts)
    assert (nxt.problem, nxt.receipt) == (
        (None, RECEIPT) if isinstance(outcome, Published) else (OOPS, None)
    )


def test_three_tries_in_all() -> None:
    assert [attempt(Retry(OOPS), failures).state for failures in range(4)] == [
        State.SCHEDULED, State.SCHEDULED, State.FAILED, State.FAILED,
    ]  # fmt: skip


def test_waiting_uses_up_no_try_but_ends_after_a_day() -> None:
    wait = Retry(OOPS, counts=False)
    day = 24 * 3600
    assert attempt(wait, failures=2).state is State.SCHEDULED
    assert attempt(wait, due=-day + 1).state is State.SCHEDULED
    given_up = attempt(wait, due=-day)
    assert (given_up.state, given_up.failed, given_up.wake_at) == (State.FAILED, False, None)


@given(after=st.floats(-3600, 86400), luck=LUCK)
def test_never_before_the_moment_the_platform_named(after: float, luck: float) -> None:
    nxt = attempt(Retry(OOPS, second(after), counts=False), luck=luck)
    assert nxt.wake_at is not None
    assert nxt.wake_at >= second(after)
    assert nxt.wake_at >= second(7.5)


@given(
    outcome=st.sampled_from(OUTCOMES), failures=st.integers(0, 50),
    due=st.floats(-200_000, 0), luck=LUCK,
)  # fmt: skip
def test_what_follows_an_attempt_is_in_the_table(
    outcome: Outcome, failures: int, due: float, luck: float
) -> None:
    nxt = attempt(outcome, failures, due, luck)
    assert nxt.state in TRANSITIONS[State.SENDING]
    assert (nxt.wake_at is None) == (nxt.state in RESTING)
    assert nxt.wake_at is None or nxt.wake_at > NOW


def state(nxt: Next) -> tuple[State, bool]:
    return nxt.state, nxt.resend


@pytest.mark.parametrize(
    ("nxt", "expected"),
    [
        (look(Found(RECEIPT)), (State.PUBLISHED, False)),
        (look(Absent()), (State.SCHEDULED, False)),
        (look(Absent(), failures=3), (State.FAILED, False)),
        (look(NotSeen(), looks=1), (State.UNKNOWN, False)),
        (look(NotSeen(), looks=2), (State.UNKNOWN, False)),
        (look(NotSeen(), looks=3), (State.SCHEDULED, True)),
        (look(NotSeen(), looks=3, certain=0.001), (State.UNKNOWN, False)),
        (look(NotSeen(), looks=9, certain=9), (State.UNKNOWN, False)),
        (look(NotSeen(), looks=3, may_resend=False), (State.UNCONFIRMED, False)),
        (look(NotSeen(), looks=3, failures=3), (State.UNCONFIRMED, False)),
        (look(CannotTell("x"), looks=12), (State.UNKNOWN, False)),
        (look(CannotTell("x"), certain=-3599), (State.UNKNOWN, False)),
        (look(CannotTell("x"), certain=-3600), (State.UNCONFIRMED, False)),
    ],
)
def test_what_follows_a_look(nxt: Next, expected: tuple[State, bool]) -> None:
    assert state(nxt) == expected


def test_what_is_noted_goes_on_soon_whatever_failed_before() -> None:
    for failures in (0, 3, 99):
        assert look(Resume(), failures=failures) == Next(State.SCHEDULED, second(1))


def test_a_platform_that_still_works_is_asked_less_and_less_often_for_a_day() -> None:
    waits = []
    for hours in (0, 1, 4, 23):
        nxt = look(Pending("working"), certain=-hours * 3600, looks=2)
        assert (nxt.state, nxt.looks) == (State.UNKNOWN, 1)
        assert nxt.wake_at is not None
        waits.append((nxt.wake_at - NOW).total_seconds())
    assert waits == [5, 900, 900, 900]
    given_up = look(Pending("working"), certain=-24 * 3600)
    assert (given_up.state, given_up.problem) == (
        State.UNCONFIRMED, Problem("still_working", "working"),
    )  # fmt: skip


def test_what_the_platform_refused_in_the_end_has_failed_with_its_words() -> None:
    assert look(Declined(OOPS)) == Next(State.FAILED, problem=OOPS)


def test_looks_are_spaced_and_the_third_waits_for_certainty() -> None:
    waits = [look(NotSeen(), looks, certain=35).wake_at for looks in (1, 2, 3)]
    assert waits == [second(5), second(35), second(35)]


def test_a_look_that_told_nothing_is_no_look() -> None:
    silent = look(CannotTell("x"), looks=3)
    assert (silent.looks, silent.wake_at) == (2, second(60))
    assert look(NotSeen(), looks=2).looks == 2


@pytest.mark.parametrize("outcome", [Rejected(OOPS), Retry(OOPS)])
def test_when_the_guarded_attempt_fails_the_earlier_one_may_still_be_there(
    outcome: Outcome,
) -> None:
    nxt = attempt(outcome, failures=2, resent=True)
    assert (nxt.state, nxt.wake_at, nxt.failed) == (State.UNKNOWN, second(1), True)


@given(
    sighting=st.sampled_from(SIGHTINGS), looks=st.integers(1, 30), certain=st.integers(-99, 99),
    failures=st.integers(0, 10), may_resend=st.booleans(),
)  # fmt: skip
def test_what_follows_a_look_is_in_the_table_and_soon(
    sighting: Sighting, looks: int, certain: int, failures: int, may_resend: bool
) -> None:
    nxt = look(sighting, looks, certain, failures, may_resend)
    assert nxt.state in TRANSITIONS[State.UNKNOWN] | {State.UNKNOWN}
    assert (nxt.wake_at is None) == (nxt.state in RESTING)
    if nxt.wake_at:
        assert NOW < nxt.wake_at <= NOW + timedelta(seconds=max(60, certain))
    if nxt.resend:
        assert may_resend
        assert certain <= 0
    if nxt.state is State.UNCONFIRMED:
        assert nxt.problem is not None
        assert nxt.problem.message
