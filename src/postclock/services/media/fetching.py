"""A file from an address that a person gave: into a file of ours, from public servers only."""

from __future__ import annotations

import asyncio
from typing import BinaryIO
from urllib.parse import unquote

from yarl import URL

from postclock.errors import Invalid, Problem
from postclock.http import Http, HttpFailure, NotAllowed, Response
from postclock.response_bodies import AnswerTooLong

REDIRECTS = 3
LONGEST = 600.0
"""Seconds that all of it may take."""
MOVED = frozenset({301, 302, 303, 307, 308})
_two_at_a_time = asyncio.Semaphore(2)


async def fetch(http: Http, url: str, file: BinaryIO, most: int) -> str:
    """Write what ``url`` gives into ``file``; its name. ``http`` is guarded, and looks at each
    address anew when it is sent on. Raises Invalid."""
    try:
        async with _two_at_a_time, asyncio.timeout(LONGEST):
            return await _follow(http, url, file, most)
    except NotAllowed as error:
        raise _refused("address_refused", f"Nothing is fetched from there: {error}.") from error
    except HttpFailure as error:
        if isinstance(error.__cause__, AnswerTooLong):
            message = f"What is there has more than {most / 1e6:,.3g} MB."
            raise _refused("media_too_large", message) from error
        raise _refused("address_failed", f"The server did not answer ({error}).") from error
    except TimeoutError as error:
        message = "The server took too long to send the file."
        raise _refused("address_failed", message) from error


async def _follow(http: Http, url: str, file: BinaryIO, most: int) -> str:
    at = url
    for _ in range(1 + REDIRECTS):
        answer = await http.request("GET", at, into=file, most=most)
        if answer.ok:
            return unquote(URL(at).path.rpartition("/")[2])
        at = _next(at, answer)
    raise _refused("address_failed", f"The address leads on more than {REDIRECTS} times.")


def _next(at: str, answer: Response) -> str:
    place = answer.headers.get("Location")
    if answer.status not in MOVED or not place:
        raise _refused("address_failed", f"The server answered {answer.status}.")
    try:
        return str(URL(at).join(URL(place)))
    except ValueError as error:
        raise _refused("address_failed", "The address leads to none.") from error


def _refused(code: str, message: str) -> Invalid:
    return Invalid(code, message, problems=[Problem(code, message, "url")])
