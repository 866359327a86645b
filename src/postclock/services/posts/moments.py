"""From what an author wrote to an instant: offsets, wall-clock times, DST, and the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from whenever import PlainDateTime, RepeatedTime, SkippedTime, ZonedDateTime

from postclock.errors import Invalid, Problem
from postclock.services.people.zones import zone_problems

GRACE = timedelta(seconds=60)
"""A moment less than this past is now."""
HORIZON_YEARS = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in UTC and, when the author gave a wall clock's time, their intent."""

    instant: datetime
    local_time: datetime | None = None
    time_zone: str | None = None
    fold: int | None = None


def read_moment(text: str, time_zone: str | None, fold: int | None, now: datetime) -> Moment:
    """The moment that ``text`` names, between a minute ago and five years ahead.

    Raises Invalid: unreadable, without a zone, past, too far, or a wall-clock time that does not
    exist or exists twice (then with both readings).
    """
    try:
        parsed = datetime.fromisoformat(text)
        if len(text) < 16:
            raise ValueError
    except ValueError:
        raise _invalid(
            "time_unreadable",
            f"“{text[:40]}” is not an ISO 8601 time such as 2027-03-01T09:30:00+01:00.",
        ) from None
    if problems := zone_problems(time_zone) if time_zone is not None else []:
        raise Invalid(problems[0].code, problems[0].message, problems=problems)
    # The wall clock's date decides first: near the years 1 and 9999 there may be no instant.
    _require_within(parsed.replace(tzinfo=UTC), now, slack=timedelta(days=2))
    moment = _with_zone(parsed, time_zone, fold)
    _require_within(moment.instant, now)
    return moment


def _with_zone(parsed: datetime, time_zone: str | None, fold: int | None) -> Moment:
    if parsed.tzinfo is not None:
        return Moment(parsed.astimezone(UTC), time_zone=time_zone)
    if time_zone is None:
        raise _invalid(
            "time_zone_missing",
            "This time has no offset: add one (…+01:00 or …Z), or say the time_zone it is in.",
            field="time_zone",
        )
    return Moment(_on_wall(parsed, time_zone, fold), parsed, time_zone, fold)


def _on_wall(parsed: datetime, time_zone: str, fold: int | None) -> datetime:
    wall = PlainDateTime(parsed)
    try:
        return _utc(wall.assume_tz(time_zone, disambiguation="raise"))
    except SkippedTime:
        early, late = _readings(wall, time_zone)
        raise _invalid(
            "time_in_gap",
            f"{wall} does not exist in {time_zone}: the clocks go forward over it. "
            f"Choose {early['local'][11:16]} or {late['local'][11:16]}.",
            extra={"readings": [early, late]},
        ) from None
    except RepeatedTime:
        first, second = _readings(wall, time_zone)
        if fold is not None:
            return datetime.fromisoformat((first, second)[fold]["instant"])
        raise _invalid(
            "time_ambiguous",
            f"{wall} exists twice in {time_zone}: the clocks go back over it. "
            "Say fold 0 for the first or fold 1 for the second.",
            extra={"readings": [first, second]},
        ) from None


def moment_by_present_rules(local_time: datetime, time_zone: str, fold: int | None) -> datetime:
    """The instant at which the clocks of ``time_zone`` show ``local_time``, as the rules are now.

    For a moment that was chosen under other rules. A time that is skipped now means the first
    instant after the gap; one that is shown twice means the ``fold`` that was stored, else the
    first.
    """
    wall = PlainDateTime(local_time)
    try:
        return _utc(wall.assume_tz(time_zone, disambiguation="raise"))
    except SkippedTime:
        after_gap = wall.assume_tz(time_zone, disambiguation="earlier").next_transition()
        assert after_gap is not None
        return _utc(after_gap)
    except RepeatedTime:
        return _utc(wall.assume_tz(time_zone, disambiguation="later" if fold else "earlier"))


def _readings(wall: PlainDateTime, time_zone: str) -> tuple[dict[str, Any], dict[str, Any]]:
    earlier = wall.assume_tz(time_zone, disambiguation="earlier")
    later = wall.assume_tz(time_zone, disambiguation="later")
    return _reading(0, earlier), _reading(1, later)


def require_not_past(instant: datetime, now: datetime) -> None:
    """Raise Invalid when ``instant`` is more than a minute ago."""
    if instant < now - GRACE:
        raise _invalid("time_past", f"{instant.isoformat()} is past: choose a moment from now on.")


def _require_within(instant: datetime, now: datetime, slack: timedelta = timedelta(0)) -> None:
    require_not_past(instant, now - slack)
    if instant > _horizon(now) + slack:
        raise _invalid("time_too_far", "Posts can be scheduled up to five years ahead.")


def _horizon(now: datetime) -> datetime:
    try:
        return now.replace(year=now.year + HORIZON_YEARS)
    except ValueError:  # 29 February
        return now.replace(year=now.year + HORIZON_YEARS, day=28)


def _utc(zoned: ZonedDateTime) -> datetime:
    return zoned.to_stdlib().astimezone(UTC)


def _reading(fold: int, zoned: ZonedDateTime) -> dict[str, Any]:
    local = zoned.to_stdlib()
    return {"fold": fold, "local": local.isoformat(), "instant": _utc(zoned).isoformat()}


def _invalid(
    code: str, message: str, *, field: str = "scheduled_at", extra: dict[str, Any] | None = None
) -> Invalid:
    return Invalid(code, message, problems=[Problem(code, message, field)], extra=extra)
