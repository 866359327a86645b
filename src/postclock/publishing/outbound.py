"""Where this installation's requests may go: out to the world, and where its operator said."""

from __future__ import annotations

from postclock.config import Settings
from postclock.http_guard import Guard, guard_of
from postclock.services.platforms.registry import tuning
from postclock.services.platforms.tuning import HOST


def guard_for(settings: Settings) -> Guard:
    """Lets through public addresses, OUTBOUND_ALLOW, the sandbox, and the platforms' addresses
    that PLATFORM_SETTINGS names."""
    tuned = tuning(settings.platform_settings)
    said = [
        value for each in tuned.values() for name, value in each.items() if name.startswith(HOST)
    ]
    return guard_of(
        settings.outbound_allow or "", [settings.sandbox_url, settings.sandbox_page, *said]
    )
