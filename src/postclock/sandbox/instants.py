"""Instants as the wire shows them."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(instant: datetime) -> str:
    """ISO 8601 in UTC with microseconds: ``2026-11-22T09:00:00.004321Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def iso_millis(instant: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: ``2026-11-22T09:00:00.004Z``."""
    return iso(instant)[:-4] + "Z"


def micros(instant: datetime) -> int:
    """Whole microseconds since 1970."""
    return round(instant.timestamp() * 1_000_000)


def parse(text: str) -> datetime:
    """The instant an ISO 8601 text with a zone names; raises ValueError without a zone."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no time zone")
    return instant.astimezone(UTC)
