"""What Bluesky answers (contract sheet 3d), and where it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from postclock.http import Response
from postclock.services.platforms.answers import AnswerTable, Row, moment
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.json_reading import field, word

QUOTA_PAUSE = timedelta(minutes=5)
"""The wait when no header tells when the quota is free: one window of the general limit."""

_REFUSED = "Bluesky refused the post: {words}"
_FILE_REFUSED = "Bluesky refused a file: {words}"
_REVOKED = "Bluesky no longer accepts this login: connect the account again ({words})."
_EXPIRED = "Bluesky asks for a fresh login."
_THERE = "Bluesky says that a record with this key is there already."


def words_of(response: Response) -> str:
    """``Name: message``, as every error of the protocol is built."""
    body = response.json()
    name, message = word(field(body, "error")), word(field(body, "message"))
    return f"{name}: {message}" if name else message


def free_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the server takes requests again."""
    named = moment(headers.get("RateLimit-Reset"), now) or moment(headers.get("Retry-After"), now)
    return named or now + QUOTA_PAUSE


_OF_ANY_CALL = (
    Row(LoginRevoked, "login_revoked", _REVOKED, sign="accounttakedown:"),
    Row(LoginRevoked, "login_revoked", _REVOKED, sign="accountdeactivated:"),
    Row(LoginRevoked, "login_revoked", _REVOKED, sign="accountsuspended:"),
    Row(LoginRevoked, "login_revoked", _REVOKED, sign="authfactortokenrequired:"),
    Row(LoginRevoked, "login_revoked", _REVOKED, sign="invalid_grant:"),
    Row(LoginRevoked, "permission_missing", _REVOKED, (403,), "missing required scope"),
    Row(LoginExpired, "login_expired", _EXPIRED, (400,), "expiredtoken:"),
    Row(LoginExpired, "login_expired", _EXPIRED, (400,), "invalidtoken:"),
    Row(LoginExpired, "login_expired", _EXPIRED, (401,)),
    Row(UploadGone, "media_missing", "Bluesky lost a file: {words}", sign="blobnotfound:"),
    Row(NotPublished, "written_meanwhile", "Bluesky asks again: {words}", sign="invalidswap:"),
    Row(OutcomeUnknown, "already_there", _THERE, (400, 409), "already exists"),
    Row(RateLimited, "rate_limited", "Bluesky takes no more posts for now.", (429,)),
)
ANSWERS = AnswerTable(
    label="Bluesky",
    words=words_of,
    free_at=free_at,
    rows=(*_OF_ANY_CALL, Row(Refused, "refused", _REFUSED, (400, 413))),
)
UPLOADS = AnswerTable(
    label="Bluesky",
    words=words_of,
    free_at=free_at,
    rows=(*_OF_ANY_CALL, Row(Refused, "media_refused", _FILE_REFUSED, (400, 413, 415))),
)
"""The answers to everything about uploads."""


def url(login: Login, call: str) -> str:
    """Where the account's server offers ``call``."""
    return xrpc(login.base_url, call)


def xrpc(base_url: str, call: str) -> str:
    """Where the server at ``base_url`` offers ``call``."""
    return f"{base_url.rstrip('/')}/xrpc/{call}"


def bearer(login: Login) -> dict[str, str]:
    """The session's header; raises LoginExpired where there is no session yet."""
    token = login.secrets.get("access_jwt")
    if not token:
        raise LoginExpired("login_expired", "This Bluesky account has no session yet.")
    return {"Authorization": f"Bearer {token}"}
