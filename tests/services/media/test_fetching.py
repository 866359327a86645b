"""Files that are fetched by their address: followed a little, and never inside."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from postclock.errors import Invalid
from postclock.http import Http
from postclock.http_guard import guard_of
from postclock.services.media.fetching import fetch

OUTSIDE = "127.0.0.2"
"""Plays the internet: the guard lets it through, and 127.0.0.1 not."""
GUARD = guard_of(f"{OUTSIDE}/32", [])


@asynccontextmanager
async def serving(pages: Mapping[str, bytes]) -> AsyncIterator[str]:
    """Answers each path with the bytes of a whole answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(pages[head.split()[1].decode()])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, OUTSIDE, 0)
    async with server:
        yield f"http://{OUTSIDE}:{server.sockets[0].getsockname()[1]}"


def found(content: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (
        len(content),
        content,
    )


def moved(to: str, status: int = 302) -> bytes:
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nConnection: close\r\n"
    return f"{head}Content-Length: 4\r\n\r\nmove".encode()


async def fetched(url: str, most: int = 100) -> tuple[str, bytes]:
    file = io.BytesIO()
    async with Http(3, guard=GUARD) as http:
        name = await fetch(http, url, file, most)
    return name, file.getvalue()


async def test_a_file_and_its_name() -> None:
    async with serving({"/a/Sommer%202026.jpg?x=1": found(b"picture")}) as at:
        assert await fetched(f"{at}/a/Sommer%202026.jpg?x=1") == ("Sommer 2026.jpg", b"picture")


async def test_it_is_sent_on_up_to_three_times() -> None:
    pages = {"/1": moved("/2"), "/2": moved("./3", 308), "/3": moved("/4"), "/4": found(b"x")}
    async with serving(pages) as at:
        assert await fetched(f"{at}/1") == ("4", b"x")
    async with serving({**pages, "/4": moved("/5"), "/5": found(b"x")}) as at:
        with pytest.raises(Invalid) as raised:
            await fetched(f"{at}/1")
    assert raised.value.code == "address_failed"


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1/", "https://169.254.169.254/latest", "http://[::1]/", "file:///etc/passwd",
        "http://example.org/", "//10.0.0.1/x", "https://user:pw@example.org/",
    ],
)  # fmt: skip
async def test_it_is_not_sent_inside(to: str) -> None:
    async with serving({"/": moved(to)}) as at:
        with pytest.raises(Invalid) as raised:
            await fetched(f"{at}/")
    assert raised.value.code == "address_refused"
    assert raised.value.problems[0].field == "url"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (found(b"x" * 101), "media_too_large"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, "media_too_large"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "address_failed"),
        (b"HTTP/1.1 302 No\r\nContent-Length: 0\r\n\r\n", "address_failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "address_failed"),
        (b"", "address_failed"),
    ],
)
async def test_what_is_not_a_file(answer: bytes, code: str) -> None:
    async with serving({"/": answer}) as at:
        with pytest.raises(Invalid) as raised:
            await fetched(f"{at}/")
    assert raised.value.code == code
