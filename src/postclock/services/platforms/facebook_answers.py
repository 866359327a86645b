"""What Facebook answers about Pages (contract sheet 2.d), and where and as whom it is asked."""

from __future__ import annotations

from postclock.services.platforms.base import (
    Duplicate,
    Login,
    LoginRevoked,
    NotPublished,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.graph import bearer
from postclock.services.platforms.graph_answers import GENERIC, Code, GraphRow, GraphTable

LABEL = "Facebook"
MISSING: Code = (100, 33)
"""An object that does not exist, or that this token may not see."""
WRONG_OFFSET = 1363037


def either(*numbers: int) -> tuple[Code, ...]:
    """Each number, whether it comes as a code or as a subcode."""
    return tuple(code for number in numbers for code in ((number, None), (None, number)))


_CONTENT = "Facebook refused what the post says: {words}"
_LINK = "Facebook refused the link: {words}"
_FILE = "Facebook refused a picture or video: {words}"
_PHOTO = "Facebook takes pictures up to 4 MB, as JPEG or PNG: {words}"
_PROBLEM = "Facebook has trouble with the video file: {words}"
_AGAIN = "Facebook did not take a piece of the video: {words}"
_BUSY = "Facebook is not available for now: {words}"
_CHECK = "Facebook wants the Page's owner to pass a security check there: {words}"
_LIMITED = "Facebook has limited this account for some days: {words}"
_PAGE = "Facebook wants the Page's owner to complete “Page publishing authorization”: {words}"
_IDENTITY = "Facebook wants the Page's owner to confirm their identity in its app: {words}"
_SCOPES = "Facebook does not let this connection publish videos: connect it again ({words})."
_POSTED = "Facebook says that these photos were posted already."
_PACE = "Facebook says that this Page posts too fast: it is sent later."
_EMPTY = "Facebook says that the post is empty: write something."
_LONG = "Facebook says that the text is too long: {words}"
_GONE = "Facebook does not have the photos or the video (any more): {words}"

OWN: tuple[GraphRow, ...] = (
    GraphRow(RateLimited, "too_fast", _PACE, codes=either(1390008)),
    GraphRow(Duplicate, "duplicate", _POSTED, codes=either(1366051)),
    GraphRow(Refused, "media_refused", _PHOTO, codes=either(1366046)),
    GraphRow(Refused, "content_refused", _CONTENT, codes=either(1346003, 1404102)),
    GraphRow(LoginRevoked, "account_checkpoint", _CHECK, codes=either(1404006)),
    GraphRow(LoginRevoked, "account_restricted", _LIMITED, codes=either(1404112)),
    GraphRow(LoginRevoked, "page_unauthorized", _PAGE, codes=either(1404078)),
    GraphRow(LoginRevoked, "identity_unconfirmed", _IDENTITY, codes=either(4854002)),
    GraphRow(Refused, "link_refused", _LINK, codes=either(1609008, 2061006)),
    GraphRow(
        Refused, "media_refused", _FILE,
        codes=either(
            1349125, 2069019, 1363040, 1363127, 1363128, 1363129, 1363022, 1363023
        ),
    ),
    GraphRow(NotPublished, "unavailable", _BUSY, codes=either(1363047, 1609010)),
    GraphRow(Refused, "post_empty", _EMPTY, codes=either(197)),
    GraphRow(
        LoginRevoked, "permission_missing", _SCOPES, codes=((100, None),),
        sign="no permission to publish the video",
    ),
    GraphRow(LoginRevoked, "permission_missing", _SCOPES, codes=either(1363042)),
    GraphRow(
        Refused, "refused", _LONG, codes=((None, None),), sign="name parameter too long",
    ),
    GraphRow(NotPublished, "video_problem", _PROBLEM, codes=either(6000)),
    GraphRow(NotPublished, "upload_failed", _AGAIN, codes=either(1363030, 1363019, WRONG_OFFSET)),
)  # fmt: skip
"""What the sheet lists for Pages beside the codes that all of Meta's platforms share."""

ANSWERS = GraphTable(LABEL, (*OWN, *GENERIC))
WITH_MEDIA = GraphTable(
    LABEL, (GraphRow(UploadGone, "media_missing", _GONE, codes=(MISSING,)), *OWN, *GENERIC)
)
"""The answers to what names uploads: what is missing is one of them."""


def signed(login: Login) -> dict[str, str]:
    """The Page's token in its header."""
    return bearer(token_of(login))


def token_of(login: Login) -> str:
    """The Page's token; raises LoginRevoked where there is none."""
    token = login.secrets.get("access_token")
    if not token:
        raise LoginRevoked("login_revoked", "Connect this Page: it has no login yet.")
    return token
