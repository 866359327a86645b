"""Which time zones there are: the IANA names, the same on every machine."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from postclock.errors import Problem

PLACEHOLDER = "Factory"
"""Listed by IANA for machines that nobody set up yet: not a place's time."""


def zone_problems(name: str) -> list[Problem]:
    """What is wrong with ``name`` as an IANA time zone."""
    if name in _names():
        return []
    message = f"“{name[:60]}” is not a time zone. Use an IANA name such as Europe/Berlin."
    return [Problem("time_zone_unknown", message, "time_zone")]


@cache
def _names() -> frozenset[str]:
    listed = files("tzdata").joinpath("zones").read_text()
    return frozenset(listed.split()) - {PLACEHOLDER}
