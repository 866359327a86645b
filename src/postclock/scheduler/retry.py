"""What follows an attempt or a look: pure functions of what happened, the time and the policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from postclock.errors import Problem
from postclock.scheduler.model import (
    Absent,
    CannotTell,
    Claim,
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
    person is; one that still works on a post is asked less and less often for ``work_for``.
    """

    tries: int = 3
    first_wait: timedelta = timedelta(seconds=15)
    longest_wait: timedelta = timedelta(minutes=15)
    give_up_after: timedelta = timedelta(hours=24)
    look_after: tuple[float, ...] = (1.0, 5.0, 15.0, 45.0)
    ask_again: timedelta = timedelta(seconds=60)
    ask_for: timedelta = timedelta(hours=1)
    work_again: timedelta = timedelta(seconds=5)
    work_for: timedelta = timedelta(hours=24)

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
    stage_failures: int | None = None
    """How many stagings in a row failed; None: as it is."""
    restage: bool = False
    """Whether what was uploaded is gone."""
    blocked_until: datetime | None = None
    """Until when the platform takes nothing from the account."""


def backoff(failures: int, policy: Policy, luck: float) -> timedelta:
    """The wait after ``failures`` failures; ``luck`` in [0, 1) spreads it over its upper half."""
    wait = min(policy.first_wait * 2 ** min(max(failures - 1, 0), 20), policy.longest_wait)
    spread: timedelta = wait * (0.5 + luck / 2)
    return spread


PAUSED = {
    "workspace_paused": Problem("paused", "The workspace is paused: this goes on when it resumes."),
    "campaign_paused": Problem("paused", "Its campaign is paused: this goes on when it resumes."),
    "account_paused": Problem("paused", "The account is paused: this goes on when it resumes."),
}
GRACE = {
    "publish": timedelta(hours=24),
    "ask": timedelta(minutes=10),
    "skip": timedelta(minutes=10),
}
"""How late a post may still go out by itself, where its author named no span."""


def before_attempt(claim: Claim, *, now: datetime) -> Next | None:
    """What keeps a claim from going on: a pause, or a moment too long past. None: nothing does."""
    if claim.pause:
        return Next(State.HELD, problem=PAUSED[claim.pause])
    given = claim.late_grace_seconds
    grace = GRACE[claim.late_policy] if given is None else timedelta(seconds=given)
    if now <= claim.due_at + grace:
        return None
    code = "skipped" if claim.late_policy == "skip" else "too_late"
    return Next(State.MISSED, problem=Problem(code, _too_late(claim.late_policy, grace)))


def _too_late(policy: str, grace: timedelta) -> str:
    minutes = round(grace.total_seconds() / 60)
    span = f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
    what = f"It could not leave within {span} of its moment"
    if policy == "skip":
        return f"{what}, so it was skipped, as its author chose."
    return f"{what}. Publish it now, or choose another moment."


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
        case Retry(problem, after, counts, restage):
            failures = tried.failures + counts
            blocked = None if counts else after
            exhausted = failures >= policy.tries or now >= tried.due_at + policy.give_up_after
            if exhausted:
                return Next(State.FAILED, failed=counts, problem=problem, blocked_until=blocked)
            wake = max(after or now, now + backoff(failures, policy, luck))
            return Next(
                State.SCHEDULED, wake, failed=counts, problem=problem, restage=restage,
                blocked_until=blocked,
            )  # fmt: skip
        case _ as never:
            assert_never(never)


def after_stage(
    outcome: Outcome, claim: Claim, *, now: datetime, policy: Policy, luck: float
) -> Next:
    """What follows a staging that ended with ``outcome``: nothing public has happened.

    While there is time it is tried again and uses up no try; its people are warned meanwhile.
    From its moment on, each failure counts as one of an attempt does.
    """
    failures = claim.stage_failures + 1
    if now >= claim.due_at or not isinstance(outcome, Retry | Unknown):
        tried = Tried(claim.failures, claim.due_at)
        settled = Retry(outcome.problem) if isinstance(outcome, Unknown) else outcome
        nxt = after_attempt(settled, tried, now=now, policy=policy, luck=luck)
        return replace(nxt, stage_failures=failures, blocked_until=None)
    wake = min(now + backoff(failures, policy, luck), claim.due_at)
    after = outcome.after if isinstance(outcome, Retry) else None
    return Next(
        State.SCHEDULED, max(after or wake, wake), problem=outcome.problem, stage_failures=failures
    )


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
        case NotSeen() if doubt.looks < LOOKS or now < doubt.certain_at:
            return again
        case NotSeen() if doubt.may_resend and doubt.failures < policy.tries:
            return _try_again(doubt.failures, now, policy, luck, resend=True)
        case NotSeen():
            return Next(State.UNCONFIRMED, problem=NOT_SEEN)
        case CannotTell(reason):
            if now < doubt.certain_at + policy.ask_for:
                return Next(State.UNKNOWN, now + policy.ask_again, looks=doubt.looks - 1)
            return Next(State.UNCONFIRMED, problem=Problem("cannot_tell", reason))
        case Resume():
            return Next(State.SCHEDULED, now + policy.first_look)
        case Pending(reason):
            return _while_it_works(reason, doubt, now, policy)
        case Declined(problem):
            return Next(State.FAILED, problem=problem)
        case _ as never:
            assert_never(never)


def _while_it_works(reason: str, doubt: Doubt, now: datetime, policy: Policy) -> Next:
    if now >= doubt.certain_at + policy.work_for:
        return Next(State.UNCONFIRMED, problem=Problem("still_working", reason))
    longer = max((now - doubt.certain_at) / 4, policy.work_again)
    wake = now + min(longer, policy.longest_wait)
    return Next(State.UNKNOWN, wake, looks=doubt.looks - 1)


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
