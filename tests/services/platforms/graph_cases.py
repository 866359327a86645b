"""Answers of Meta's Graph, and which row of a table each must meet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from postclock.http import Response
from postclock.services.platforms.base import (
    Duplicate,
    Login,
    LoginExpired,
    LoginRevoked,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
)
from postclock.services.platforms.graph_answers import GraphTable

from .scripted import NOW

LOGIN = Login("https://graph.test", "17841", "ada", {"access_token": "a-secret-token"})


@dataclass(frozen=True)
class GraphCase:
    """One error body, and the error it must become, at whatever status it comes."""

    number: int
    subcode: int | None
    error: type[PlatformError]
    code: str
    more: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.number}/{self.subcode}-{self.code}"

    def response(self, status: int = 400) -> Response:
        return Response(status, {}, json.dumps(body(self.number, self.subcode)).encode())


def body(code: int, subcode: int | None = None, message: str = "Odd", **more: Any) -> Any:
    """An error body."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "F", **more}
    return {"error": error if subcode is None else {**error, "error_subcode": subcode}}


def decided(table: GraphTable, case: GraphCase, status: int = 400) -> tuple[type, str]:
    """What the table makes of a case."""
    error = table.error(case.response(status), LOGIN, NOW)
    return type(error), error.problem.code


def rows_not_met(table: GraphTable, cases: Iterable[GraphCase]) -> list[str]:
    """The codes of rows that decide none of ``cases``."""
    met = {id(table.row_for(case.response())) for case in cases}
    return [row.code for row in table.rows if id(row) not in met]


GENERIC_CASES = [
    GraphCase(190, 458, LoginRevoked, "login_revoked"),
    GraphCase(190, 460, LoginRevoked, "login_revoked"),
    GraphCase(190, 459, LoginRevoked, "account_checkpoint"),
    GraphCase(190, 464, LoginRevoked, "account_checkpoint"),
    GraphCase(190, 492, LoginRevoked, "role_lost"),
    *(GraphCase(190, sub, LoginExpired, "login_expired") for sub in (None, 463, 467, 2069032)),
    GraphCase(102, None, LoginExpired, "login_expired"),
    GraphCase(1, None, OutcomeUnknown, "server_error"),
    GraphCase(2, None, OutcomeUnknown, "server_error"),
    GraphCase(3, None, LoginRevoked, "app_not_allowed"),
    *(GraphCase(n, None, LoginRevoked, "permission_missing") for n in (10, 200, 210, 299)),
    *(GraphCase(n, None, RateLimited, "rate_limited") for n in (4, 17, 32, 341)),
    *(GraphCase(n, None, RateLimited, "rate_limited") for n in (80001, 80002, 80006, 80014)),
    GraphCase(613, 1996, RateLimited, "rate_limited"),
    GraphCase(368, None, RateLimited, "account_blocked"),
    GraphCase(506, None, Duplicate, "duplicate"),
    GraphCase(1609005, None, NotPublished, "link_unreadable"),
    GraphCase(100, None, Refused, "refused"),
    GraphCase(100, 33, Refused, "refused"),
]
"""The rows of the sheet's table of generic codes."""
