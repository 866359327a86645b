"""What an author should know of an account's login before they schedule."""

from __future__ import annotations

from datetime import datetime, timedelta

from postclock.errors import Problem
from postclock.services.accounts.model import Account
from postclock.services.platforms.registry import CAPABILITIES

NEAR = timedelta(days=7)
"""What could be renewed so shortly before its end has been: then the end is final."""


def ends_before(account: Account, moment: datetime, now: datetime) -> bool:
    """Whether the login will have ended at ``moment``, as far as one can tell now."""
    ends = account.login_ends_at
    if ends is None or ends > moment:
        return False
    return account.renew_at is None or ends <= now + NEAR


def ends_first(account: Account) -> Problem:
    """That the login ends before the post's moment."""
    assert account.login_ends_at
    message = (
        f"The login of {_name(account)} ends on {account.login_ends_at:%Y-%m-%d}, before this "
        "post's moment: connect the account again before."
    )
    return Problem("login_ends_first", message, "scheduled_at")


def logged_out(account: Account) -> Problem:
    """That the account waits for a person."""
    message = f"{_name(account)} is not connected: the post waits until it is connected again."
    return Problem("login_needed", message, "accounts")


def _name(account: Account) -> str:
    able = CAPABILITIES.get(account.platform)
    return f"{able.label if able else account.platform} @{account.handle}"
