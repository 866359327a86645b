"""How many posts an account may publish: what platforms declare, and what QUOTAS says instead.

    QUOTAS=twitter=100/3h+1000/1d, mastodon=off      QUOTAS=off

A window is a number, a slash and a span (``90s``, ``15m``, ``3h``, ``1d``); several are joined by
``+``. ``off`` is no quota, for one platform or for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from postclock.errors import Invalid, Problem
from postclock.scheduler.model import Window
from postclock.services.platforms.registry import CAPABILITIES

Windows = Mapping[str, tuple[Window, ...]]
"""A platform's windows by its name; one that is not there has none."""

DAY = 24 * 3600
DECLARED: Windows = MappingProxyType(
    {name: able.quotas for name, able in CAPABILITIES.items() if able.quotas}
)
OFF = "off"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": DAY}
WINDOW = re.compile(r"(\d{1,6})\s*/\s*(\d{1,7})\s*([smhd])", re.ASCII)
SHORTEST, LONGEST = 60, 31 * DAY
"""Seconds."""


def windows(setting: str | None) -> Windows:
    """The quotas in force: those declared, as ``setting`` (QUOTAS) overrides them.

    Raises Invalid with every problem of the setting.
    """
    if setting is None or not setting.strip():
        return DECLARED
    if setting.strip().lower() == OFF:
        return {}
    said: dict[str, tuple[Window, ...]] = {}
    problems: list[str] = []
    for part in filter(None, (part.strip() for part in setting.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        read, wrong = _windows_of(name, value)
        problems += wrong if name not in said else [f"“{name}” is there twice"]
        said[name] = read
    if problems:
        told = [Problem("quotas_invalid", f"QUOTAS: {problem}.") for problem in problems]
        raise Invalid("quotas_invalid", "QUOTAS cannot be read.", problems=told)
    return {name: one for name, one in {**DECLARED, **said}.items() if one}


def _windows_of(name: str, value: str) -> tuple[tuple[Window, ...], list[str]]:
    known = CAPABILITIES.keys()
    strange = [] if name in known else [
        f"“{name[:40]}” is not a platform (there are {', '.join(sorted(known))})"
    ]  # fmt: skip
    if value.lower() == OFF:
        return (), strange
    read, problems = [], []
    for text in value.split("+"):
        window = _window(text.strip())
        if window is None:
            problems.append(
                f"“{name[:40]}={text.strip()[:40]}” must be {OFF} or a number and a span from a "
                "minute to 31 days, such as 300/3h"
            )
        else:
            read.append(window)
    return tuple(read), strange + problems


def _window(text: str) -> Window | None:
    match = WINDOW.fullmatch(text)
    if match is None:
        return None
    limit, seconds = int(match[1]), int(match[2]) * UNITS[match[3]]
    return Window(limit, seconds) if limit and SHORTEST <= seconds <= LONGEST else None
