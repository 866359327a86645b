"""What is left of a quota, against counting every span one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from postclock.scheduler.model import Window
from postclock.services.posts.quotas import fullest, left, next_free

START = datetime(2027, 3, 1, tzinfo=UTC)
SECONDS = st.integers(0, 60)
MOMENTS = st.lists(SECONDS, max_size=14).map(sorted)
WINDOWS = st.builds(Window, st.integers(1, 5), st.integers(1, 20))


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def counted(window: Window, taken: Sequence[int], wanted: int) -> int:
    """The most moments in any whole-second span with ``wanted`` in it."""
    begins = range(wanted - window.seconds + 1, wanted + 1)
    return max(sum(b <= t < b + window.seconds for t in taken) for b in begins)


@given(WINDOWS, MOMENTS, SECONDS)
def test_what_is_left_is_what_counting_finds(window: Window, taken: list[int], wanted: int) -> None:
    moments = [at(second) for second in taken]
    most = counted(window, taken, wanted)
    assert fullest(window, moments, at(wanted)) == most
    assert left(window, moments, at(wanted)) == max(window.limit - most, 0)


@given(st.lists(WINDOWS, min_size=1, max_size=3), MOMENTS, SECONDS)
def test_the_next_free_moment_is_the_first_that_fits(
    windows: list[Window], taken: list[int], wanted: int
) -> None:
    free = next(
        second
        for second in range(wanted, 200)
        if all(counted(window, taken, second) < window.limit for window in windows)
    )
    assert next_free(windows, [at(second) for second in taken], at(wanted)) == at(free)


def test_the_301st_waits_until_the_first_is_three_hours_old() -> None:
    window = Window(300, 3 * 3600)
    taken = [at(10 * i) for i in range(300)]
    assert left(window, taken, at(3000)) == 0
    assert next_free([window], taken, at(3000)) == at(3 * 3600)
    assert left(window, taken[1:], at(3000)) == 1
    assert next_free([window], taken[1:], at(3000)) == at(3000)
