"""What an answer carries: kept in memory up to a limit, or written to a file as it comes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import aiohttp

MAX_ANSWER = 1 << 20


class AnswerTooLong(aiohttp.ClientPayloadError):
    """The answer has more bytes than are taken."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer: status, headers (case-insensitive), body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body read as JSON, or None if it is not JSON (or nested past reading)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def text(self, limit: int = 500) -> str:
        """The first ``limit`` characters of the body, for a record or a message."""
        return self.body[: limit * 4].decode("utf-8", "replace")[:limit]


async def response(answer: aiohttp.ClientResponse, into: BinaryIO | None, most: int) -> Response:
    """The whole answer; a good one is written ``into`` the file, if one is given.

    Raises AnswerTooLong where the body has more than ``most`` bytes (MAX_ANSWER in memory).
    """
    if into and 200 <= answer.status < 300:
        await _copied(answer, into, most)
        body = b""
    else:
        body = await _read(answer, MAX_ANSWER)
    return Response(answer.status, answer.headers, body)


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > most:
            raise _too_long(most)
    return bytes(body)


async def _copied(answer: aiohttp.ClientResponse, file: BinaryIO, most: int) -> None:
    written = 0
    if (answer.content_length or 0) > most:
        raise _too_long(most)
    async for piece in answer.content.iter_any():
        written += len(piece)
        if written > most:
            raise _too_long(most)
        file.write(piece)


def _too_long(most: int) -> AnswerTooLong:
    return AnswerTooLong(f"the answer is over {most} bytes")
