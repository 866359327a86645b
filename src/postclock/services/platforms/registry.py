"""Which platforms there are: the one list. Adding a platform adds its line here."""

from __future__ import annotations

from collections.abc import Mapping

from postclock.clock import Clock
from postclock.http import Http
from postclock.services.platforms.app_keys import read_apps
from postclock.services.platforms.base import Platform
from postclock.services.platforms.bluesky import Bluesky
from postclock.services.platforms.client import Client
from postclock.services.platforms.connecting import AppKeys
from postclock.services.platforms.facebook import Facebook
from postclock.services.platforms.instagram import Instagram
from postclock.services.platforms.linkedin import LinkedIn
from postclock.services.platforms.mastodon import Mastodon
from postclock.services.platforms.tiktok import TikTok
from postclock.services.platforms.tuning import Tuned, read_tuning
from postclock.services.platforms.twitter import Twitter
from postclock.services.platforms.youtube import YouTube

PLATFORMS: tuple[type[Client], ...] = (
    Twitter,
    LinkedIn,
    Bluesky,
    Mastodon,
    Facebook,
    Instagram,
    YouTube,
    TikTok,
)
"""The platforms' classes, in the order people see them; names and capabilities need no instance."""


def build_platforms(http: Http, clock: Clock, tuned: Tuned | None = None) -> dict[str, Platform]:
    """Every platform by its name, speaking through ``http`` and reading ``clock``."""
    said = tuned or {}
    return {one.name: one(http, clock, said.get(one.name, {})) for one in PLATFORMS}


def tuning(setting: str | None) -> Tuned:
    """What PLATFORM_SETTINGS says; raises Invalid with every problem of it."""
    return read_tuning(setting, PLATFORMS)


def app_keys(given: Mapping[str, tuple[str, str]]) -> dict[str, AppKeys]:
    """The developer apps that the environment names; raises Invalid for one nobody needs."""
    return read_apps(given, PLATFORMS)


CAPABILITIES = {platform.name: platform.capabilities for platform in PLATFORMS}
"""What each platform can do, by its name."""
