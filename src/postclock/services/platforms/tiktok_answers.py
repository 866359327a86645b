"""What TikTok answers (contract sheet 4.d), and where and as whom it is asked.

``error.code`` decides, not the HTTP status: some failures come with 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from postclock.http import Response
from postclock.services.platforms.answers import AnswerTable, Row
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
from postclock.services.platforms.json_reading import field, word

LABEL = "TikTok"
OK = "ok"
MINUTE = timedelta(seconds=65)
"""The sliding minute of a limit, with a margin; no header tells when it is free."""
DAY = timedelta(hours=24)

_STALE = "TikTok wants a fresh login."
_REVOKED = "TikTok does not let this connection post: connect the account again ({words})."
_BANNED = "TikTok has banned this account from posting: settle it in the app ({words})."
_MANY = "TikTok takes no more posts of this account today: it is tried again in some hours."
_DRAFTS = "Too many drafts wait in the TikTok app: finish or delete some there."
_FULL = "This installation's TikTok app has no room for more people today: it is tried tomorrow."
_AUDIT = (
    "This installation's TikTok app is not audited: it may post only for “only me”, to private "
    "accounts ({words})."
)
_ADDRESS = "TikTok does not fetch from this server: its operator must verify the address ({words})."
_PRIVACY = "TikTok does not offer this account the chosen audience: choose another ({words})."
_OLD = "The TikTok app of this account is too old for drafts: update it, then retry."


def code_of(response: Response) -> str:
    """The platform's own code: ``ok``, an error's, or empty."""
    return word(field(response.json(), "error", "code"))


def words_of(response: Response) -> str:
    """The code and what TikTok says about it."""
    error = field(response.json(), "error")
    if isinstance(error, str):
        return ": ".join(filter(None, (error, word(field(response.json(), "error_description")))))
    return ": ".join(filter(None, (word(field(error, "code")), word(field(error, "message")))))


def succeeded(response: Response) -> bool:
    """Whether it did what was asked."""
    return response.ok and code_of(response) in ("", OK)


def free_at(_headers: Mapping[str, str], now: datetime) -> datetime:
    """When TikTok takes more: no header tells."""
    return now + MINUTE


ANSWERS = AnswerTable(
    label=LABEL,
    words=words_of,
    free_at=free_at,
    rows=(
        Row(LoginExpired, "login_expired", _STALE, sign="access_token_invalid"),
        Row(LoginRevoked, "permission_missing", _REVOKED, sign="scope_not_authorized"),
        Row(LoginRevoked, "permission_missing", _REVOKED, sign="scope_permission_missed"),
        Row(LoginRevoked, "account_banned", _BANNED, sign="spam_risk_user_banned_from_posting"),
        Row(RateLimited, "posts_exhausted", _MANY, sign="spam_risk_too_many_posts"),
        Row(RateLimited, "drafts_waiting", _DRAFTS, sign="spam_risk_too_many_pending_share"),
        Row(RateLimited, "app_full", _FULL, sign="reached_active_user_cap"),
        Row(Refused, "app_unaudited", _AUDIT, sign="unaudited_client_can_only_post_to_private"),
        Row(Refused, "address_unverified", _ADDRESS, sign="url_ownership_unverified"),
        Row(Refused, "privacy_unavailable", _PRIVACY, sign="privacy_level_option_mismatch"),
        Row(Refused, "app_outdated", _OLD, sign="app_version_check_failed"),
        Row(RateLimited, "rate_limited", "TikTok is asked too often.", sign="rate_limit_exceeded"),
        Row(RateLimited, "rate_limited", "TikTok is asked too often.", (429,)),
        Row(LoginExpired, "login_expired", _STALE, (401,)),
        Row(Refused, "refused", "TikTok refused the post: {words}", (400, 403)),
    ),
)
LAST_CHUNK = AnswerTable(
    label=LABEL,
    words=words_of,
    free_at=free_at,
    rows=(
        Row(UploadUsed, "media_missing", "TikTok did not take the video's end.", (400, 403)),
        Row(UploadUsed, "media_missing", "TikTok no longer takes this upload.", (404, 416)),
        Row(RateLimited, "rate_limited", "TikTok takes no uploads for now.", (429,)),
    ),
)
"""The answers to the last chunk of a video, which publishes it."""


def error_of(
    response: Response, login: Login, now: datetime, tries_again: timedelta
) -> PlatformError:
    """The one error that an answer means; ``tries_again``: after the cap on posts of a day."""
    error = ANSWERS.error(_by_code(response), login, now)
    waits = {"posts_exhausted": tries_again, "drafts_waiting": DAY, "app_full": DAY}
    if isinstance(error, RateLimited) and error.problem.code in waits:
        error.until = now + waits[error.problem.code]
    return error


def harmless(error: PlatformError) -> PlatformError:
    """The same of a call that publishes nothing: of such there is no unknown outcome."""
    if isinstance(error, OutcomeUnknown):
        return NotPublished("upload_failed", str(error), answer=error.answer)
    return error


def _by_code(response: Response) -> Response:
    """The answer with the status that its code means, where they contradict each other."""
    code = code_of(response)
    if not response.ok or code in ("", OK):
        return response
    return replace(response, status=500 if code == "internal_error" else 400)


def url(login: Login, path: str) -> str:
    return login.base_url.rstrip("/") + path


def bearer(login: Login) -> dict[str, str]:
    token = login.secrets.get("access_token")
    if not token:
        raise LoginExpired("login_expired", "This account has no access token yet.")
    return {"Authorization": f"Bearer {token}"}
