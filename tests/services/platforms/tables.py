"""What every error table must do with answers that its sheet does not list."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from postclock.http import Response
from postclock.services.platforms.answers import AnswerTable, Row
from postclock.services.platforms.base import OutcomeUnknown, PlatformError, Refused


@dataclass(frozen=True)
class Case:
    """One answer to a create, and the error it must become."""

    status: int
    body: Any
    error: type[PlatformError]
    code: str
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status}-{self.code}-{str(self.body)[:40]}"


PAGE = "<html><body>Bad Gateway</body></html>"
BROKEN: tuple[Any, ...] = (
    *("", "{", PAGE, "[]", "null"),
    *({}, {"data": {}}, {"id": None}, {"uri": []}),
)
UNLISTED = [
    *(Case(status, PAGE, OutcomeUnknown, "server_error") for status in (500, 502, 503, 504, 520)),
    Case(408, "", OutcomeUnknown, "server_error"),
    Case(500, {"error": "InternalServerError"}, OutcomeUnknown, "server_error"),
    *(
        Case(status, "", OutcomeUnknown, "answer_unclear", {"Location": "/elsewhere"})
        for status in (301, 302, 303, 307, 308)
    ),
    *(Case(200, body, OutcomeUnknown, "answer_unclear") for body in BROKEN),
    *(Case(status, {"error": "Odd"}, Refused, "refused") for status in (405, 410, 418, 451)),
]
"""Answers that no sheet lists: the safe reading of each."""


def rows_without_a_case(table: AnswerTable, cases: Iterable[Case]) -> list[Row]:
    """The rows of ``table`` that decide none of ``cases``."""
    deciding = set()
    for case in cases:
        body = case.body if isinstance(case.body, str) else json.dumps(case.body)
        words = table.words(Response(case.status, case.headers, body.encode()))
        deciding.add(next((row for row in table.rows if row.covers(case.status, words)), None))
    return [row for row in table.rows if row not in deciding]
