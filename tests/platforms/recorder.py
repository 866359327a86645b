"""An HTTP client that remembers each request as it left and each answer as it came."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping, Sequence
from typing import Any, BinaryIO

from yarl import URL

from postclock.http import MAX_ANSWER, Http, HttpFailure, Part, Response
from postclock.request_bodies import Stream

LONGEST = 300
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
        sent: Exchange = {"method": method, **addressed(url, params)}
        if headers:
            sent["headers"] = dict(sorted(headers.items()))
        sent |= carried(json, form, data, multipart, stream)
        try:
            got = await super().request(
                method, url, headers=headers, params=params, json=json, form=form, data=data,
                multipart=multipart, stream=stream, into=into, most=most,
            )  # fmt: skip
        except HttpFailure as failure:
            self.exchanges.append({"request": sent, "failure": type(failure).__name__})
            raise
        self.exchanges.append({"request": sent, "answer": answered(got)})
        return got


def addressed(url: str | URL, params: Mapping[str, str] | None) -> Exchange:
    """Where a request goes, encoded as it is on the wire."""
    whole = URL(url) if isinstance(url, str) else url
    asked = whole.extend_query(params) if params else whole
    told: Exchange = {"url": str(asked.with_query(None))}
    if asked.raw_query_string:
        told["query"] = asked.raw_query_string.split("&")
    return told


def carried(
    json: Any,
    form: Mapping[str, str] | None,
    data: bytes | None,
    multipart: Sequence[Part] | None,
    stream: AsyncIterable[bytes] | None,
) -> Exchange:
    """A request's body."""
    if json is not None:
        return {"json": shortened(json)}
    if form is not None:
        return {"form": shortened(dict(form))}
    if multipart is not None:
        return {"multipart": [told(part) for part in multipart]}
    if data is not None:
        return {"body": size_of(data)}
    return {"body": "streamed"} if stream is not None else {}


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
