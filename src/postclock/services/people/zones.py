"""Which time zones there are, and by which rules their clocks go: the same on every machine.

The rules are those of the ``tzdata`` package that Postclock is installed with. The machine's own
may be years older, and two servers that disagree would give one wall-clock time two instants.
Only PYTHONTZPATH, where an operator sets it, names other directories.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

from whenever import get_tzpath, reset_tzpath

from postclock.errors import Problem

PLACEHOLDER = "Factory"
"""Listed by IANA for machines that nobody set up yet: not a place's time."""
PACKAGE = Path(str(files("tzdata").joinpath("zoneinfo")))
SOURCE = "tzdata.zi"
"""IANA's rules as text, beside the compiled ones; its first line is ``# version 2026f``."""

if not os.environ.get("PYTHONTZPATH"):
    reset_tzpath([PACKAGE])


def rules_version() -> str:
    """The version of the rules in force, such as ``2026f``; ``unknown`` where they do not say."""
    for directory in (*map(Path, get_tzpath()), PACKAGE):
        if directory.is_dir():
            return _version(directory)
    return "unknown"


def _version(directory: Path) -> str:
    with suppress(OSError, UnicodeError), (directory / SOURCE).open() as source:
        said = source.readline().removeprefix("# version").strip()
        if said and len(said) < 20:
            return said
    return "unknown"


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
