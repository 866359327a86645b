"""What a request carries: bytes as they are, and forms with files."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postclock.http import Http, NoAnswer, NotSent, Part, Stream, before_write
from tests.services.platforms.pictures import form
from tests.services.platforms.scripted import scripted_server

CONTENT = bytes(range(256)) * 5000


async def test_bytes_go_out_under_the_type_that_is_given() -> None:
    async with scripted_server() as server, Http(5) as http:
        server.answers(200)
        await http.request(
            "POST", f"{server.url}/x", data=CONTENT, headers={"Content-Type": "image/png"}
        )
        [seen] = server.seen
    assert (seen.body, seen.headers["Content-Type"]) == (CONTENT, "image/png")


async def test_a_form_with_a_file() -> None:
    parts = [Part("words", "Grüße"), Part("file", CONTENT, "ä.png", "image/png"), Part("empty", "")]
    async with scripted_server() as server, Http(5) as http:
        server.answers(200)
        await http.request("POST", f"{server.url}/x", multipart=parts)
        [seen] = server.seen
    assert seen.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert int(seen.headers["Content-Length"]) == len(seen.body)
    sent = form(seen.body, seen.headers["Content-Type"])
    assert sent["words"][0].decode() == "Grüße"
    assert sent["file"] == (CONTENT, "image/png")
    assert sent["empty"][0] == b""


async def test_a_lost_form_is_told_apart_from_one_never_sent() -> None:
    parts = [Part("file", CONTENT, "a.png", "image/png")]

    def held_up() -> None:
        raise NotSent("too late")

    async with scripted_server() as server, Http(5) as http:
        server.drops()
        with pytest.raises(NoAnswer):
            await http.request("POST", f"{server.url}/x", multipart=parts)
        with before_write(held_up), pytest.raises(NotSent):
            await http.request("POST", f"{server.url}/x", multipart=parts)
        assert len(server.seen) == 1


def streamed(content: bytes, piece: int = 100_000) -> Stream:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), piece):
            yield content[start : start + piece]

    return Stream(len(content), pieces)


async def test_a_form_with_a_stream_tells_its_length() -> None:
    parts = [Part("words", "Grüße"), Part("file", streamed(CONTENT), "a.mp4", "video/mp4")]
    async with scripted_server() as server, Http(5) as http:
        server.answers(200)
        await http.request("POST", f"{server.url}/x", multipart=parts)
        [seen] = server.seen
    assert seen.headers["Content-Length"] == str(len(seen.body))
    sent = form(seen.body, seen.headers["Content-Type"])
    assert sent["file"] == (CONTENT, "video/mp4")
    assert sent["words"][0].decode() == "Grüße"


async def test_a_stream_that_breaks_gives_no_answer() -> None:
    async def torn() -> AsyncIterator[bytes]:
        yield CONTENT
        raise OSError("the disk is gone")

    parts = [Part("file", Stream(2 * len(CONTENT), torn), "a.mp4", "video/mp4")]
    async with scripted_server() as server, Http(5) as http:
        with pytest.raises(NoAnswer):
            await http.request("POST", f"{server.url}/x", multipart=parts)
