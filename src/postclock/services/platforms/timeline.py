"""Finding one's own post again among those an account lists (contract sheet 0.3)."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from postclock.scheduler.model import Found, NotSeen, Receipt
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.text import comparable

CLOCK_SKEW = timedelta(seconds=60)
"""How far a platform's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One post as its platform lists it; ``texts`` are the ways in which it may be read, ``media``
    is how many pictures it has."""

    remote_id: str
    permalink: str
    created_at: datetime
    texts: tuple[str, ...]
    media: int = 0


def oldest_match(
    listed: Iterable[Listed], draft: Draft, since: datetime, taken: AbstractSet[str]
) -> Found | NotSeen:
    """The oldest post with this text and as many pictures, made since ``since``, that belongs to
    no other delivery."""
    wanted = comparable(draft.text)
    matches = [
        post
        for post in listed
        if post.remote_id not in taken
        and post.created_at >= since - CLOCK_SKEW
        and post.media == len(draft.media)
        and wanted in map(comparable, post.texts)
    ]
    if not matches:
        return NotSeen()
    first = min(matches, key=lambda post: post.created_at)
    return Found(Receipt(first.remote_id, first.permalink, first.created_at))
