"""From what happened to what is recorded of it: the retry rules, applied to one claim."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from typing import assert_never

from postclock.clock import Clock, millis
from postclock.errors import Problem
from postclock.scheduler import retry
from postclock.scheduler.model import (
    Claim,
    NeedsLogin,
    Outcome,
    Published,
    Rejected,
    Retry,
    Sighting,
    Staged,
    Unknown,
)
from postclock.scheduler.record import Ending
from postclock.scheduler.states import State


class Conclusions:
    """Draws them by one policy, at the clock's present."""

    def __init__(self, clock: Clock, policy: retry.Policy) -> None:
        self._clock, self._policy = clock, policy

    def turned_away(self, claim: Claim, now: datetime) -> Ending | None:
        """What is recorded of a claim that may not go on ``now``, if it may not."""
        nxt = retry.before_attempt(claim, now=now)
        return self._ending(claim, nxt, now) if nxt else None

    def of_staging(self, claim: Claim, result: Staged | Outcome) -> Ending:
        """What follows a staging: it is claimed at its moment, or staged again."""
        now = self._clock.now()
        if isinstance(result, Mapping):
            ready = retry.Next(State.STAGED, max(claim.due_at, now), stage_failures=0)
            return self._ending(claim, ready, now, staged=result)
        luck = random.random()
        nxt = retry.after_stage(result, claim, now=now, policy=self._policy, luck=luck)
        return self._ending(claim, nxt, now)

    def of_claim(self, claim: Claim, outcome: Outcome) -> Ending:
        """What follows a claim that could not even be prepared."""
        now = self._clock.now()
        return self._ending(claim, self._next(claim, outcome, now, resent=False), now)

    def of_attempt(self, claim: Claim, outcome: Outcome, sent_at: datetime | None) -> Ending:
        """What follows an attempt; ``sent_at`` is when its first byte was written, if one was."""
        now = self._clock.now()
        nxt = self._next(claim, outcome, now, resent=claim.resent)
        return self._ending(
            claim, nxt, now, attempt=_word(outcome, sent_at), sent_at=sent_at,
            answered=isinstance(outcome, Unknown) and outcome.answered,
            answer=None if isinstance(outcome, Published) else outcome.answer,
        )  # fmt: skip

    def of_look(self, claim: Claim, sighting: Sighting, doubt: retry.Doubt) -> Ending:
        """What follows a look at the platform."""
        now = self._clock.now()
        luck = random.random()
        nxt = retry.after_look(sighting, doubt, now=now, policy=self._policy, luck=luck)
        return self._ending(claim, nxt, now)

    def _next(self, claim: Claim, outcome: Outcome, now: datetime, *, resent: bool) -> retry.Next:
        tried = retry.Tried(claim.failures, claim.due_at, resent)
        return retry.after_attempt(
            outcome, tried, now=now, policy=self._policy, luck=random.random()
        )

    def _ending(
        self,
        claim: Claim,
        nxt: retry.Next,
        now: datetime,
        *,
        attempt: str | None = None,
        sent_at: datetime | None = None,
        answered: bool = False,
        answer: str | None = None,
        staged: Staged | None = None,
    ) -> Ending:
        problem = nxt.problem or Problem("", "")
        return Ending(
            claim=claim, ended_at=now, state=nxt.state, wake_at=nxt.wake_at,
            failed=nxt.failed, looks=nxt.looks, resend=nxt.resend, receipt=nxt.receipt,
            stage_failures=nxt.stage_failures, staged=staged, restage=nxt.restage,
            blocked_until=nxt.blocked_until,
            attempt=attempt, answered=answered, sent_at=sent_at,
            late_ms=millis(sent_at - claim.due_at) if sent_at else None,
            error_code=problem.code or None, error_message=problem.message or None,
            answer=answer or problem.message or None,
        )  # fmt: skip


def _word(outcome: Outcome, sent_at: datetime | None) -> str:
    """The outcome as ``attempts.outcome`` knows it."""
    match outcome:
        case Published():
            return "published"
        case Retry():
            return "retry" if sent_at else "not_sent"
        case Rejected():
            return "rejected"
        case NeedsLogin():
            return "needs_login"
        case Unknown():
            return "unknown"
        case _ as never:
            assert_never(never)
