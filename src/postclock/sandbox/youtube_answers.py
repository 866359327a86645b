"""How YouTube and Google say no, and whose quota a call uses up.

Source: the contract sheet of YouTube, sections 5.c and 5.d.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NoReturn

from starlette.responses import Response
from whenever import Instant

from postclock.sandbox.quotas import Meter, Quota, Standing
from postclock.sandbox.twin import Refused, json_answer

PACIFIC = "America/Los_Angeles"
DAY = 24 * 3600
INSERT = Quota("insert", 100, DAY)
GENERAL = Quota("general", 10_000, DAY)
FREE = Quota("free", 1_000_000_000, DAY)
"""What Google does not count: consent, tokens, bytes of a session."""
CHANGE, READ = 50, 1
"""Units of the general quota."""

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}
REASONS = {
    400: "badRequest",
    401: "authError",
    403: "forbidden",
    404: "notFound",
    405: "httpMethodNotAllowed",
    413: "uploadTooLarge",
    429: "rateLimitExceeded",
    503: "backendError",
}
MESSAGES = {
    "authError": "Invalid Credentials",
    "quotaExceeded": (
        'The request cannot be completed because you have exceeded your <a href="/youtube/v3/'
        'getting-started#quota">quota</a>.'
    ),
    "rateLimitExceeded": "Too many requests were sent in a given time.",
    "insufficientPermissions": "Request had insufficient authentication scopes.",
    "youtubeSignupRequired": "Unauthorized",
    "videoNotFound": "The video that you are trying to change cannot be found.",
    "invalidTitle": "The request metadata specifies an invalid or empty video title.",
    "invalidDescription": "The request metadata specifies an invalid video description.",
    "invalidTags": "The request metadata specifies invalid video keywords.",
    "invalidCategoryId": "The <code>snippet.categoryId</code> property is invalid.",
    "invalidPublishAt": "The request metadata specifies an invalid scheduled publishing time.",
    "invalidVideoMetadata": "The request metadata is invalid.",
    "uploadLimitExceeded": "The user has exceeded the number of videos they may upload.",
    "commentsDisabled": "The video identified by the request has disabled comments.",
    "imageFormatUnsupported": "The provided image content is invalid.",
    "backendError": "Backend Error",
}


def google_error(status: int, reason: str, message: str = "", domain: str = "") -> Response:
    """An error of the API."""
    said = message or MESSAGES.get(reason, reason)
    known = domain or ("youtube.quota" if reason == "quotaExceeded" else "youtube.video")
    error = {
        "code": status,
        "message": said,
        "errors": [{"message": said, "domain": known, "reason": reason}],
        "status": STATUSES.get(status, "UNKNOWN"),
    }
    return json_answer({"error": error}, status)


def refuse(status: int, reason: str, message: str = "") -> NoReturn:
    """Answer with an error of the API."""
    raise Refused(google_error(status, reason, message))


def token_error(status: int, error: str, words: str) -> Response:
    """An error of the token host."""
    return json_answer({"error": error, "error_description": words}, status)


def next_midnight(now: datetime) -> datetime:
    """When the quotas of the day at ``now`` are whole again."""
    begins: datetime = Instant(now).to_tz(PACIFIC).start_of("day").add(days=1).to_stdlib()
    return begins.astimezone(now.tzinfo)


class PacificMeter(Meter):
    """Counts by the day of Pacific Time, for the whole project: it does not matter who asks."""

    def __init__(self) -> None:
        super().__init__()
        self._days: dict[tuple[str, date], int] = {}

    def read(self, quota: Quota, who: str, now: datetime) -> Standing:
        used = self._days.get((quota.name, _day(now)), 0)
        return Standing(quota, max(quota.limit - used, 0), next_midnight(now))

    def use(self, quota: Quota, who: str, now: datetime, points: int = 1) -> Standing:
        day = (quota.name, _day(now))
        self._days[day] = self._days.get(day, 0) + points
        return self.read(quota, who, now)


def _day(now: datetime) -> date:
    day: date = Instant(now).to_tz(PACIFIC).date().to_stdlib()
    return day
