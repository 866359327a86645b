"""What Facebook answers about Pages: its sheet's table, row by row, and what no row lists."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Response
from postclock.services.platforms.base import (
    Duplicate,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
    UploadGone,
)
from postclock.services.platforms.facebook_answers import ANSWERS, WITH_MEDIA

from .graph_cases import GENERIC_CASES, LOGIN, GraphCase, body, decided, rows_not_met
from .scripted import NOW

PERMISSION = "No permission to publish the video"
LONG = "Name parameter too long"
PRESET = "Invalid parameter text_format_preset_id"

Meaning = tuple[type[PlatformError], str]
BY_NUMBER: dict[int, Meaning] = {
    506: (Duplicate, "duplicate"),
    368: (RateLimited, "account_blocked"),
    1390008: (RateLimited, "too_fast"),
    1366046: (Refused, "media_refused"),
    1366051: (Duplicate, "duplicate"),
    1346003: (Refused, "content_refused"),
    1404102: (Refused, "content_refused"),
    1404006: (LoginRevoked, "account_checkpoint"),
    1404112: (LoginRevoked, "account_restricted"),
    1404078: (LoginRevoked, "page_unauthorized"),
    4854002: (LoginRevoked, "identity_unconfirmed"),
    1609008: (Refused, "link_refused"),
    1609005: (NotPublished, "link_unreadable"),
    2061006: (Refused, "link_refused"),
    1349125: (Refused, "media_refused"),
    2069019: (Refused, "media_refused"),
    1363047: (NotPublished, "unavailable"),
    1609010: (NotPublished, "unavailable"),
    197: (Refused, "post_empty"),
    1363040: (Refused, "media_refused"),
    1363127: (Refused, "media_refused"),
    1363128: (Refused, "media_refused"),
    1363129: (Refused, "media_refused"),
    6000: (NotPublished, "video_problem"),
    1363042: (LoginRevoked, "permission_missing"),
    1363023: (Refused, "media_refused"),
    1363022: (Refused, "media_refused"),
    1363030: (NotPublished, "upload_failed"),
    1363019: (NotPublished, "upload_failed"),
    1363037: (NotPublished, "upload_failed"),
}
"""The numbers of table 2.d, each a code or a subcode."""
AS_CODES = [GraphCase(number, None, *meaning) for number, meaning in BY_NUMBER.items()]
AS_SUBCODES = [
    GraphCase(100, number, *meaning)
    for number, meaning in BY_NUMBER.items()
    if number not in (506, 368)
]


def said(code: int, message: str, subcode: int | None = None) -> Response:
    return Response(400, {}, json.dumps(body(code, subcode, message)).encode())


@pytest.mark.parametrize("status", [200, 400, 403, 500])
@pytest.mark.parametrize("case", [*AS_CODES, *AS_SUBCODES, *GENERIC_CASES], ids=str)
def test_each_row_is_one_outcome_at_any_status(case: GraphCase, status: int) -> None:
    assert decided(ANSWERS, case, status) == (case.error, case.code)


def test_too_fast_comes_as_a_subcode_of_the_block() -> None:
    answer = said(368, "slow down", 1390008)
    error = ANSWERS.error(answer, LOGIN, NOW)
    assert isinstance(error, RateLimited)
    assert (error.problem.code, error.until) == ("too_fast", NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("message", "error", "code"),
    [
        (f"(#100) {PERMISSION}", LoginRevoked, "permission_missing"),
        (f"(#100) {LONG}", Refused, "refused"),
        (f"(#100) {PRESET}", Refused, "refused"),
        ("(#100) anything else", Refused, "refused"),
    ],
)
def test_some_answers_are_told_by_their_words(
    message: str, error: type[PlatformError], code: str
) -> None:
    raised = ANSWERS.error(said(100, message), LOGIN, NOW)
    assert (type(raised), raised.problem.code) == (error, code)


def test_every_row_has_a_case() -> None:
    met = rows_not_met(ANSWERS, [*AS_CODES, *AS_SUBCODES, *GENERIC_CASES])
    assert met == ["permission_missing", "refused"]  # those that are told by their words
    for message in (PERMISSION, LONG):
        row = ANSWERS.row_for(said(100, message))
        assert row
        assert row.sign == message.lower()


@pytest.mark.parametrize("code", [1, 2])
def test_a_500_may_have_published(code: int) -> None:
    answer = Response(500, {}, json.dumps(body(code, is_transient=True)).encode())
    error = ANSWERS.error(answer, LOGIN, NOW)
    assert isinstance(error, OutcomeUnknown)
    assert error.answered
    assert isinstance(ANSWERS.upload_error(answer, LOGIN, NOW), NotPublished)


def test_what_is_missing_is_an_upload_where_there_are_any() -> None:
    missing = said(100, "Object does not exist", 33)
    assert type(ANSWERS.error(missing, LOGIN, NOW)) is Refused
    assert type(WITH_MEDIA.error(missing, LOGIN, NOW)) is UploadGone
    assert type(WITH_MEDIA.error(said(100, "Invalid parameter"), LOGIN, NOW)) is Refused


@pytest.mark.parametrize("status", [200, 302, 404, 408, 500, 502, 503])
@pytest.mark.parametrize("text", ["", "{", "<html>Sorry</html>", "[]", "null", '{"error":7}'])
def test_what_says_nothing_leaves_the_outcome_open(status: int, text: str) -> None:
    error = ANSWERS.error(Response(status, {}, text.encode()), LOGIN, NOW)
    assert isinstance(error, OutcomeUnknown)
    assert error.answered


@pytest.mark.parametrize("code", [7, 99, 1000, 12345, 987654321])
def test_an_unknown_code_is_a_refusal_in_facebooks_words(code: int) -> None:
    error = ANSWERS.error(said(code, "so it is"), LOGIN, NOW)
    assert (type(error), error.problem.code) == (Refused, "refused")
    assert "so it is" in error.problem.message
    transient: Any = body(code, None, "wait", is_transient=True)
    answer = Response(400, {}, json.dumps(transient).encode())
    assert isinstance(ANSWERS.error(answer, LOGIN, NOW), OutcomeUnknown)


def test_no_answer_is_recorded_with_a_secret() -> None:
    error = ANSWERS.error(said(100, "the token a-secret-token is odd"), LOGIN, NOW)
    assert "a-secret-token" not in f"{error} {error.answer}"
    hidden = replace(LOGIN, secrets={"access_token": "x-1", "user_token": "a-secret-token"})
    error = ANSWERS.error(said(190, "a-secret-token"), hidden, NOW)
    assert "a-secret-token" not in f"{error} {error.answer}"
