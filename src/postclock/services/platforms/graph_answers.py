"""What Meta's Graph answers (contract sheet 0.5): read by code and subcode, never by status.

    {"error": {"code": 190, "error_subcode": 463, "message": "…", "is_transient": false, …}}

The servers that take bytes (rupload) have an error body of their own, ``debug_info``. A platform's
table is its own rows followed by ``GENERIC``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from postclock.http import Response
from postclock.services.platforms.answers import AnswerTable, Row, recorded
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
from postclock.services.platforms.json_reading import field, objects, word

USAGE_PAUSE = timedelta(minutes=60)
"""The wait where no header says one: calls are counted in a rolling hour."""
LONGEST_PAUSE = timedelta(hours=24)
BLOCK = timedelta(hours=24)
"""How long a temporary block is waited out; the platforms name no time."""

Code = tuple[int | None, int | None]
"""A code and a subcode; None stands for any."""


@dataclass(frozen=True, slots=True)
class GraphError:
    """The error body of an answer."""

    code: int | None
    subcode: int | None
    message: str
    transient: bool
    text: str = ""
    """All of its words, in lower case."""


@dataclass(frozen=True, slots=True)
class GraphRow(Row):
    """One row of a table: covers an error body with one of ``codes``, at whatever status, whose
    words contain ``sign``.

    ``message`` may hold ``{label}`` and ``{words}``. ``blocks``: it lasts the table's ``block``.
    """

    codes: tuple[Code, ...] = ()
    blocks: bool = False

    def fits(self, error: GraphError) -> bool:
        said = (error.code, error.subcode)
        return self.sign in error.text and any(
            all(wanted in (None, given) for wanted, given in zip(code, said, strict=True))
            for code in self.codes
        )


def read_error(response: Response) -> GraphError | None:
    """The error that an answer brings; None where it has no such body."""
    said = field(response.json(), "error")
    if not isinstance(said, Mapping) or _number(said.get("code")) is None:
        return None
    words = word(said.get("error_user_msg")) or word(said.get("message"))
    code, subcode = _number(said.get("code")), _number(said.get("error_subcode"))
    text = f"{word(said.get('message'))} {words}".lower()
    return GraphError(code, subcode, words, said.get("is_transient") is True, text)


def words_of(response: Response) -> str:
    """What went wrong, in Meta's words."""
    body = response.json()
    said = read_error(response)
    return said.message if said else word(field(body, "debug_info", "message"))


def free_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When calls are taken again: the longest wait that a usage header estimates, else an hour."""
    minutes = [
        float(wait)
        for item in _usages(headers.get("X-Business-Use-Case-Usage"))
        if isinstance(wait := item.get("estimated_time_to_regain_access"), int | float)
    ]
    longest = timedelta(minutes=min(max(minutes, default=0.0), LONGEST_PAUSE.total_seconds() / 60))
    return now + (longest if longest > timedelta(0) else USAGE_PAUSE)


def usage(headers: Mapping[str, str]) -> int:
    """How much of a call budget is used, in percent, as an answer's headers tell; 0: not told."""
    told = [_json(headers.get("X-App-Usage")), *_usages(headers.get("X-Business-Use-Case-Usage"))]
    names = ("call_count", "total_time", "total_cputime")
    shares = [item.get(name) for item in told if isinstance(item, dict) for name in names]
    return int(max((share for share in shares if isinstance(share, int | float)), default=0))


