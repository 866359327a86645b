"""Room in accounts' quotas: told, and kept free while a post takes its place.

What takes room is what waits for its moment, and what has left. A second request for the last
place waits for the first one's end: there is a lock for each account with a quota. Nodes do not
take it, so scheduling never delays what is due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from whenever import Instant

from postclock.db.session import Tx
from postclock.errors import Invalid, Problem
from postclock.scheduler.model import Window
from postclock.services.accounts.model import Account
from postclock.services.people.queries import get_workspace
from postclock.services.platforms.quotas import Windows
from postclock.services.platforms.registry import CAPABILITIES
from postclock.services.posts import quota_queries
from postclock.services.posts.model import Post
from postclock.services.posts.quotas import fullest, next_free

UNLIMITED: Windows = MappingProxyType({})
MOST_ROWS = 10_000
"""How many waiting deliveries of an account are read; past them nothing is said."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An account's quota around a moment: the tightest of its windows, this post not counted."""

    account: Account
    window: Window
    taken: int
    """How many are in the fullest span around the moment."""
    next_free_at: datetime | None
    """The first moment, from the wanted one on, that has room; None when too many wait to tell."""

    @property
    def left(self) -> int:
        return max(self.window.limit - self.taken, 0)


async def reserve(
    tx: Tx, windows: Windows, post: Post, targets: Sequence[Account], due_at: datetime,
    *, accept: bool = False,
) -> list[Standing]:  # fmt: skip
    """Room for ``post`` at ``due_at``, kept from other requests until this one has ended.

    Raises Invalid where there is none, unless ``accept``: a node waits as long as it must. A
    place that the post has already is its own.
    """
    limited = [account for account in targets if account.platform in windows]
    if not limited:
        return []
    await quota_queries.lock_quotas(tx, [account.id for account in limited])
    standings = await stand(tx, windows, limited, due_at, post_id=post.id)
    own = await quota_queries.places(tx, post.id, due_at)
    over = [one for one in standings if not one.left and one.account.id not in own]
    if over and not accept:
        zone = post.time_zone or (await get_workspace(tx, post.workspace_id)).time_zone
        problems = [exceeded(one, zone) for one in over]
        told = {"quotas": [plain(one) for one in standings]}
        raise Invalid("quota_exceeded", problems[0].message, problems=problems, extra=told)
    return standings


async def stand(
    tx: Tx, windows: Windows, targets: Sequence[Account], due_at: datetime, *,
    post_id: UUID | None = None,
) -> list[Standing]:  # fmt: skip
    """How the quotas of ``targets`` stand at ``due_at``; ``post_id`` itself is not counted."""
    wanted = max(due_at, tx.now)
    found = []
    for account in targets:
        if of_account := windows.get(account.platform):
            longest = max(window.span for window in of_account) + quota_queries.SLOT
            taken, whole = await quota_queries.taken_moments(
                tx, account.id, post_id, wanted - longest, MOST_ROWS
            )
            found.append(_standing(account, of_account, taken, wanted, whole=whole))
    return found


def _standing(
    account: Account, windows: Sequence[Window], taken: Sequence[datetime], wanted: datetime,
    *, whole: bool,
) -> Standing:  # fmt: skip
    counts = {window: fullest(window, taken, wanted) for window in windows}
    tightest = min(windows, key=lambda window: window.limit - counts[window])
    free = next_free(windows, taken, wanted)
    known = whole or free < taken[-1]
    return Standing(account, tightest, counts[tightest], free if known else None)


def exceeded(standing: Standing, zone: str) -> Problem:
    """That there is no room, and when there is, on a clock in ``zone``."""
    account, window = standing.account, standing.window
    which = f"{_ordinal(standing.taken + 1)} post in {_span(window)}"
    whom = f"@{account.handle} on {CAPABILITIES[account.platform].label}"
    free = standing.next_free_at
    when = (
        f"the next free moment is {_clock(free, zone)}" if free
        else "so many wait that the next free moment is not known"
    )  # fmt: skip
    message = f"The {which} for {whom}, of {window.limit} allowed: {when}."
    return Problem("quota_exceeded", message, "scheduled_at")


def plain(standing: Standing) -> Mapping[str, Any]:
    """As answers tell it."""
    return {
        "account_id": standing.account.id, "platform": standing.account.platform,
        "limit": standing.window.limit, "window_seconds": standing.window.seconds,
        "left": standing.left, "next_free_at": standing.next_free_at,
    }  # fmt: skip


def _ordinal(number: int) -> str:
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _span(window: Window) -> str:
    for unit, seconds in (("h", 3600), ("min", 60)):
        if window.seconds % seconds == 0:
            return f"{window.seconds // seconds} {unit}"
    return f"{window.seconds} s"


def _clock(moment: datetime, zone: str) -> str:
    """To the second, rounded up: at the moment that is read there is room."""
    whole = moment.replace(microsecond=0) + timedelta(seconds=1 if moment.microsecond else 0)
    return f"{Instant(whole).to_tz(zone).to_stdlib():%Y-%m-%d %H:%M:%S} ({zone})"
