"""What Mastodon answers (contract sheet 4d), and where and as whom it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from postclock.http import Response
from postclock.services.platforms.answers import AnswerTable, Row, moment
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    RateLimited,
    Refused,
    UploadUsed,
)
from postclock.services.platforms.json_reading import field, word

QUOTA_PAUSE = timedelta(minutes=5)
"""The wait when no header tells when the quota is free: one window of the general limit."""

_REFUSED = "Mastodon refused the post: {words}"
_REVOKED = "Mastodon no longer accepts this login: connect the account again ({words})."
_PROCESSING = "Mastodon is still preparing the media."


def words_of(response: Response) -> str:
    """What went wrong, in the server's words."""
    body = response.json()
    parts = (word(field(body, "error")), word(field(body, "error_description")))
    return ": ".join(part for part in parts if part)


def free_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the server takes posts again."""
    named = moment(headers.get("X-RateLimit-Reset"), now) or moment(headers.get("Retry-After"), now)
    return named or now + QUOTA_PAUSE


_USED = "Mastodon does not have the media (any more): {words}"
_NO_UPLOADS = "Mastodon does not let this connection upload: connect the account again ({words})."
_FILE = "Mastodon refused a file: {words}"

ANSWERS = AnswerTable(
    label="Mastodon",
    words=words_of,
    free_at=free_at,
    rows=(
        Row(LoginRevoked, "login_revoked", _REVOKED, (401,)),
        Row(LoginRevoked, "permission_missing", _REVOKED, (403,), "outside the authorized scopes"),
        Row(LoginRevoked, "login_revoked", _REVOKED, (403,)),
        Row(NotPublished, "media_processing", _PROCESSING, (422,), "have not finished processing"),
        Row(UploadUsed, "media_missing", _USED, (422,), "not found or already attached"),
        Row(RateLimited, "rate_limited", "Mastodon takes no more posts for now.", (429,)),
        Row(Refused, "refused", _REFUSED, (400, 404, 422)),
    ),
)
WITH_MEDIA = AnswerTable(
    label="Mastodon",
    words=words_of,
    free_at=free_at,
    rows=(Row(UploadUsed, "media_missing", _USED, (404,)), *ANSWERS.rows),
)
"""The answers to a status with pictures: what is not found is a picture."""
UPLOADS = AnswerTable(
    label="Mastodon",
    words=words_of,
    free_at=free_at,
    rows=(
        Row(LoginRevoked, "login_revoked", _REVOKED, (401,)),
        Row(LoginRevoked, "permission_missing", _NO_UPLOADS, (403,), "outside the authorized"),
        Row(LoginRevoked, "login_revoked", _REVOKED, (403,)),
        Row(RateLimited, "rate_limited", "Mastodon takes no more media for now.", (429,)),
        Row(Refused, "media_refused", _FILE, (400, 404, 413, 415, 422)),
    ),
)
"""The answers to everything about uploads (/api/v2/media, /api/v1/media/…)."""


def url(login: Login, path: str) -> str:
    return login.base_url.rstrip("/") + path


def bearer(login: Login) -> dict[str, str]:
    token = login.secrets.get("access_token")
    if not token:
        raise LoginRevoked("login_revoked", "Connect this Mastodon account: it has no login yet.")
    return {"Authorization": f"Bearer {token}"}
