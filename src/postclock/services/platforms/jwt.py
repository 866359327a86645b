"""When a JSON Web Token ends, as it says itself (RFC 7519); nothing is verified."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime


def expiry(token: str) -> datetime | None:
    """The token's ``exp``, or None where it names none or is no such token."""
    payload = [*token.split("."), ""][1]
    try:
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None
