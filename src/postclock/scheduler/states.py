"""The machine of a delivery's states: one table. Nothing else decides what may follow what.

README.md beside this file draws it, the database mirrors its names in a CHECK, and a test
compares all three.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a delivery is; the comment is what happens at its ``wake_at``."""

    SCHEDULED = "scheduled"  # stage it or claim it
    STAGING = "staging"  # lease ran out: nothing public has happened, stage again
    STAGED = "staged"  # claim it
    CLAIMED = "claimed"  # in a node's hands, nothing has left; lease ran out: claim it again
    SENDING = "sending"  # the point of no return; lease ran out: the outcome is unknown
    UNKNOWN = "unknown"  # ask the platform
    HELD = "held"  # no wake_at: waits for a person
    PUBLISHED = "published"  # no wake_at: done
    FAILED = "failed"  # no wake_at: a person may start again, as for the three below
    MISSED = "missed"
    UNCONFIRMED = "unconfirmed"
    CANCELED = "canceled"


S = State

TRANSITIONS: dict[State, frozenset[State]] = {
    S.SCHEDULED: frozenset({S.STAGING, S.CLAIMED, S.HELD, S.MISSED, S.CANCELED, S.UNKNOWN}),
    S.STAGING: frozenset(
        {S.STAGED, S.SCHEDULED, S.HELD, S.MISSED, S.FAILED, S.CANCELED, S.UNKNOWN}
    ),
    S.STAGED: frozenset({S.CLAIMED, S.SCHEDULED, S.HELD, S.MISSED, S.CANCELED, S.UNKNOWN}),
    S.CLAIMED: frozenset(
        {S.SENDING, S.SCHEDULED, S.STAGED, S.HELD, S.MISSED, S.FAILED, S.CANCELED, S.UNKNOWN}
    ),
    S.SENDING: frozenset({S.PUBLISHED, S.SCHEDULED, S.STAGED, S.HELD, S.FAILED, S.UNKNOWN}),
    S.UNKNOWN: frozenset({S.PUBLISHED, S.SCHEDULED, S.CANCELED, S.MISSED, S.FAILED, S.UNCONFIRMED}),
    S.HELD: frozenset({S.SCHEDULED, S.MISSED, S.CANCELED}),
    S.PUBLISHED: frozenset(),
    S.FAILED: frozenset({S.SCHEDULED, S.CANCELED}),
    S.MISSED: frozenset({S.SCHEDULED, S.CANCELED}),
    S.UNCONFIRMED: frozenset({S.SCHEDULED, S.CANCELED}),
    S.CANCELED: frozenset({S.SCHEDULED}),
}
"""What may follow what. Two moves stand outside it: renewing a lease leaves the state as it is
(``claimed`` and ``unknown`` rows whose lease ran out), and a receipt is proof: whatever the state,
it makes the delivery ``published``."""

RESTING = frozenset(
    {S.HELD, S.PUBLISHED, S.FAILED, S.MISSED, S.UNCONFIRMED, S.CANCELED}
)  # no wake_at: only a person moves these


def may_become(now: State, then: State) -> bool:
    """Whether ``then`` may follow ``now``."""
    return then in TRANSITIONS[now] or then is S.PUBLISHED
