"""How much of an account's quota is left around a moment: arithmetic on sorted moments.

A window of ``limit`` in ``span`` holds when no half-open span ``[t, t + span)`` has more than
``limit`` moments in it, wherever it begins.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime

from postclock.scheduler.model import Window


def fullest(window: Window, taken: Sequence[datetime], wanted: datetime) -> int:
    """How many of ``taken`` are in the fullest span that contains ``wanted``; ``taken`` is sorted.

    A span may begin at ``wanted`` or at a moment before it: the others hold no more.
    """
    first = bisect_right(taken, wanted - window.span)
    begins = [*range(first, bisect_right(taken, wanted)), bisect_left(taken, wanted)]
    most = 0
    for begin in begins:
        starts = min(taken[begin], wanted) if begin < len(taken) else wanted
        most = max(most, bisect_left(taken, starts + window.span) - begin)
    return most


def left(window: Window, taken: Sequence[datetime], wanted: datetime) -> int:
    """How many more fit into the fullest span that contains ``wanted``."""
    return max(window.limit - fullest(window, taken, wanted), 0)


def next_free(windows: Sequence[Window], taken: Sequence[datetime], wanted: datetime) -> datetime:
    """The first moment from ``wanted`` on at which one more fits into all ``windows``."""
    free = wanted
    while True:
        before = free
        for window in windows:
            free = _next_free(window, taken, free)
        if free == before:
            return free


def _next_free(window: Window, taken: Sequence[datetime], wanted: datetime) -> datetime:
    """Any ``limit`` neighbours that share a span shut the time around them, up to a span on either
    side. These times are ordered as the neighbours are, so one pass leaves the last of them."""
    free = wanted
    begin = bisect_right(taken, wanted - window.span)
    for i in range(begin, len(taken) - window.limit + 1):
        opens, last = taken[i] + window.span, taken[i + window.limit - 1]
        if last - window.span >= free:
            break
        if last < opens and free < opens:
            free = opens
    return free
