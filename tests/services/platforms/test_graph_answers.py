"""Meta's generic answers: read by code and subcode, whatever the status and the words are."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from postclock.http import Response
from postclock.services.platforms.base import (
    LoginExpired,
    NotPublished,
    OutcomeUnknown,
    RateLimited,
    Refused,
)
from postclock.services.platforms.graph_answers import GENERIC, GraphTable, free_at, usage

from .graph_cases import GENERIC_CASES, LOGIN, GraphCase, body, decided, rows_not_met
from .scripted import NOW

TABLE = GraphTable("Pretend", GENERIC)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
@pytest.mark.parametrize("case", GENERIC_CASES, ids=str)
def test_the_code_decides_at_any_status(case: GraphCase, status: int) -> None:
    assert decided(TABLE, case, status) == (case.error, case.code)


def test_every_generic_row_has_a_case() -> None:
    assert rows_not_met(TABLE, GENERIC_CASES) == []


@pytest.mark.parametrize("status", [200, 302, 400, 408, 500, 503])
@pytest.mark.parametrize("said", ["", "{", "<html>", "[]", {}, {"error": "Odd"}, {"error": {}}])
def test_an_answer_without_an_error_body_leaves_the_outcome_open(status: int, said: Any) -> None:
    text = said if isinstance(said, str) else json.dumps(said)
    error = TABLE.error(Response(status, {}, text.encode()), LOGIN, NOW)
    assert isinstance(error, OutcomeUnknown)
    assert error.answered


def test_an_unlisted_code_is_a_refusal_unless_it_may_pass_by_itself() -> None:
    odd = body(99999, message="Never seen a-secret-token")
    refused = TABLE.error(Response(400, {}, json.dumps(odd).encode()), LOGIN, NOW)
    assert isinstance(refused, Refused)
    assert str(refused) == "Pretend refused the post: Never seen [secret]"
    assert "a-secret-token" not in (refused.answer or "")
    for status, passes in ((400, True), (500, False)):
        said = json.dumps(body(99999, is_transient=passes)).encode()
        assert isinstance(TABLE.error(Response(status, {}, said), LOGIN, NOW), OutcomeUnknown)
        upload = TABLE.upload_error(Response(status, {}, said), LOGIN, NOW)
        assert isinstance(upload, NotPublished)
        assert upload.problem.code == "upload_failed"


@pytest.mark.parametrize(
    ("kind", "retriable", "error"),
    [
        ("NotAuthorizedError", False, LoginExpired),
        ("ProcessingFailedError", False, Refused),
        ("ProcessingFailedError", True, NotPublished),
        ("OffsetInvalidError", False, NotPublished),
        ("PartialRequestError", False, NotPublished),
        ("Odd", None, NotPublished),
    ],
)
def test_the_servers_for_bytes_have_a_body_of_their_own(
    kind: str, retriable: bool | None, error: type[Exception]
) -> None:
    said = {"debug_info": {"retriable": retriable, "type": kind, "message": "so it is"}}
    answer = Response(400, {}, json.dumps(said).encode())
    raised = TABLE.upload_error(answer, LOGIN, NOW)
    assert type(raised) is error


def test_a_block_is_waited_out_and_a_limit_until_the_budget_is_back() -> None:
    limit, blocked = (
        TABLE.error(Response(400, {}, json.dumps(body(code)).encode()), LOGIN, NOW)
        for code in (80002, 368)
    )
    assert isinstance(limit, RateLimited)
    assert isinstance(blocked, RateLimited)
    assert (limit.until, blocked.until) == (NOW + timedelta(hours=1), NOW + timedelta(hours=24))


@pytest.mark.parametrize(
    ("header", "minutes"),
    [
        ('{"1": [{"type": "instagram", "estimated_time_to_regain_access": 17}]}', 17),
        ('{"1": [{"estimated_time_to_regain_access": 3}], "2": [{}, 7]}', 60 - 57),
        ('{"1": [{"estimated_time_to_regain_access": 0}]}', 60),
        ('{"1": [{"estimated_time_to_regain_access": 1e99}]}', 24 * 60),
        ("{", 60),
        ("[]", 60),
        ("", 60),
    ],
)
def test_a_usage_header_tells_when_calls_are_taken_again(header: str, minutes: int) -> None:
    headers = {"X-Business-Use-Case-Usage": header}
    assert free_at(headers, NOW) == NOW + timedelta(minutes=minutes)


def test_the_fullest_budget_counts() -> None:
    app = '{"call_count": 28, "total_time": 96, "total_cputime": "x"}'
    business = '{"1": [{"call_count": 40, "total_cputime": 25, "total_time": 25}]}'
    assert usage({"X-App-Usage": app}) == 96
    assert usage({"X-Business-Use-Case-Usage": business}) == 40
    assert usage({}) == usage({"X-App-Usage": "{"}) == 0
