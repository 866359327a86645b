"""What Instagram answers (contract sheet 1.d): read by code and subcode, and where it is asked."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime

from postclock.http import Response
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    UploadGone,
    UploadUsed,
)
from postclock.services.platforms.graph_answers import GENERIC, Code, GraphRow, GraphTable

LABEL = "Instagram"
SUBCODE = re.compile(r"\b2207\d{3}\b", re.ASCII)


def _of(*subcodes: int) -> tuple[Code, ...]:
    return tuple((None, subcode) for subcode in subcodes)


_FETCH = "Instagram could not fetch the media from Postclock’s public address: {words}"
_PROCESSING = "Instagram could not process the media: {words}"
_GONE = "Instagram does not have what was prepared (any more): {words}"
_BLOCKED = "Instagram keeps this account from publishing for a while: {words}"
_RESTRICTED = "Instagram restricts this account: open it in the app and confirm it ({words})."
_PERSONAL = (
    "Instagram publishes by apps only to professional accounts: switch it back to one ({words})."
)

ANSWERS = GraphTable(
    label=LABEL,
    rows=(
        GraphRow(UploadGone, "media_not_fetched", _FETCH, codes=_of(2207003, 2207052)),
        GraphRow(UploadGone, "media_missing", _GONE, codes=_of(2207020)),
        GraphRow(
            OutcomeUnknown, "server_error", "Instagram failed while it took the post ({words}).",
            codes=_of(2207001),
        ),
        GraphRow(
            UploadGone, "media_failed", _PROCESSING,
            codes=_of(2207032, 2207053, 2207076, 2207077, 2207082),
        ),
        GraphRow(
            Refused, "thumbnail_refused", "The cover’s moment lies outside the video: {words}",
            codes=_of(2207057),
        ),
        GraphRow(RateLimited, "account_blocked", _BLOCKED, codes=_of(2207051), blocks=True),
        GraphRow(
            RateLimited, "quota_used", "Instagram takes no more posts of this account today.",
            codes=_of(2207042),
        ),
        GraphRow(UploadUsed, "media_missing", _GONE, codes=_of(2207006, 2207008)),
        GraphRow(LoginRevoked, "account_restricted", _RESTRICTED, codes=_of(2207050)),
        GraphRow(
            Refused, "carousel_refused", "Instagram refused the carousel: {words}",
            codes=_of(2207028),
        ),
        GraphRow(
            Refused, "product_tags_refused", "Instagram refused the product tags: {words}",
            codes=_of(2207035, 2207036, 2207037, 2207040),
        ),
        GraphRow(
            Refused, "video_refused", "Instagram cannot read this video: {words}",
            codes=_of(2207026),
        ),
        GraphRow(
            NotPublished, "media_processing", "Instagram is still preparing the media.",
            codes=_of(2207027),
        ),
        GraphRow(
            Refused, "media_too_large", "Instagram takes images up to 8 MB: {words}",
            codes=_of(2207004),
        ),
        GraphRow(
            Refused, "media_type_refused", "Instagram takes JPEG images: {words}",
            codes=_of(2207005),
        ),
        GraphRow(
            Refused, "media_shape", "Instagram takes no image of this shape, crop it: {words}",
            codes=_of(2207009),
        ),
        GraphRow(
            Refused, "caption_refused", "Instagram refused the caption: {words}",
            codes=_of(2207010),
        ),
        GraphRow(
            Refused, "trial_refused", "This account has no trial reels: {words}",
            codes=_of(2207081),
        ),
        GraphRow(Refused, "refused", "Instagram refused the post: {words}", codes=_of(2207023)),
        GraphRow(
            LoginRevoked, "account_personal", _PERSONAL, codes=((None, None),),
            sign="not an instagram business",
        ),
        GraphRow(
            LoginExpired, "login_expired", "Instagram asks for a fresh login ({words}).",
            codes=((None, None),), sign="session has been invalidated",
        ),
        *GENERIC,
    ),
)  # fmt: skip
"""The answers to a container's creation and to the publishing call."""

FLAGGED = 2207051
"""The subcode of a block for spam, with which posts have been published all the same."""


def of_processing(said: str, login: Login, now: datetime) -> PlatformError:
    """What a container's ``status`` means whose processing failed: its text holds a subcode."""
    found = SUBCODE.search(said)
    rows = [row for row in ANSWERS.rows if isinstance(row, GraphRow)]
    for row in rows if found else ():
        if found and any(subcode == int(found[0]) for _, subcode in row.codes):
            table = replace(ANSWERS, rows=(row,))
            return table.upload_error(_as_answer(int(found[0]), said), login, now)
    words = " ".join(said.split())[:200] or "it did not say why"
    return UploadGone("media_failed", _PROCESSING.replace("{words}", words))


def _as_answer(subcode: int, said: str) -> Response:
    error = {"code": -1, "error_subcode": subcode, "message": said}
    return Response(400, {}, json.dumps({"error": error}).encode())
