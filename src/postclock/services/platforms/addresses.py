"""Where a platform answers: for real, or as its pretend twin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from postclock.services.platforms.base import Platform
from postclock.services.platforms.tuning import API, HOST, Tuned

WEB = "web"
"""The address where a browser goes; those of further logins begin so (``web_login``)."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the platforms answer. The pretend ones are reached by this program at ``sandbox_url``,
    and by browsers at ``sandbox_page``."""

    sandbox_url: str
    sandbox_page: str
    tuned: Tuned = field(default_factory=dict)

    def base_url(self, platform: Platform, *, sandbox: bool, server: str | None) -> str:
        """Where its API answers."""
        if sandbox:
            return f"{self.sandbox_url}/{platform.name}"
        said = self.tuned.get(platform.name, {}).get(f"{HOST}{API}")
        return server or said or platform.capabilities.base_url or ""

    def hosts(self, platform: Platform, *, sandbox: bool) -> Mapping[str, str]:
        """Its other addresses by name; a twin has each under a path of its own."""
        hosts = platform.capabilities.hosts
        if sandbox:
            at = {name: self._sandbox_for(name) for name in hosts}
            return {name: f"{url}/{platform.name}/{name}" for name, url in at.items()}
        said = self.tuned.get(platform.name, {})
        return {name: said.get(f"{HOST}{name}", url) for name, url in hosts.items()}

    def _sandbox_for(self, name: str) -> str:
        return self.sandbox_page if name.partition("_")[0] == WEB else self.sandbox_url
