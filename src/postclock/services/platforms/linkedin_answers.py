"""What LinkedIn answers (contract sheet 2d), and where and as whom it is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from yarl import URL

from postclock.http import Response, verbatim
from postclock.services.platforms.answers import AnswerTable, Row, moment
from postclock.services.platforms.base import (
    Duplicate,
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.json_reading import field, instant, objects, word
from postclock.services.platforms.uploads import PAUSE

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""The waits after a 429; then until its quotas begin anew, at midnight UTC. No header names one."""
QUOTA_PAUSE = PAUSES[-1]
FRESH = timedelta(seconds=60)
"""A token so young may be called revoked where it is only not known everywhere yet."""

_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):\d{1,20}", re.ASCII)
_TRACES = ("x-li-uuid", "x-li-request-id", "x-li-fabric")


def words_of(response: Response) -> str:
    """LinkedIn's own words, from any of its three error shapes."""
    body = response.json()
    parts = [word(field(body, name)) for name in ("code", "message")]
    for one in objects(field(body, "errorDetails", "inputErrors")):
        parts += [word(one.get("code")), word(one.get("description"))]
    return " ".join(dict.fromkeys(part for part in parts if part))


def free_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When LinkedIn may take posts again: as a header says, else after the longest pause."""
    return moment(headers.get("Retry-After"), now) or next_try(len(PAUSES) - 1, now)


def next_try(throttled: int, now: datetime) -> datetime:
    """When to try again after so many 429s in a row before; never past the next midnight UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    pause = PAUSES[throttled] if throttled < len(PAUSES) else timedelta(days=1)
    return min(now + pause, midnight)


def duplicate_of(response: Response) -> str | None:
    """The post that a refusal as duplicate names."""
    found = _URN.search(words_of(response))
    return found[0] if found else None


_EXPIRED = "LinkedIn asks for a fresh login."
_REVOKED = "LinkedIn no longer accepts this login: connect the account again ({words})."
_NOT_ALLOWED = (
    "LinkedIn does not let this connection do that: connect the account again, as somebody who may "
    "post for it and with everything allowed ({words})."
)
_FOREIGN = "LinkedIn says that the media belong to somebody else: {words}"
_ASSET = "LinkedIn could not process the media: use another file ({words})."
_PROCESSING = "LinkedIn is still preparing the media."
_GONE = "LinkedIn does not have the media (any more): {words}"
_DUPLICATE = "LinkedIn has this same post already: {words}"
_VERSION = (
    "LinkedIn has switched off the API version that this installation asks for: its operator must "
    "set a newer one ({words})."
)
_REFUSED = "LinkedIn refused the post: {words}"
_MEDIUM = "LinkedIn refused a file: {words}"
_FAILED = "LinkedIn failed while it took the post: {words}"

_LOGIN = (
    Row(LoginRevoked, "login_revoked", _REVOKED, (401,), "revoked"),
    Row(LoginExpired, "login_expired", _EXPIRED, (401,)),
)
_ACCESS = (
    Row(LoginRevoked, "permission_missing", _NOT_ALLOWED, (403,), "access_denied"),
    Row(LoginRevoked, "permission_missing", _NOT_ALLOWED, (403,), "not enough permissions"),
)
_WAIT = (
    Row(RateLimited, "operator_version_ended", _VERSION, (426,)),
    Row(RateLimited, "rate_limited", "LinkedIn takes no more posts for now.", (429,)),
)

ANSWERS = AnswerTable(
    label="LinkedIn",
    words=words_of,
    free_at=free_at,
    rows=(
        # With a 4xx too: it failed on the way, and does not say how far it had come.
        Row(OutcomeUnknown, "server_error", _FAILED, sign="unable to obtain activity"),
        Row(OutcomeUnknown, "server_error", _FAILED, sign="service unavailable"),
        *_LOGIN,
        Row(Refused, "media_not_owned", _FOREIGN, (403,), "resource is forbidden"),
        *_ACCESS,
        Row(NotReady, "media_processing", _PROCESSING, (400,), "media_asset_waiting_upload"),
        Row(NotReady, "media_processing", _PROCESSING, (400,), "still processing"),
        Row(Refused, "media_refused", _ASSET, (400,), "media_asset_processing_failed"),
        Row(UploadGone, "media_missing", _GONE, (400,), "expired_upload_url"),
        Row(Duplicate, "duplicate", _DUPLICATE, (422,), "duplicate"),
        Row(Refused, "refused", _REFUSED, (400, 404, 409, 411, 413, 415, 422)),
        *_WAIT,
        Row(OutcomeUnknown, "server_error", _FAILED, (500, 502, 503, 504)),
    ),
)
UPLOADS = AnswerTable(
    label="LinkedIn",
    words=words_of,
    free_at=free_at,
    rows=(
        *_LOGIN,
        *_ACCESS,
        Row(UploadGone, "media_missing", _GONE, (400,), "expired_upload_url"),
        Row(Refused, "media_refused", _MEDIUM, (400, 403, 404, 409, 411, 413, 415, 422)),
        *_WAIT,
    ),
)
"""The answers to everything about uploads (/rest/images, /rest/videos, the upload addresses)."""


def refusal(
    answer: Response, login: Login, now: datetime, *, upload: bool = False
) -> PlatformError:
    """The one error that ``answer`` means; its record names LinkedIn's traces.

    What is still processed is asked for soon. A token that was given a moment ago is not believed
    to be revoked.
    """
    error = (
        UPLOADS.upload_error(answer, login, now) if upload else ANSWERS.error(answer, login, now)
    )
    if isinstance(error, LoginRevoked) and answer.status == 401 and _is_fresh(login, now):
        message = "LinkedIn does not know the new login everywhere yet: tried again in a moment."
        error = NotPublished("login_too_new", message, answer=error.answer)
    if isinstance(error, NotReady):
        error.until = now + PAUSE
    traces = [f"{name}={answer.headers[name][:80]}" for name in _TRACES if name in answer.headers]
    error.answer = " ".join([error.answer or "", *traces]).strip()
    return error


def url(login: Login, *path: str, **query: str) -> URL:
    """An address of the API; a URN has every sign encoded."""
    return address(login.base_url, *path, **query)


def address(base_url: str, *path: str, **query: str) -> URL:
    """An address below ``base_url``, encoded as Rest.li wants it."""
    whole = "/".join([base_url.rstrip("/"), *(quote(part, safe="") for part in path)])
    return verbatim(f"{whole}?{urlencode(query, quote_via=quote, safe='')}" if query else whole)


def bearer(login: Login) -> dict[str, str]:
    token = login.secrets.get("access_token")
    if not token:
        raise LoginRevoked("login_revoked", "Connect this LinkedIn account: it has no login yet.")
    return {"Authorization": f"Bearer {token}"}


def rest(login: Login, version: str) -> dict[str, str]:
    """The headers of every call to the versioned API."""
    return {**bearer(login), **versioned(version)}


def versioned(version: str) -> dict[str, str]:
    return {"LinkedIn-Version": version, "X-Restli-Protocol-Version": "2.0.0"}


def author_of(login: Login) -> str:
    """Whose post it is: an organisation's id is its URN, a person's is not."""
    remote_id = login.remote_id
    return remote_id if remote_id.startswith("urn:li:") else f"urn:li:person:{remote_id}"


def is_organization(login: Login) -> bool:
    return author_of(login).startswith("urn:li:organization:")


def _is_fresh(login: Login, now: datetime) -> bool:
    issued = instant(login.secrets.get("issued_at"))
    return issued is not None and timedelta(0) <= now - issued < FRESH
