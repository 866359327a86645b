"""What became of a task (contract sheet 4.b.5): its status, and why one fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import CannotTell
from postclock.services.platforms.answers import look_refused, looking
from postclock.services.platforms.base import Login, LoginExpired, OutcomeUnknown
from postclock.services.platforms.json_reading import field, word, words
from postclock.services.platforms.tiktok_answers import (
    LABEL,
    bearer,
    code_of,
    succeeded,
    url,
    words_of,
)

UPLOADING, PULLING = "PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD"
COMPLETE, IN_INBOX, FAILED = "PUBLISH_COMPLETE", "SEND_TO_USER_INBOX", "FAILED"


@dataclass(frozen=True, slots=True)
class Status:
    """One task as TikTok tells it; ``post_id`` is empty until the post may be seen by all."""

    name: str
    reason: str = ""
    post_id: str = ""
    uploaded: int | None = None


class Forgotten(Exception):
    """TikTok does not know the task (any more)."""


async def fetch_status(http: Http, login: Login, publish_id: str) -> Status | CannotTell:
    """What became of ``publish_id``.

    Raises Forgotten, LoginExpired, and OutcomeUnknown when a later look may succeed.
    """
    with looking(LABEL):
        answer = await http.request(
            "POST", url(login, "/v2/post/publish/status/fetch/"), headers=bearer(login),
            json={"publish_id": publish_id},
        )  # fmt: skip
    code, data = code_of(answer), field(answer.json(), "data")
    if code == "invalid_publish_id":
        raise Forgotten
    if code == "access_token_invalid":
        raise LoginExpired("login_expired", "TikTok wants a fresh login.")
    if code in ("rate_limit_exceeded", "internal_error"):
        raise OutcomeUnknown("look_failed", f"TikTok could not be asked ({code}).", answered=True)
    if not succeeded(answer) or not word(field(data, "status")):
        return look_refused(LABEL, answer, words_of(answer))
    uploaded = field(data, "uploaded_bytes")
    return Status(
        word(field(data, "status")),
        word(field(data, "fail_reason")),
        next(iter(words(field(data, "publicaly_available_post_id"))), ""),
        uploaded if isinstance(uploaded, int) and not isinstance(uploaded, bool) else None,
    )


# --- why a task fails ----------------------------------------------------------------------------

AGAIN = frozenset({
    "internal", "video_pull_failed", "photo_pull_failed",
    "auth_removed", "spam_risk_too_many_posts", "spam_risk_user_banned_from_posting",
})  # fmt: skip
"""Nothing was published, and a new task may go better, or says at once why it does not: the next
one meets the lost login, the full day or the ban where it can be waited for."""
MOST_TASKS = 3
"""How many may fail so before it is the author's turn."""
FAILURES: Mapping[str, Problem] = {
    "file_format_check_failed": Problem(
        "media_refused", "TikTok cannot read this video: encode it as MP4 with H.264."
    ),
    "duration_check_failed": Problem("video_length_refused", "TikTok refused the video's length."),
    "frame_rate_check_failed": Problem(
        "video_frame_rate", "TikTok takes 23 to 60 frames a second, this video has others."
    ),
    "picture_size_check_failed": Problem(
        "media_size_refused",
        "TikTok refused the size of the picture: "
        "videos have 360 to 4096 pixels a side, photos up to 1080.",
    ),
    "internal": Problem(
        "processing_failed", "TikTok failed to process it, several times: try later."
    ),
    "video_pull_failed": Problem(
        "media_not_fetched", "TikTok could not fetch the video from here, several times."
    ),
    "photo_pull_failed": Problem(
        "media_not_fetched",
        "TikTok could not fetch the photos from this server,"
        " several times: they must be reachable by HTTPS.",
    ),
    "publish_cancelled": Problem("publish_cancelled", "The post was canceled on TikTok's side."),
    "auth_removed": Problem(
        "permission_missing",
        "TikTok took this connection's right to post away: connect the account again, then retry.",
    ),
    "spam_risk_too_many_posts": Problem(
        "posts_exhausted", "TikTok takes no more posts of this account today: retry tomorrow."
    ),
    "spam_risk_user_banned_from_posting": Problem(
        "account_banned",
        "TikTok has banned this account from posting: settle it in the app, then retry.",
    ),
    "spam_risk_text": Problem("text_spam", "TikTok takes this text for spam: change it."),
    "spam_risk": Problem("post_spam", "TikTok takes this post for spam: change it."),
}
"""What each ``fail_reason`` means in the end: a code, and a sentence for a person."""


def failure_problem(reason: str) -> Problem:
    """Why TikTok did not publish, for a person."""
    if reason in FAILURES:
        return FAILURES[reason]
    return Problem("refused", f"TikTok did not publish it: {reason[:100] or 'no reason given'}.")
