"""Moments: an instant is accepted only if the wall clock really shows what the author wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from postclock.errors import Invalid
from postclock.services.people.zones import PACKAGE, zone_problems
from postclock.services.posts.moments import Moment, read_moment

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Cairo",
    "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "America/Sao_Paulo", "Europe/Dublin",
    "Antarctica/Troll", "America/Santiago", "Pacific/Chatham", "UTC", "Asia/Tehran",
]  # fmt: skip
LAST = datetime.fromisoformat("2031-11-20")
WALLS = st.datetimes(datetime.fromisoformat("2026-11-23"), LAST)


@cache
def rules_of(zone: str) -> ZoneInfo:
    """Another reader of the same rules: Python's own."""
    with PACKAGE.joinpath(zone).open("rb") as compiled:
        return ZoneInfo.from_file(compiled, zone)


def near_a_change(zone: str, wall: datetime) -> datetime:
    """``wall``, moved into the half hour around the zone's next change of offset."""
    place = rules_of(zone)
    for hours in range(0, 24 * 400, 24):
        day = wall + timedelta(hours=hours)
        after = day + timedelta(hours=24)
        if day.replace(tzinfo=place).utcoffset() != after.replace(tzinfo=place).utcoffset():
            return day + timedelta(minutes=wall.minute * 24)
    return wall


def attempt(text: str, zone: str | None, fold: int | None = None) -> Moment | Invalid:
    try:
        return read_moment(text, zone, fold, NOW)
    except Invalid as error:
        return error


def readings(error: Invalid) -> list[datetime]:
    return [datetime.fromisoformat(each["instant"]) for each in error.extra["readings"]]


def written(wall: datetime) -> str:
    return wall.isoformat(timespec="microseconds")


@given(WALLS, st.sampled_from(ZONES), st.sampled_from([None, 0, 1]), st.booleans())
def test_no_time_that_the_clock_never_shows_is_accepted(
    wall: datetime, zone: str, fold: int | None, near: bool
) -> None:
    wall = near_a_change(zone, wall) if near else wall
    assume(wall < LAST)
    place = rules_of(zone)
    possible = {wall.replace(tzinfo=place, fold=f).astimezone(UTC) for f in (0, 1)}
    real = sorted(i for i in possible if i.astimezone(place).replace(tzinfo=None, fold=0) == wall)
    told = attempt(written(wall), zone, fold)
    if not real:
        assert isinstance(told, Invalid)
        assert (told.code, set(readings(told))) == ("time_in_gap", possible)
    elif len(real) == 2 and fold is None:
        assert isinstance(told, Invalid)
        assert (told.code, readings(told)) == ("time_ambiguous", real)
    else:
        assert isinstance(told, Moment)
        assert told.instant == real[(fold or 0) if len(real) == 2 else 0]
        assert (told.local_time, told.time_zone) == (wall, zone)


@given(WALLS, st.integers(-14 * 60, 14 * 60))
def test_an_offset_decides_alone(wall: datetime, minutes: int) -> None:
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{written(wall)}{sign}{hours:02}:{rest:02}"
    assume(wall < LAST - timedelta(days=1))
    moment = read_moment(text, None, None, NOW)
    assert moment.instant == wall.replace(tzinfo=UTC) - timedelta(minutes=minutes)
    assert moment.local_time is None


@given(st.text(max_size=70), st.none() | st.sampled_from(ZONES) | st.text(max_size=30))
def test_any_text_is_a_moment_or_a_sentence(text: str, zone: str | None) -> None:
    told = attempt(text, zone)
    if isinstance(told, Invalid):
        assert told.detail
        assert {p.field for p in told.problems} <= {"scheduled_at", "time_zone"}
    else:
        assert told.instant.tzinfo is UTC


@given(st.datetimes(), st.sampled_from(ZONES))
def test_any_date_of_the_calendar_is_a_moment_or_a_sentence(wall: datetime, zone: str) -> None:
    told = attempt(written(wall), zone, 0)
    if isinstance(told, Invalid):
        assert told.code in {"time_past", "time_too_far", "time_in_gap"}
    else:
        assert NOW - timedelta(seconds=60) <= told.instant <= NOW.replace(year=NOW.year + 5)


@pytest.mark.parametrize(("late", "accepted"), [(0, True), (59.9, True), (60, True), (60.1, False)])
def test_the_grace_is_a_minute(late: float, accepted: bool) -> None:
    text = (NOW - timedelta(seconds=late)).isoformat()
    if accepted:
        assert read_moment(text, None, None, NOW).instant == NOW - timedelta(seconds=late)
    else:
        with pytest.raises(Invalid) as caught:
            read_moment(text, None, None, NOW)
        assert caught.value.code == "time_past"


def test_the_horizon_is_five_years_to_the_day() -> None:
    assert read_moment("2031-11-22T09:00:00Z", None, None, NOW)
    with pytest.raises(Invalid, match="five years"):
        read_moment("2031-11-22T09:00:01Z", None, None, NOW)
    leap_day = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert read_moment("2033-02-28T12:00Z", None, None, leap_day)
    with pytest.raises(Invalid, match="five years"):
        read_moment("2033-03-01T12:00Z", None, None, leap_day)


def test_zones_are_iana_names() -> None:
    for zone in ZONES:
        assert zone_problems(zone) == []
    for wrong in ("", "utc", "Berlin", "localtime", "Factory", "CEST", "+01:00", "../UTC", "UTC\0"):
        (problem,) = zone_problems(wrong)
        assert (problem.code, problem.field) == ("time_zone_unknown", "time_zone")
