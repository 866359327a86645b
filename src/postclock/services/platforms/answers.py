"""What an answer means: each platform's error table as data, read by one reader.

The table's rows are tried in order; the first that covers the answer decides. An answer that no
row covers is read on the safe side: a 5xx, a redirect, an answer without the post's id leave the
outcome unknown, any other 4xx is a refusal in the platform's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from postclock.http import HttpFailure, NoAnswer, NotSent, Response
from postclock.scheduler.model import CannotTell
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    NotPublished,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Refused,
)

_EPOCH_FROM = 1_000_000_000
"""A bare number from here on is an instant (seconds since 1970), below it a wait in seconds."""
_LONGEST_WAIT = timedelta(hours=25)
_GATEWAY_GAVE_UP = 408
_NOT_SECRET = frozenset({"identifier", "client_id"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an error table.

    Covers an answer whose status is among ``statuses`` (empty: any 4xx) and whose words contain
    ``sign`` (in lower case; empty: any words). ``message`` may hold ``{words}``.
    """

    error: type[PlatformError]
    code: str
    message: str
    statuses: tuple[int, ...] = ()
    sign: str = ""

    def covers(self, status: int, words: str) -> bool:
        known = status in self.statuses if self.statuses else 400 <= status < 500
        return known and self.sign in words.lower()


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """One platform's error table, with how to read its words and when its quota is free."""

    label: str
    rows: Sequence[Row]
    words: Callable[[Response], str]
    free_at: Callable[[Mapping[str, str], datetime], datetime]

    def error(self, response: Response, login: Login, now: datetime) -> PlatformError:
        """The one error that this answer to a create means."""
        words = _clean(self.words(response), login)
        answer = recorded(response, login)
        for row in self.rows:
            if row.covers(response.status, words):
                message = row.message.replace("{words}", words or "no reason given")
                return self._build(row, message, answer, self.free_at(response.headers, now))
        return self._unlisted(response.status, words, answer)

    def upload_error(self, response: Response, login: Login, now: datetime) -> PlatformError:
        """The one error that this answer to an upload means: no outcome of it is in doubt."""
        error = self.error(response, login, now)
        if isinstance(error, OutcomeUnknown):
            message = f"{self.label} did not take a picture (HTTP {response.status})."
            return NotPublished("upload_failed", message, answer=error.answer)
        return error

    def _build(self, row: Row, message: str, answer: str, free_at: datetime) -> PlatformError:
        if issubclass(row.error, RateLimited):
            return row.error(row.code, message, until=free_at, answer=answer)
        if issubclass(row.error, OutcomeUnknown):
            return row.error(row.code, message, answered=True, answer=answer)
        return row.error(row.code, message, answer=answer)

    def _unlisted(self, status: int, words: str, answer: str) -> PlatformError:
        if status >= 500 or status == _GATEWAY_GAVE_UP:
            code = "server_error"
            message = f"{self.label} failed while it took the post (HTTP {status})."
        elif status >= 400:
            reason = words or f"HTTP {status}, without a reason"
            return Refused("refused", f"{self.label} refused the post: {reason}", answer=answer)
        else:
            code = "answer_unclear"
            message = f"{self.label} answered without saying where the post is (HTTP {status})."
        return OutcomeUnknown(code, message, answered=True, answer=answer)


@contextmanager
def publishing(label: str) -> Iterator[None]:
    """A lost create: certainly not published if nothing was sent, else of unknown outcome."""
    try:
        yield
    except NotSent as error:
        raise NotPublished("not_sent", f"{label} could not be reached: {error}.") from error
    except NoAnswer as error:
        raise OutcomeUnknown("no_answer", f"{label} did not answer: {error}.") from error


@contextmanager
def uploading(label: str) -> Iterator[None]:
    """A lost upload: nothing becomes public by one, so it may be made again."""
    try:
        yield
    except HttpFailure as error:
        raise NotPublished("upload_failed", f"{label} could not be reached: {error}.") from error


@contextmanager
def signing_in(label: str) -> Iterator[None]:
    """A lost refresh: nothing was published by it, and the login may still be good."""
    try:
        yield
    except HttpFailure as error:
        raise NotPublished("not_signed_in", f"{label} could not be reached: {error}.") from error


@contextmanager
def looking(label: str) -> Iterator[None]:
    """A lost look: the outcome is as unknown as before."""
    try:
        yield
    except HttpFailure as error:
        raise OutcomeUnknown("look_failed", f"{label} could not be asked: {error}.") from error


def look_refused(label: str, response: Response, words: str) -> CannotTell:
    """What a look means that brought nothing to read.

    Raises LoginExpired on 401, and OutcomeUnknown when a later look may succeed.
    """
    status = response.status
    if status == 401:
        raise LoginExpired("login_expired", f"{label} asks for a fresh login.")
    if status in {_GATEWAY_GAVE_UP, 429} or status >= 500 or response.ok:
        raise OutcomeUnknown(
            "look_failed", f"{label} could not be asked (HTTP {status}).", answered=True
        )
    return CannotTell(f"{label} does not let us look (HTTP {status}): {words[:200]}")


def moment(value: str | None, now: datetime) -> datetime | None:
    """The instant a header names: ISO 8601, seconds since 1970, seconds from now or HTTP date."""
    text = (value or "").strip()
    for read in (_from_number, _from_iso, _from_http_date):
        try:
            named = read(text, now)
        except (ValueError, OverflowError, OSError):
            continue
        return min(max(named, now + timedelta(seconds=1)), now + _LONGEST_WAIT)
    return None


def recorded(response: Response, login: Login) -> str:
    """The answer for an attempt's record: short, and without secrets."""
    return f"HTTP {response.status} {_clean(response.text(), login)}".strip()


def _clean(text: str, login: Login) -> str:
    for name, value in login.secrets.items():
        if value and name not in _NOT_SECRET:
            text = text.replace(value, "[secret]")
    return " ".join(text.split())[:500]


def _from_number(text: str, now: datetime) -> datetime:
    seconds = float(text)
    if seconds >= _EPOCH_FROM:
        return datetime.fromtimestamp(seconds, UTC)
    return now + timedelta(seconds=seconds)


def _from_iso(text: str, _now: datetime) -> datetime:
    return _aware(datetime.fromisoformat(text))


def _from_http_date(text: str, _now: datetime) -> datetime:
    return _aware(parsedate_to_datetime(text))


def _aware(named: datetime) -> datetime:
    return named if named.tzinfo else named.replace(tzinfo=UTC)
