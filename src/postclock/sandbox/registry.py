"""Which pretend platforms there are: the one list. Adding a platform adds its line here."""

from __future__ import annotations

from postclock.sandbox.bluesky import Bluesky
from postclock.sandbox.facebook import Facebook
from postclock.sandbox.instagram import Instagram
from postclock.sandbox.linkedin import LinkedIn
from postclock.sandbox.mastodon import Mastodon
from postclock.sandbox.tiktok import TikTok
from postclock.sandbox.twin import Twin
from postclock.sandbox.twitter import Twitter
from postclock.sandbox.youtube import YouTube

TWINS: tuple[type[Twin], ...] = (
    Twitter,
    LinkedIn,
    Bluesky,
    Mastodon,
    Facebook,
    Instagram,
    YouTube,
    TikTok,
)
PLATFORMS = tuple(twin.platform for twin in TWINS)
