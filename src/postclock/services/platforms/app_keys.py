"""The developer apps that the environment names: POSTCLOCK_APP_<KEYS>=client_id:client_secret.

<KEYS> is whose they are, as ``Way.keys`` has it, in capitals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from postclock.errors import Invalid, Problem
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import AppKeys


def read_apps(
    given: Mapping[str, tuple[str, str]], platforms: Sequence[type[Client]]
) -> dict[str, AppKeys]:
    """What the environment says of apps; raises Invalid for each that no platform comes with."""
    known = sorted({way.keys for platform in platforms for way in platform.ways if way.keys})
    there_are = ", ".join(f"POSTCLOCK_APP_{keys.upper()}" for keys in known) or "none"
    problems = [
        Problem("app_unknown", f"POSTCLOCK_APP_{keys.upper()}: no platform needs it ({there_are}).")
        for keys in given
        if keys not in known
    ]
    if problems:
        raise Invalid("app_unknown", problems[0].message, problems=problems)
    return {keys: AppKeys(*said) for keys, said in given.items()}
