"""Every error a person or a client program can meet, as one closed tree.

    PostclockError
    ├── BadRequest            400  what was sent cannot be read
    ├── NotSignedIn           401  nobody is signed in, or the secret is wrong
    ├── Forbidden             403  signed in, but not allowed
    ├── NotFound              404  absent, or another workspace's
    ├── Conflict              409  the stored state says otherwise
    ├── TooLarge              413  the body is over the limit
    ├── Invalid               422  readable, but it cannot be accepted
    └── Unavailable           503  not set up, or not working right now

Each carries a stable ``code`` (docs/reference/errors.md lists them all), a sentence for a
person, and every single problem found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, in a sentence its reader can act on.

    ``code`` is stable and machine-readable; ``field`` is where it is, as a dotted path
    (``content.twitter.text``), or None when it concerns the whole.
    """

    code: str
    message: str
    field: str | None = None


class PostclockError(Exception):
    """Something a caller can understand and act on."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        problems: Sequence[Problem] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.problems = tuple(problems)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class BadRequest(PostclockError):
    """What was sent cannot be read."""

    status = 400
    title = "Unreadable request"


class NotSignedIn(PostclockError):
    """Nobody is signed in, or the secret is wrong."""

    status = 401
    title = "Sign in first"


class Forbidden(PostclockError):
    """Signed in, but not allowed."""

    status = 403
    title = "Not allowed"


class NotFound(PostclockError):
    """Absent, or another workspace's: the two are not told apart."""

    status = 404
    title = "Not found"


class Conflict(PostclockError):
    """The stored state says otherwise."""

    status = 409
    title = "Conflict"


class TooLarge(PostclockError):
    """The body is over the limit."""

    status = 413
    title = "Too large"


class Invalid(PostclockError):
    """Readable, but it cannot be accepted; every problem is listed."""

    status = 422
    title = "Not acceptable"


class Unavailable(PostclockError):
    """Not set up, or not working right now."""

    status = 503
    title = "Unavailable"
