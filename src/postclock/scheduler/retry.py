"""What follows an attempt or a look: pure functions of what happened, the time and the policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from postclock.errors import Problem
from postclock.scheduler.model import (
    Absent,
    CannotTell,
    Found,
    NeedsLogin,
    NotSeen,
    Outcome,
    Published,
    Receipt,
    Rejected,
    Retry,
    Sighting,
    Unknown,
)
from postclock.scheduler.states import State

LOOKS = 3
"""So many looks that did not see the post, the last when nothing can be on its way, are enough."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often and how long Postclock tries.

    ``tries`` counts attempts in all. ``first_wait`` doubles with every failure up to
    ``longest_wait``. A delivery that was only ever made to wait is given up ``give_up_after``
    its moment. ``look_after`` are the seconds from one look to the next; the last repeats until
    the absence is certain. A platform that does not tell is asked again for ``ask_for``, then a
    person is.
    """

    tries: int = 3
    first_wait: timedelta = timedelta(seconds=15)
    longest_wait: timedelta = timedelta(minutes=15)
    give_up_after: timedelta = timedelta(hours=24)
    look_after: tuple[float, ...] = (1.0, 5.0, 15.0, 45.0)
    ask_again: timedelta = timedelta(seconds=60)
    ask_for: timedelta = timedelta(hours=1)

    @property
    def first_look(self) -> timedelta:
        return timedelta(seconds=self.look_after[0])


@dataclass(frozen=True, slots=True)
class Next:
    """The state a delivery goes to, and when a node acts on it again."""

    state: State
    wake_at: datetime | None = None
    failed: bool = False
    """Whether this used up one of the tries."""
    problem: Problem | None = None
    receipt: Receipt | None = None
    resend: bool = False
    """Whether the one guarded attempt after unseen looks begins."""
    looks: int = 0
    """How many looks that told something there were."""


def backoff(failures: int, policy: Policy, luck: float) -> timedelta:
    """The wait after ``failures`` failures; ``luck`` in [0, 1) spreads it over its upper half."""
    wait = min(policy.first_wait * 2 ** min(max(failures - 1, 0), 20), policy.longest_wait)
    spread: timedelta = wait * (0.5 + luck / 2)
    return spread


@dataclass(frozen=True, slots=True)
class Tried:
    """What came before an attempt: its failures, its moment, whether it is the guarded one."""

    failures: int
    due_at: datetime
    resent: bool = False


def after_attempt(
    outcome: Outcome, tried: Tried, *, now: datetime, policy: Policy, luck: float
) -> Next:
    """What follows an attempt that ended with ``outcome``.

    Where the guarded attempt fails for good, an earlier one may still have arrived: the platform
    is asked once more, and then a person.
    """
    nxt = _after_attempt(outcome, tried, now, policy, luck)
    if tried.resent and nxt.state is State.FAILED:
        return replace(nxt, state=State.UNKNOWN, wake_at=now + policy.first_look)
    return nxt


def _after_attempt(
    outcome: Outcome, tried: Tried, now: datetime, policy: Policy, luck: float
) -> Next:
    match outcome:
        case Published(receipt):
            return Next(State.PUBLISHED, receipt=receipt)
        case Rejected(problem):
            return Next(State.FAILED, failed=True, problem=problem)
        case NeedsLogin(problem):
            return Next(State.HELD, failed=True, problem=problem)
        case Unknown(problem):
            return Next(State.UNKNOWN, now + policy.first_look, failed=True, problem=problem)
        case Retry(problem, after, counts):
            failures = tried.failures + counts
            exhausted = failures >= policy.tries or now >= tried.due_at + policy.give_up_after
            if exhausted:
                return Next(State.FAILED, failed=counts, problem=problem)
            wake = max(after or now, now + backoff(failures, policy, luck))
            return Next(State.SCHEDULED, wake, failed=counts, problem=problem)
        case _ as never:
            assert_never(never)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is known of an attempt that may have arrived, when a look at it ends.

    ``looks`` counts this one, but none that told nothing. From ``certain_at`` on, not to see the
    post means something.
    """

    failures: int
    looks: int
    certain_at: datetime
    may_resend: bool


def after_look(
    sighting: Sighting, doubt: Doubt, *, now: datetime, policy: Policy, luck: float
) -> Next:
    """What follows a look at the platform that ended with ``sighting``."""
    again = Next(State.UNKNOWN, now + _next_look(doubt, now, policy), looks=doubt.looks)
    match sighting:
        case Found(receipt):
            return Next(State.PUBLISHED, receipt=receipt)
        case Absent() if doubt.failures >= policy.tries and now < doubt.certain_at:
            # To send it again would be safe; to call it failed is not, yet.
            return again
        case Absent():
            return _try_again(doubt.failures, now, policy, luck, resend=False)
        case NotSeen():
            if doubt.looks < LOOKS or now < doubt.certain_at:
                return again
            if doubt.may_resend and doubt.failures < policy.tries:
                return _try_again(doubt.failures, now, policy, luck, resend=True)
            return Next(State.UNCONFIRMED, problem=NOT_SEEN)
        case CannotTell(reason):
            if now < doubt.certain_at + policy.ask_for:
                return Next(State.UNKNOWN, now + policy.ask_again, looks=doubt.looks - 1)
            return Next(State.UNCONFIRMED, problem=Problem("cannot_tell", reason))
        case _ as never:
            assert_never(never)


NOT_SEEN = Problem(
    "not_seen",
    "The answer was lost, and the platform does not show the post. Look at the account: "
    "if it is not there, retry.",
)
OUT_OF_TRIES = Problem(
    "out_of_tries", "The platform does not have the post, and every try is used up."
)


def _try_again(failures: int, now: datetime, policy: Policy, luck: float, *, resend: bool) -> Next:
    if failures >= policy.tries:
        return Next(State.FAILED, problem=OUT_OF_TRIES)
    wake = now + backoff(failures, policy, luck)
    return Next(State.SCHEDULED, wake, resend=resend)


def _next_look(doubt: Doubt, now: datetime, policy: Policy) -> timedelta:
    spaced = timedelta(seconds=policy.look_after[min(doubt.looks, len(policy.look_after) - 1)])
    if doubt.looks >= LOOKS - 1:
        return max(spaced if now >= doubt.certain_at else timedelta(0), doubt.certain_at - now)
    return spaced
