"""An HTTP client that remembers each request as it left and each answer as it came."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping, Sequence
from typing import Any, BinaryIO

from yarl import URL

from postclock.http import MAX_ANSWER, Http, Part, Response
from postclock.request_bodies import Stream

LONGEST = 400
ANSWER_HEADERS = ("Location", "ETag", "Range", "Retry-After", "X-RestLi-Id", "Upload-Offset")
"""Which of an answer's headers a client reads to know how it goes on."""

Exchange = dict[str, Any]


class RecordingHttp(Http):
    """The real client, with a list of what passed through it."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout)
        self.exchanges: list[Exchange] = []

    async def request(
        self,
        method: str,
        url: str | URL,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        data: bytes | None = None,
        multipart: Sequence[Part] | None = None,
        stream: AsyncIterable[bytes] | None = None,
        into: BinaryIO | None = None,
        most: int = MAX_ANSWER,
    ) -> Response:
        """As ``Http.request``."""
        whole = URL(url) if isinstance(url, str) else url
        asked = whole.extend_query(params) if params else whole
        sent: Exchange = {"method": method, "url": str(asked.with_query(None))}
        if asked.raw_query_string:
            sent["query"] = asked.raw_query_string.split("&")
        if headers:
            sent["headers"] = dict(sorted(headers.items()))
        if json is not None:
            sent["json"] = shortened(json)
        if form is not None:
            sent["form"] = shortened(dict(form))
        if data is not None:
            sent["body"] = size_of(data)
        if multipart is not None:
            sent["multipart"] = [told(part) for part in multipart]
        if stream is not None:
            sent["body"] = "streamed"
        got = await super().request(
            method, url, headers=headers, params=params, json=json, form=form, data=data,
            multipart=multipart, stream=stream, into=into, most=most,
        )  # fmt: skip
        self.exchanges.append({"request": sent, "answer": answered(got)})
        return got


def answered(got: Response) -> Exchange:
    """An answer's status, what it says, and where it says to go on."""
    told: Exchange = {"status": got.status}
    named = {name: got.headers[name] for name in ANSWER_HEADERS if name in got.headers}
    if named:
        told["headers"] = named
    body = got.json()
    if body is not None:
        told["json"] = shortened(body)
    elif got.body:
        told["body"] = size_of(got.body)
    return told


def told(part: Part) -> Exchange:
    """One part of a multipart form: small texts as they are, files by their size."""
    shown: Exchange = {"name": part.name}
    if part.filename:
        shown["filename"] = part.filename
    if part.content_type:
        shown["type"] = part.content_type
    if isinstance(part.content, str):
        shown["text"] = shortened(part.content)
    else:
        shown["body"] = size_of(part.content)
    return shown


def size_of(content: bytes | Stream) -> str:
    """How much it is."""
    return f"{content.size if isinstance(content, Stream) else len(content)} bytes"


def shortened(value: Any) -> Any:
    """The same, with long texts (a file in base64) told by their length."""
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{len(value)} characters"
    if isinstance(value, Mapping):
        return {key: shortened(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [shortened(one) for one in value]
    return value
