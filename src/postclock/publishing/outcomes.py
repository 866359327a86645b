"""From what a platform raised to what the scheduler does about it."""

from __future__ import annotations

from postclock.errors import Problem
from postclock.scheduler.model import NeedsLogin, Outcome, Rejected, Retry, Unknown
from postclock.services.platforms.base import (
    Duplicate,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    UploadGone,
    UploadUsed,
)


def outcome_of(error: PlatformError, *, doubtful: bool) -> Outcome:
    """The outcome that ``error`` means.

    ``doubtful``: an earlier attempt may have arrived, so a duplicate, or uploads that are
    in a post, are evidence of that one.
    """
    match error:
        case Duplicate() | UploadUsed() if doubtful:
            return Unknown(error.problem, answered=True, answer=error.answer)
        case OutcomeUnknown(answered=answered):
            return Unknown(error.problem, answered=answered, answer=error.answer)
        case RateLimited(until=until):
            return Retry(error.problem, after=until, counts=False, answer=error.answer)
        case UploadGone():
            return Retry(error.problem, answer=error.answer, restage=True)
        case NotPublished() | LoginExpired():
            # A login that stays expired after its refresh is trouble, but no revocation.
            return Retry(error.problem, answer=error.answer)
        case LoginRevoked():
            return NeedsLogin(error.problem, error.answer)
        case Refused():
            return Rejected(error.problem, error.answer)
        case _:
            # A platform raised the tree's root: nothing is known, so nothing is sent again.
            return Unknown(Problem("unclassified", str(error)))
