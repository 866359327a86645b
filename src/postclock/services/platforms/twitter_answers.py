"""What X answers (contract sheet 1d), and where and as whom it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from postclock.http import Response
from postclock.services.platforms.answers import AnswerTable, Row, moment
from postclock.services.platforms.base import (
    Duplicate,
    Login,
    LoginExpired,
    LoginRevoked,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.json_reading import field, objects, word

QUOTA_PAUSE = timedelta(minutes=15)
"""The wait when no header tells when the quota is free: one window of X's limits."""

_QUOTAS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")


def words_of(response: Response) -> str:
    """X's own words, from any of its three error shapes."""
    body = response.json()
    parts = [word(field(body, name)) for name in ("title", "detail", "error", "error_description")]
    parts += [word(error.get("message")) for error in objects(field(body, "errors"))]
    kind = word(field(body, "type")).rsplit("/", 1)[-1]
    parts.append("" if kind == "about:blank" else f"({kind})" if kind else "")
    return " ".join(dict.fromkeys(part for part in parts if part))


def free_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """The latest reset among the exhausted quotas; a 429 may name one that is not exhausted."""
    resets = [
        moment(headers.get(f"{quota}-reset"), now)
        for quota in _QUOTAS
        if headers.get(f"{quota}-remaining", "").strip() == "0"
    ]
    return max((reset for reset in resets if reset), default=now + QUOTA_PAUSE)


_NO_CREDITS = "X has no credits left for this installation: its operator must add some ({words})."
_SPENT = "This installation has used up its X plan: its operator must raise it ({words})."
_SUSPENDED = "X has suspended or locked this account: settle it on x.com ({words})."
_NOT_ALLOWED = "X does not let this connection post: connect the account again ({words})."
_LOST = "X does not have the pictures (any more): {words}"
_NO_UPLOADS = "X does not let this connection upload pictures: connect the account again ({words})."
_PICTURE = "X refused a picture: {words}"

ANSWERS = AnswerTable(
    label="X",
    words=words_of,
    free_at=free_at,
    rows=(
        Row(LoginExpired, "login_expired", "X asks for a fresh login.", (401,)),
        Row(RateLimited, "operator_credits_depleted", _NO_CREDITS, (402,)),
        Row(Duplicate, "duplicate", "X has this same text already.", (403,), "duplicate content"),
        Row(LoginRevoked, "account_suspended", _SUSPENDED, (403,), "suspended"),
        Row(LoginRevoked, "account_suspended", _SUSPENDED, (403,), "account is temporarily locked"),
        Row(LoginRevoked, "permission_missing", _NOT_ALLOWED, (403,), "unsupported authentication"),
        Row(LoginRevoked, "permission_missing", _NOT_ALLOWED, (403,), "client-forbidden"),
        Row(
            LoginRevoked,
            "permission_missing",
            _NOT_ALLOWED,
            (403,),
            "account is not permitted to access this feature",
        ),
        Row(UploadGone, "media_missing", _LOST, (400,), "media ids are invalid"),
        Row(Refused, "refused", "X refused the post: {words}", (400, 403, 404)),
        Row(RateLimited, "operator_plan_exhausted", _SPENT, (429,), "usage-capped"),
        Row(RateLimited, "operator_plan_exhausted", _SPENT, (429,), "spend"),
        Row(RateLimited, "rate_limited", "X takes no more posts for now.", (429,)),
    ),
)
UPLOADS = AnswerTable(
    label="X",
    words=words_of,
    free_at=free_at,
    rows=(
        *(row for row in ANSWERS.rows if not issubclass(row.error, Refused | UploadGone)),
        # Older connections were made without the right to upload (media.write).
        Row(LoginRevoked, "permission_missing", _NO_UPLOADS, (403,)),
        Row(Refused, "media_refused", _PICTURE, (400, 404, 413, 415, 422)),
    ),
)
"""The answers to everything about uploads (POST /2/media/…)."""


def url(login: Login, path: str) -> str:
    return login.base_url.rstrip("/") + path


def bearer(login: Login) -> dict[str, str]:
    token = login.secrets.get("access_token")
    if not token:
        raise LoginExpired("login_expired", "This account has no access token yet.")
    return {"Authorization": f"Bearer {token}"}
