"""Instagram's answers, row by row of the contract sheet's table (1.d)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from postclock.http import Response
from postclock.services.platforms.base import (
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
from postclock.services.platforms.instagram_answers import ANSWERS, of_processing

from .graph_cases import GENERIC_CASES, LOGIN, GraphCase, body, decided, rows_not_met
from .scripted import NOW

ROWS = [
    GraphCase(-2, 2207003, UploadGone, "media_not_fetched"),
    GraphCase(-2, 2207020, UploadGone, "media_missing"),
    GraphCase(-1, 2207001, OutcomeUnknown, "server_error"),
    GraphCase(-1, 2207032, UploadGone, "media_failed"),
    GraphCase(-1, 2207053, UploadGone, "media_failed"),
    GraphCase(1, 2207057, Refused, "thumbnail_refused"),
    GraphCase(4, 2207051, RateLimited, "account_blocked"),
    GraphCase(9, 2207042, RateLimited, "quota_used"),
    GraphCase(24, 2207006, UploadUsed, "media_missing"),
    GraphCase(24, 2207008, UploadUsed, "media_missing"),
    GraphCase(25, 2207050, LoginRevoked, "account_restricted"),
    GraphCase(100, 2207023, Refused, "refused"),
    GraphCase(100, 2207028, Refused, "carousel_refused"),
    *(
        GraphCase(100, subcode, Refused, "product_tags_refused")
        for subcode in (2207035, 2207036, 2207037, 2207040)
    ),
    GraphCase(352, 2207026, Refused, "video_refused"),
    GraphCase(9004, 2207052, UploadGone, "media_not_fetched"),
    GraphCase(9007, 2207027, NotPublished, "media_processing"),
    GraphCase(36000, 2207004, Refused, "media_too_large"),
    GraphCase(36001, 2207005, Refused, "media_type_refused"),
    GraphCase(36003, 2207009, Refused, "media_shape"),
    GraphCase(36004, 2207010, Refused, "caption_refused"),
    GraphCase(-1, 2207081, Refused, "trial_refused"),
    GraphCase(-1, 2207082, UploadGone, "media_failed"),
    GraphCase(-1, 2207076, UploadGone, "media_failed"),
    GraphCase(-1, 2207077, UploadGone, "media_failed"),
    GraphCase(80002, None, RateLimited, "rate_limited"),
    GraphCase(4, None, RateLimited, "rate_limited"),
    GraphCase(17, None, RateLimited, "rate_limited"),
]
WORDS = [
    ("The user is not an Instagram Business", LoginRevoked, "account_personal"),
    ("The session has been invalidated because …", LoginExpired, "login_expired"),
]


@pytest.mark.parametrize("status", [400, 403, 500])
@pytest.mark.parametrize("case", [*ROWS, *GENERIC_CASES], ids=str)
def test_the_code_decides_at_any_status(case: GraphCase, status: int) -> None:
    assert decided(ANSWERS, case, status) == (case.error, case.code)


@pytest.mark.parametrize(("words", "error", "code"), WORDS)
def test_two_answers_have_no_code_of_their_own(
    words: str, error: type[PlatformError], code: str
) -> None:
    answer = Response(400, {}, json.dumps(body(10_000, message=words)).encode())
    raised = ANSWERS.error(answer, LOGIN, NOW)
    assert (type(raised), raised.problem.code) == (error, code)


def test_every_row_has_a_case() -> None:
    assert rows_not_met(ANSWERS, [*ROWS, *GENERIC_CASES]) == ["account_personal", "login_expired"]


def test_a_block_is_waited_out() -> None:
    raised = ANSWERS.error(GraphCase(4, 2207051, RateLimited, "").response(), LOGIN, NOW)
    assert isinstance(raised, RateLimited)
    assert raised.until == NOW + timedelta(hours=24)


@pytest.mark.parametrize("case", ROWS, ids=str)
def test_of_a_creation_nothing_is_in_doubt(case: GraphCase) -> None:
    assert not isinstance(ANSWERS.upload_error(case.response(), LOGIN, NOW), OutcomeUnknown)


@pytest.mark.parametrize(
    ("said", "error", "code"),
    [
        ("Error: Media upload has failed with error code 2207026", Refused, "video_refused"),
        ("Error: 2207052", UploadGone, "media_not_fetched"),
        ("2207077 Error", UploadGone, "media_failed"),
        ("Error: something 22070269", UploadGone, "media_failed"),
        ("Error", UploadGone, "media_failed"),
        ("", UploadGone, "media_failed"),
    ],
)
def test_a_container_that_failed_says_why_by_a_subcode_in_its_text(
    said: str, error: type[PlatformError], code: str
) -> None:
    raised = of_processing(said, LOGIN, NOW)
    assert (type(raised), raised.problem.code) == (error, code)
