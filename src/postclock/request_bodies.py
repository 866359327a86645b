"""What a request carries: a form, bytes, a multipart form, or more than memory holds."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes that are too many to hold: how many, and how they come."""

    size: int
    pieces: Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart form: a field, or a file with its name and type."""

    name: str
    content: str | bytes | Stream
    filename: str | None = None
    content_type: str | None = None


def body_of(
    form: Mapping[str, str] | None, data: bytes | None, multipart: Sequence[Part] | None
) -> Any:
    if multipart is None:
        return form if data is None else _sendable(data)
    parts = aiohttp.FormData(default_to_multipart=True)
    for part in multipart:
        content = _sendable(part.content, part.content_type)
        parts.add_field(part.name, content, content_type=part.content_type, filename=part.filename)
    return parts


def _sendable(content: str | bytes | Stream, kind: str | None = None) -> Any:
    match content:
        case Stream():
            return _Streamed(content, content_type=kind or "application/octet-stream")
        case bytes():
            return BytesIO(content)  # bytes are written piece by piece
        case str():
            return content


class _Streamed(aiohttp.payload.AsyncIterablePayload):
    """A stream whose length is told beforehand, as servers want it of an upload."""

    def __init__(self, stream: Stream, **more: Any) -> None:
        super().__init__(stream.pieces(), **more)
        self._size = stream.size


def streamed_bytes(
    stream: AsyncIterable[bytes] | None,
    headers: Mapping[str, str],
    multipart: Sequence[Part] | None,
) -> int:
    """How many bytes of a body are read only while they are sent."""
    told = headers.get("Content-Length", "") if stream is not None else ""
    parts = [part.content for part in multipart or ()]
    return int(told or 0) + sum(one.size for one in parts if isinstance(one, Stream))
