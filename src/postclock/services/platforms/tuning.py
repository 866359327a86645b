"""What settings say in place of a platform's API versions, doubtful limits and addresses.

    PLATFORM_SETTINGS=example.version=202611, example.max_hashtags=30, example.host.api=https://…

A name is a platform's own tunable (docs/platforms), or ``host.`` and one of its addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlsplit

from postclock.errors import Invalid, Problem
from postclock.services.platforms.client import Client

Tuned = Mapping[str, Mapping[str, str]]
"""What is said of each platform, by its name."""
HOST = "host."
API = "api"
WRONG = "platform_settings_invalid"


def read_tuning(setting: str | None, platforms: Sequence[type[Client]]) -> Tuned:
    """What ``setting`` (PLATFORM_SETTINGS) says; raises Invalid with every problem of it."""
    known = {platform.name: platform for platform in platforms}
    said: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for part in filter(None, (part.strip() for part in (setting or "").split(","))):
        where, _, value = (piece.strip() for piece in part.partition("="))
        name, _, what = where.partition(".")
        if name not in known:
            problems.append(f"“{name[:40]}” is not a platform (there are {', '.join(known)})")
        elif wrong := _wrong(known[name], what, value):
            problems.append(wrong)
        else:
            said.setdefault(name, {})[what] = value
    if problems:
        told = [
            Problem("platform_settings_invalid", f"PLATFORM_SETTINGS: {one}.") for one in problems
        ]
        message = "PLATFORM_SETTINGS cannot be read."
        raise Invalid(WRONG, message, problems=told)
    return MappingProxyType(said)


def _wrong(platform: type[Client], what: str, value: str) -> str | None:
    if what.startswith(HOST):
        hosts = {API, *platform.capabilities.hosts}
        if what.removeprefix(HOST) not in hosts:
            return f"{platform.name} has the addresses {', '.join(sorted(hosts))}"
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and parts.hostname
        return None if whole else f"{platform.name}.{what} must be a web address"
    if what not in platform.tunables:
        names = ", ".join(sorted(platform.tunables)) or "none"
        return f"{platform.name} has no “{what[:40]}” (there are: {names})"
    taken = platform.tunables[what]
    if taken.isdecimal() and not value.isdecimal():
        return f"{platform.name}.{what} must be a whole number, such as {taken}"
    return None if value else f"{platform.name}.{what} needs a value"
