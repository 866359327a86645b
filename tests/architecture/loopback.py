"""Rule 9: a test that reaches for the network fails, whatever it meant to find there.

A pytest plugin. Python tells its audit hooks of every address before it connects, so nothing has
to be replaced. Names under ``.invalid``, which nobody can own, may be looked up: how a name
without an address is reported is itself tested.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

FREE_NAMES = frozenset({"", "localhost"})
CONNECTS = frozenset({"socket.connect", "socket.sendto"})


class NetworkReached(RuntimeError):
    """A test wanted to leave this machine. Deliberately no OSError: nothing may handle it."""


def is_loopback(address: Any) -> bool:
    """Whether ``address`` (a path of a local socket, or host and port) stays on this machine."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    with suppress(ValueError):
        return ip_address(host.partition("%")[0]).is_loopback
    return host in FREE_NAMES


def may_be_looked_up(host: Any) -> bool:
    """Whether a test may ask for the address of ``host``."""
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    with suppress(ValueError):
        ip_address(name.partition("%")[0])
        return True
    return name in FREE_NAMES or name.endswith((".invalid", ".localhost"))


def guard(event: str, values: tuple[Any, ...]) -> None:
    """The audit hook; raises NetworkReached."""
    if event in CONNECTS and not is_loopback(values[1]):
        raise NetworkReached(f"a test reached for {values[1]}: tests talk to 127.0.0.1 only")
    if event == "socket.getaddrinfo" and not may_be_looked_up(values[0]):
        raise NetworkReached(f"a test looked for {values[0]!r}: tests talk to 127.0.0.1 only")


def pytest_configure() -> None:
    """Guard this test process from here on; children of the product are not pytest's."""
    sys.addaudithook(guard)
