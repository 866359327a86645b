"""Which way an account is connected by, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from postclock.errors import Invalid, Problem
from postclock.services.platforms.base import Platform
from postclock.services.platforms.connecting import Way

Platforms = Mapping[str, Platform]
HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,9}[a-z][a-z0-9-]{1,62}(?::\d{1,5})?", re.ASCII)
"""A name with a domain; which addresses may be reached is the HTTP client's to say."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a person wants connected, as they said it."""

    platform: str
    way: str
    server: str | None = None
    account_id: UUID | None = None
    """The account that is connected again; None: a new one."""
    sandbox: bool = False


def find_way(platforms: Platforms, errand: Errand) -> tuple[Platform, Way]:
    """The platform and its way; raises Invalid."""
    platform = platforms.get(errand.platform)
    if platform is None:
        raise _invalid("platform_unknown", f"“{errand.platform[:40]}” is not a platform.")
    for way in platform.ways:
        if way.name == errand.way:
            return platform, way
    names = ", ".join(way.name for way in platform.ways) or "none"
    label = platform.capabilities.label
    raise _invalid("way_unknown", f"{label} is connected by: {names}.", "way")


def way_named(platform: Platform, name: str) -> Way | None:
    """The way an account was connected by; the usual one where none was noted."""
    by_name = {way.name: way for way in platform.ways}
    return by_name.get(name) or (platform.ways[0] if platform.ways else None)


def registers(way: Way) -> bool:
    """Whether Postclock makes itself known to each server, instead of an operator."""
    return way.asks_server and way.kind == "oauth"


def whose_keys(platform: Platform, way: Way) -> str | None:
    """Whose app keys the way needs, as they are kept; None: none.

    An app that is registered with a server has keys of that server, by the platform's name.
    """
    return way.keys or (platform.name if registers(way) else None)


def callback_url(public_url: str, platform: str) -> str:
    """Where a platform sends the browser back to."""
    return f"{public_url}/api/v1/oauth/{platform}/callback"


def server_of(way: Way, errand: Errand) -> str | None:
    """The address of the server a person named, if the way asks for one; raises Invalid.

    The pretend platforms are one server each. What is typed may leave the usual server unsaid.
    """
    if not way.asks_server or errand.sandbox:
        return None
    said = (errand.server or "").strip()
    if not said and way.kind == "typed":
        return None
    return read_server(said)


def read_server(said: str) -> str:
    """The address of a server from what people write for it: a name, an address, a handle."""
    text = said.strip().lower()
    if not text:
        raise _invalid("server_missing", "Name the server, such as social.example.", "server")
    host = text.removeprefix("https://").partition("/")[0].rpartition("@")[2]
    if not HOST.fullmatch(host):
        message = f"“{said.strip()[:80]}” is not the name of a server."
        raise _invalid("server_invalid", message, "server")
    return f"https://{host}"


def _invalid(code: str, message: str, field: str | None = None) -> Invalid:
    return Invalid(code, message, problems=[Problem(code, message, field)])
