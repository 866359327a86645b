"""Where requests may go: to public addresses, whatever a person or a platform's answer names.

Names are resolved by us, every address they have is looked at, and the connection is made to what
was looked at: a name that points elsewhere a moment later gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

Network = IPv4Network | IPv6Network
PORTS = {"http": 80, "https": 443}

_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER = (
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of one's own network
    IPv6Network("::/96"),  # an IPv4 address as it was once written
    IPv6Network("fec0::/10"),  # local to a site, as it once was
    IPv6Network("2001::/32"),  # Teredo: leads to an IPv4 address behind a router
)


class AddressRefused(Exception):
    """No request may go to this address."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be reached: public addresses by HTTPS, and what the operator named.

    ``trusted`` are addresses with a path (the sandbox): they and all below them. ``hosts`` and
    ``networks`` may also be reached by HTTP.
    """

    trusted: tuple[URL, ...] = ()
    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    _endpoints: frozenset[tuple[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        ends = frozenset((url.host or "", url.port or 0) for url in self.trusted)
        object.__setattr__(self, "_endpoints", ends)

    def check(self, address: str | URL) -> None:
        """Raise AddressRefused unless a request may go to ``address``, as far as it can be told
        before its name is resolved."""
        try:
            url = URL(address)
            host, port, scheme = (url.host or "").rstrip("."), url.port, url.scheme
        except ValueError as error:
            raise AddressRefused("this is no address") from error
        if scheme not in PORTS or not host or not port:
            raise AddressRefused("an address begins with https://")
        if url.user is not None or url.password is not None:
            raise AddressRefused("an address may not carry a name or a password")
        if any(_is_below(url, base) for base in self.trusted) or host in self.hosts:
            return
        literal = _literal(host)
        if literal:
            self.check_ip(host, literal)
        if scheme != "https" and not (literal and self._in_networks(literal)):
            raise AddressRefused("an address begins with https://")

    def check_ip(self, host: str, address: IPv4Address | IPv6Address) -> None:
        """Raise AddressRefused unless ``address``, which ``host`` has, may be reached."""
        if not self._in_networks(address) and not is_public(address):
            raise AddressRefused(f"{host} is not a public address")

    def trusts(self, host: str, port: int) -> bool:
        """Whether the operator named this host."""
        return host in self.hosts or (host, port) in self._endpoints

    def _in_networks(self, address: IPv4Address | IPv6Address) -> bool:
        plain = _plain(address)
        return any(plain in network for network in self.networks)


class GuardedResolver(AbstractResolver):
    """Resolves names by ``inner`` and hands on only what ``guard`` lets through."""

    def __init__(self, inner: AbstractResolver, guard: Guard, proxies: Iterable[str] = ()) -> None:
        self._inner, self._guard = inner, guard
        self._proxies = {(url.host, url.port) for url in map(URL, proxies)}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of ``host``; raises AddressRefused if one of them is not public."""
        found = await self._inner.resolve(host, port, family)
        if not self._guard.trusts(host, port) and (host, port) not in self._proxies:
            for one in found:
                self._guard.check_ip(host, ip_address(one["host"].partition("%")[0]))
        return found

    async def look(self, address: str | URL) -> None:
        """Raise AddressRefused if a proxy, which resolves names by itself, would be sent to what
        we may not reach. A name that only the proxy knows is left to it."""
        url = URL(address)
        with suppress(OSError):
            await self.resolve(url.host or "", url.port or 0, socket.AF_UNSPEC)

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody on the internet could be meant: no private, loopback, link-local, shared,
    multicast, reserved or documentation address, nor one of those inside an IPv6 address."""
    plain = _plain(address)
    if isinstance(plain, IPv6Address):
        if any(plain in network for network in _NEVER):
            return False
        if plain.sixtofour and not is_public(plain.sixtofour):
            return False
    return plain.is_global and not (plain.is_multicast or plain.is_reserved)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, or itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(address.packed[-4:])
    return address


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None  # also 0x7f.1 and 2130706433, which the system resolves: looked at then


def _is_below(url: URL, base: URL) -> bool:
    if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port):
        return False
    root = base.path.rstrip("/")
    return url.path == root or url.path.startswith(f"{root}/")


def parse_allowed(text: str) -> tuple[frozenset[str], tuple[Network, ...]]:
    """The hosts and networks that OUTBOUND_ALLOW names; raises ValueError with a sentence."""
    hosts, networks = set(), []
    for part in (part.strip().lower() for part in text.split(",")):
        try:
            networks.append(ip_network(part))
        except ValueError:
            if "/" in part or ":" in part or any(c.isspace() for c in part):
                raise ValueError(f"“{part}” is neither a host nor a network") from None
            hosts.add(part)
    return frozenset(hosts - {""}), tuple(networks)


def guard_of(allowed: str, trusted: Iterable[str]) -> Guard:
    """A guard that lets through ``allowed`` (as OUTBOUND_ALLOW) and what is below ``trusted``."""
    hosts, networks = parse_allowed(allowed)
    return Guard(tuple(URL(address) for address in trusted), hosts, networks)
