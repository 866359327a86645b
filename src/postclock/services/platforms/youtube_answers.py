"""What YouTube answers (contract sheet 5.c, 5.d), and where and as whom it is asked.

An error is known by its ``reason``; the words of one end in it: ``… (quotaExceeded)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from whenever import Instant

from postclock.http import Response
from postclock.services.platforms.answers import AnswerTable, Row, moment
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    UploadUsed,
)
from postclock.services.platforms.json_reading import field, objects, word

LABEL = "YouTube"
PACIFIC = "America/Los_Angeles"
"""Where the day of a quota begins."""
CHANNEL_PAUSE = timedelta(hours=24)
"""The wait when a channel's own cap on uploads is reached; YouTube publishes none."""
BACKOFF = timedelta(seconds=16)
"""The wait when requests came too fast: the middle of the 1 … 64 s that YouTube asks for."""

_TAG = re.compile(r"<[^<>]*>")


def reason_of(response: Response) -> str:
    """The first error's ``reason``, else the error's ``status``; empty where neither is told."""
    error = field(response.json(), "error")
    first = next(iter(objects(field(error, "errors"))), {})
    return word(first.get("reason")) or word(field(error, "status"))


def words_of(response: Response) -> str:
    """What went wrong in YouTube's words, without markup, and its reason in brackets."""
    error = field(response.json(), "error")
    message = _TAG.sub("", word(field(error, "message")) or word(error))
    reason = reason_of(response)
    return f"{message} ({reason})".strip() if reason else message


def next_quota_day(now: datetime) -> datetime:
    """The next midnight in Pacific Time, when every quota is whole again."""
    local = Instant(now).to_tz(PACIFIC)
    begins: datetime = local.start_of("day").add(days=1).start_of("day").to_stdlib()
    return begins.astimezone(now.tzinfo)


def free_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When requests that came too fast may go on; YouTube documents no header for it."""
    return moment(headers.get("Retry-After"), now) or now + BACKOFF


_WAITS: Mapping[str, Callable[[datetime], datetime]] = {
    "operator_quota_exhausted": next_quota_day,
    "upload_limit": lambda now: now + CHANNEL_PAUSE,
}
"""The waits that no header could tell, by code."""


@dataclass(frozen=True, slots=True)
class YouTubeAnswers(AnswerTable):
    """The table, with the waits of each kind of quota and words that suit a video."""

    def error(self, response: Response, login: Login, now: datetime) -> PlatformError:
        """The one error that this answer to a change of the video means."""
        error = AnswerTable.error(self, response, login, now)
        wait = _WAITS.get(error.problem.code)
        if wait and isinstance(error, RateLimited):
            error.until = wait(now)
        return error

    def upload_error(self, response: Response, login: Login, now: datetime) -> PlatformError:
        """The one error that this answer to an upload means: no outcome of it is in doubt."""
        error = self.error(response, login, now)
        if isinstance(error, OutcomeUnknown | UploadUsed):
            message = f"YouTube did not take the upload (HTTP {response.status})."
            return NotPublished("upload_failed", message, answer=error.answer)
        return error


_REFUSED = "YouTube refused the video: {words}"
_QUOTA = "The day's quota of the Google project is used up: it is full again at 0:00 Pacific Time."
_CHANNEL = "The channel has uploaded as much as YouTube allows for now: it is tried in 24 hours."
_FAST = "YouTube was asked too often for now."
_NO_CHANNEL = (
    "This Google account has no YouTube channel: create one on youtube.com, then connect it again."
)
_CLOSED = "The channel is closed or suspended: look at it on YouTube ({words})."
_SCOPES = "YouTube does not let this login do that: connect again and allow everything ({words})."
_PROJECT = "The Google project has no YouTube Data API v3: enable it in Google's console ({words})."
_GONE = "The uploaded video is no longer on the channel: {words}"
_NO_COMMENTS = "The video takes no comments: {words}"

_WAITING = (
    Row(RateLimited, "upload_limit", _CHANNEL, (400,), "(uploadlimitexceeded)"),
    Row(RateLimited, "operator_quota_exhausted", _QUOTA, (403, 429), "(quotaexceeded)"),
    Row(RateLimited, "operator_quota_exhausted", _QUOTA, (403, 429), "(dailylimitexceeded)"),
    Row(RateLimited, "rate_limited", _FAST, (403, 429), "ratelimitexceeded)"),
    Row(RateLimited, "rate_limited", _FAST, (429,)),
)
_ACCOUNT = (
    Row(LoginRevoked, "no_channel", _NO_CHANNEL, (401,), "(youtubesignuprequired)"),
    Row(LoginExpired, "login_expired", "YouTube asks for a fresh login.", (401,)),
    Row(LoginRevoked, "channel_closed", _CLOSED, (403,), "(channelclosed)"),
    Row(LoginRevoked, "channel_closed", _CLOSED, (403,), "(channelsuspended)"),
    Row(LoginRevoked, "permission_missing", _SCOPES, (403,), "(insufficientpermissions)"),
    Row(LoginRevoked, "permission_missing", _SCOPES, (403,), "(forbidden)"),
    Row(NotPublished, "app_not_configured", _PROJECT, (403,), "(accessnotconfigured)"),
)
ANSWERS = YouTubeAnswers(
    label=LABEL,
    words=words_of,
    free_at=free_at,
    rows=(
        *_WAITING,
        *_ACCOUNT,
        Row(Refused, "comments_disabled", _NO_COMMENTS, (403,), "(commentsdisabled)"),
        Row(UploadUsed, "video_missing", _GONE, (404,), "(videonotfound)"),
        Row(Refused, "refused", _REFUSED, (400, 403, 404)),
    ),
)


def url(login: Login, path: str) -> str:
    """An address of the API."""
    return login.base_url.rstrip("/") + path


def upload_url(login: Login, path: str) -> str:
    """An address where bytes are taken."""
    return login.hosts["upload"].rstrip("/") + path


def bearer(login: Login) -> dict[str, str]:
    """The login, as a request carries it; raises LoginRevoked where there is none."""
    token = login.secrets.get("access_token")
    if not token:
        raise LoginRevoked("login_revoked", "Connect this YouTube channel: it has no login yet.")
    return {"Authorization": f"Bearer {token}"}