@dataclass(frozen=True, slots=True)
class GraphTable(AnswerTable):
    """One platform's error table.

    What no row covers is read on the safe side: no error body, a 5xx or an error that calls itself
    transient leave the outcome unknown, the rest is a refusal in Meta's words.
    """

    words: Callable[[Response], str] = words_of
    free_at: Callable[[Mapping[str, str], datetime], datetime] = free_at
    block: timedelta = BLOCK

    def row_for(self, response: Response) -> Row | None:
        """The row that decides this answer."""
        said = read_error(response)
        if said is None:
            return None
        fits = (row for row in self.rows if isinstance(row, GraphRow) and row.fits(said))
        return next(fits, None)

    def error(self, response: Response, login: Login, now: datetime) -> PlatformError:
        """The one error that this answer to a publishing call means."""
        answer = recorded(response, login)
        words = self._spoken(response, login)
        row = self.row_for(response)
        if row is None:
            return self._unread(response, words, answer)
        message = row.message.replace("{label}", self.label)
        message = message.replace("{words}", words or "no reason given")
        blocked = isinstance(row, GraphRow) and row.blocks
        until = now + self.block if blocked else self.free_at(response.headers, now)
        return self._build(row, message, answer, until)

    def upload_error(self, response: Response, login: Login, now: datetime) -> PlatformError:
        """The one error that an answer means to a call that publishes nothing."""
        answer, words = recorded(response, login), self._spoken(response, login)
        told = field(response.json(), "debug_info")
        if isinstance(told, Mapping):
            return self._of_bytes(told, words, answer)
        error = self.error(response, login, now)
        if isinstance(error, OutcomeUnknown):
            told_words = words or f"HTTP {response.status}"
            message = f"{self.label} did not take the media for now ({told_words})."
            return NotPublished("upload_failed", message, answer=answer)
        return error

    def _of_bytes(self, told: Mapping[str, Any], words: str, answer: str) -> PlatformError:
        reason = words or word(told.get("type")) or "no reason given"
        if told.get("type") == "NotAuthorizedError":
            message = f"{self.label} asks for a fresh login to take the file."
            return LoginExpired("login_expired", message, answer=answer)
        again = told.get("retriable") is not False or told.get("type") in BROKEN_OFF
        if again:
            message = f"{self.label} did not take the whole file ({reason})."
            return NotPublished("upload_failed", message, answer=answer)
        return Refused("media_refused", f"{self.label} refused the file: {reason}", answer=answer)

    def _unread(self, response: Response, words: str, answer: str) -> PlatformError:
        said = read_error(response)
        if said is None or said.transient or response.status >= 500:
            code = "answer_unclear" if response.status < 400 else "server_error"
            message = f"{self.label} gave no clear answer (HTTP {response.status})."
            return OutcomeUnknown(code, message, answered=True, answer=answer)
        reason = words or f"error {said.code}"
        return Refused("refused", f"{self.label} refused the post: {reason}", answer=answer)

    def _spoken(self, response: Response, login: Login) -> str:
        words = self.words(response)
        for value in login.secrets.values():
            words = words.replace(value, "[secret]") if value else words
        return " ".join(words.split())[:300]


BROKEN_OFF = frozenset({"OffsetInvalidError", "PartialRequestError"})
_LATER = "{label} takes no more calls for now."
_FAILED = "{label} failed while it took the post ({words})."
_LOGIN = "{label} asks for a fresh login ({words})."
_REVOKED = "{label} no longer accepts this login: connect the account again ({words})."
_CHECK = "{label} wants the owner to sign in there and confirm the account: {words}"
_ROLE = "Whoever connected this account lost their role on its Page: connect it again ({words})."
_SCOPES = "{label} does not let this connection publish: connect again, allow all ({words})."
_APP = "{label} does not let this app publish: see the app's permissions ({words})."
_BLOCKED = "{label} keeps this account from publishing for a while: {words}"
_SAME = "{label} says that this is the same as the post before."
_PREVIEW = "{label} could not read the page that is linked: {words}"

GENERIC: tuple[GraphRow, ...] = (
    GraphRow(LoginRevoked, "login_revoked", _REVOKED, codes=((190, 458), (190, 460))),
    GraphRow(LoginRevoked, "account_checkpoint", _CHECK, codes=((190, 459), (190, 464))),
    GraphRow(LoginRevoked, "role_lost", _ROLE, codes=((190, 492),)),
    GraphRow(LoginExpired, "login_expired", _LOGIN, codes=((190, None), (102, None))),
    GraphRow(OutcomeUnknown, "server_error", _FAILED, codes=((1, None), (2, None))),
    GraphRow(LoginRevoked, "app_not_allowed", _APP, codes=((3, None),)),
    GraphRow(
        LoginRevoked, "permission_missing", _SCOPES,
        codes=((10, None), *((code, None) for code in range(200, 300))),
    ),
    GraphRow(
        RateLimited, "rate_limited", _LATER,
        codes=(
            *((code, None) for code in (4, 17, 32, 341, 613)),
            *((code, None) for code in range(80_000, 80_015)),
        ),
    ),
    GraphRow(RateLimited, "account_blocked", _BLOCKED, codes=((368, None),), blocks=True),
    GraphRow(Duplicate, "duplicate", _SAME, codes=((506, None),)),
    GraphRow(
        NotPublished, "link_unreadable", _PREVIEW, codes=((1609005, None), (None, 1609005)),
    ),
    GraphRow(Refused, "refused", "{label} refused the post: {words}", codes=((100, None),)),
)  # fmt: skip
"""The codes that all of Meta's platforms share."""


def _usages(header: str | None) -> Iterator[dict[str, Any]]:
    told = _json(header)
    for one in told.values() if isinstance(told, dict) else ():
        yield from objects(one)


def _json(header: str | None) -> Any:
    try:
        return json.loads(header or "null")
    except (ValueError, RecursionError):
        return None


def _number(value: Any) -> int | None:
    text = word(value)
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 12 else None
