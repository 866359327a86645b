"""X's quotas. Source: the contract sheet of X, section 1c."""

from __future__ import annotations

from postclock.sandbox.quotas import Quota

QUARTER = 15 * 60
DAY = 24 * 3600

CREATE = Quota("create", 100, QUARTER)
DELETE = Quota("delete", 50, QUARTER)
ME = Quota("me", 75, QUARTER)
TIMELINE = Quota("timeline", 900, QUARTER)
UPLOAD = Quota("upload", 500, QUARTER)
INITIALIZE = Quota("initialize", 1875, QUARTER)
APPEND = Quota("append", 1875, QUARTER)
FINALIZE = Quota("finalize", 1875, QUARTER)
STATUS = Quota("status", 1000, QUARTER)
METADATA = Quota("metadata", 500, QUARTER)

APP_WIDE = {
    CREATE: Quota("app create", 10_000, DAY),
    UPLOAD: Quota("app upload", 50_000, DAY),
    INITIALIZE: Quota("app initialize", 180_000, DAY),
    APPEND: Quota("app append", 180_000, DAY),
    FINALIZE: Quota("app finalize", 180_000, DAY),
    STATUS: Quota("app status", 100_000, DAY),
    METADATA: Quota("app metadata", 50_000, DAY),
}
"""What all accounts of an app share beside their own."""
