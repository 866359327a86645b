"""The HTTP client against real sockets: what was certainly not sent, and what may have been."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from postclock.http import (
    MAX_ANSWER,
    Http,
    NoAnswer,
    NotSent,
    forbidden_while,
    verbatim,
)

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
DEADLINE = 5.0
SIZED = {"X-A": "d", "Content-Length": "2"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@dataclass
class Peer:
    """A server that speaks bytes; it counts what reached it."""

    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client closed its connection."""


@asynccontextmanager
async def peer(talk: Callable[[Peer], Conversation]) -> AsyncIterator[Peer]:
    """Serve ``talk`` on loopback."""
    served = Peer()
    conversation = talk(served)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.connections += 1
        try:
            await conversation(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield served
    finally:
        server.close()
        await server.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One whole request, or what came of it before the client hung up."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    lines = head.lower().split(b"\r\n")
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)


def answering(answer: bytes) -> Callable[[Peer], Conversation]:
    """Read each request on a connection and send these bytes; then wait for the hang-up."""

    def talk(served: Peer) -> Conversation:
        async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while request := await read_request(reader):
                served.requests.append(request)
                writer.write(answer)
                await writer.drain()
            served.hung_up.set()

        return conversation

    return talk


def answering_once(answer: bytes) -> Callable[[Peer], Conversation]:
    """Read one request, send these bytes and close."""

    def talk(served: Peer) -> Conversation:
        async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            served.requests.append(await read_request(reader))
            writer.write(answer)
            await writer.drain()

        return conversation

    return talk


def resetting(served: Peer) -> Conversation:
    """Read one request, then reset the connection."""

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.requests.append(await read_request(reader))
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    return conversation


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses: it is bound, and nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.asyncio
async def test_a_refused_connection_is_not_sent() -> None:
    with closed_port() as port:
        async with Http(DEADLINE) as http:
            with pytest.raises(NotSent):
                await http.request("POST", f"http://127.0.0.1:{port}/", json={})


@pytest.mark.asyncio
async def test_an_unknown_host_is_not_sent() -> None:
    async with Http(DEADLINE) as http:
        with pytest.raises(NotSent):
            await http.request("POST", "http://nobody.invalid/", json={})


@pytest.mark.asyncio
@pytest.mark.parametrize("url", ["http://", "not a url", "ftp://127.0.0.1/", "http://[::1"])
async def test_an_address_that_is_none_is_not_sent(url: str) -> None:
    async with Http(DEADLINE) as http:
        with pytest.raises(NotSent):
            await http.request("POST", url, json={})


@pytest.mark.asyncio
async def test_a_connection_that_does_not_come_about_is_not_sent() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = []
        for _ in range(4):  # fill the backlog, so that the next handshake is left hanging
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(address)
            waiting.append(filler)
        try:
            async with Http(DEADLINE, connect_timeout=0.2) as http:
                with pytest.raises(NotSent):
                    await http.request("POST", f"http://127.0.0.1:{address[1]}/", json={})
        finally:
            for filler in waiting:
                filler.close()


@pytest.mark.asyncio
async def test_a_handshake_that_ends_before_the_request_is_not_sent() -> None:
    def talk(served: Peer) -> Conversation:
        async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"this is not TLS")
            await writer.drain()

        return conversation

    async with peer(talk) as served, Http(DEADLINE) as http:
        with pytest.raises(NotSent):
            await http.request("POST", served.url.replace("http:", "https:"), json={})


@pytest.mark.asyncio
@pytest.mark.parametrize("value", ["two\r\nlines", "two\nlines", "nul\0"])
async def test_a_header_that_cannot_be_sent_is_not_sent(value: str) -> None:
    async with peer(answering(OK)) as served, Http(DEADLINE) as http:
        with pytest.raises(NotSent, match="Authorization"):
            await http.request("POST", served.url, headers={"Authorization": value})
        assert served.connections == 0


@pytest.mark.asyncio
async def test_a_reset_after_the_request_is_no_answer() -> None:
    async with peer(resetting) as served, Http(DEADLINE) as http:
        with pytest.raises(NoAnswer):
            await http.request("POST", served.url, json={"text": "hello"})
        assert served.requests[0].endswith(b'{"text": "hello"}')


@pytest.mark.asyncio
async def test_a_silent_server_is_no_answer() -> None:
    async with peer(answering(b"")) as served, Http(0.2) as http:
        with pytest.raises(NoAnswer):
            await http.request("POST", served.url, json={})
        assert len(served.requests) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="closed before headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-", id="closed within headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", id="short body"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}", id="short chunk"
        ),
        pytest.param(b"who is there?\r\n\r\n", id="not HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}", id="broken header"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
            id="not the encoding it says",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", id="huge header"),
    ],
)
async def test_an_answer_that_is_not_whole_is_no_answer(answer: bytes) -> None:
    async with peer(answering_once(answer)) as served, Http(DEADLINE) as http:
        with pytest.raises(NoAnswer):
            await http.request("POST", served.url, json={})
        assert len(served.requests) == 1


@pytest.mark.asyncio
async def test_an_answer_over_the_cap_is_no_answer() -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_ANSWER + 1)
    async with (
        peer(answering_once(big + b"x" * (MAX_ANSWER + 1))) as served,
        Http(DEADLINE) as http,
    ):
        with pytest.raises(NoAnswer, match="over"):
            await http.request("POST", served.url)


@pytest.mark.asyncio
async def test_an_answer_at_the_cap_is_read_whole() -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MAX_ANSWER
    async with peer(answering_once(big + b"x" * MAX_ANSWER)) as served, Http(DEADLINE) as http:
        assert len((await http.request("POST", served.url)).body) == MAX_ANSWER


@pytest.mark.asyncio
async def test_a_connection_is_used_again_while_it_is_fresh() -> None:
    async with peer(answering(OK)) as served, Http(DEADLINE) as http:
        for _ in range(3):
            assert (await http.request("POST", served.url)).json() == {}
        assert (served.connections, len(served.requests)) == (1, 3)


@pytest.mark.asyncio
async def test_an_idle_connection_is_closed_and_not_used_again() -> None:
    async with peer(answering(OK)) as served, Http(DEADLINE, keep_alive=0.05) as http:
        await http.request("POST", served.url)
        await asyncio.wait_for(served.hung_up.wait(), DEADLINE)
        await http.request("POST", served.url)
        assert served.connections == 2


@pytest.mark.asyncio
async def test_a_lost_post_is_never_sent_again_by_itself() -> None:
    async with peer(answering_once(OK)) as served, Http(DEADLINE) as http:
        await http.request("POST", served.url)
    async with peer(answering_once(b"")) as served, Http(DEADLINE) as http:
        with pytest.raises(NoAnswer):
            await http.request("POST", served.url, json={})
        assert (served.connections, len(served.requests)) == (1, 1)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
async def test_what_is_lost_on_a_used_connection_is_never_sent_again_by_itself(method: str) -> None:
    def talk(served: Peer) -> Conversation:
        async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            served.requests.append(await read_request(reader))
            writer.write(OK)
            served.requests.append(await read_request(reader))

        return conversation

    async with peer(talk) as served, Http(DEADLINE) as http:
        await http.request("POST", served.url)
        with pytest.raises(NoAnswer):
            await http.request(method, served.url)
        assert (served.connections, len(served.requests)) == (1, 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer(status: int) -> None:
    moved = b"HTTP/1.1 %d Moved\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" % status
    async with peer(answering(moved)) as served, Http(DEADLINE) as http:
        answer = await http.request("POST", served.url, json={})
        assert (answer.status, answer.ok, answer.headers["location"]) == (status, False, "/other")
        assert len(served.requests) == 1


@pytest.mark.asyncio
async def test_no_cookie_is_kept() -> None:
    baked = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    async with peer(answering(baked)) as served, Http(DEADLINE) as http:
        await http.request("GET", served.url)
        await http.request("GET", served.url)
        assert b"cookie" not in served.requests[1].lower()


@pytest.mark.asyncio
async def test_nothing_leaves_where_it_is_forbidden() -> None:
    async with peer(answering(OK)) as served, Http(DEADLINE) as http:
        with pytest.raises(RuntimeError, match="transaction"), forbidden_while("a transaction"):
            await http.request("GET", served.url)
        assert served.connections == 0
        assert (await http.request("GET", served.url)).ok


@pytest.mark.asyncio
async def test_a_client_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await Http(DEADLINE).request("GET", "http://127.0.0.1:1/")


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="needs TCP_USER_TIMEOUT")
def test_unacknowledged_bytes_are_given_up_with_the_request() -> None:
    with Http(7.5)._open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("", 0))) as opened:
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7500


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A whole HTTP server on loopback; its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@pytest.mark.asyncio
async def test_a_request_arrives_as_it_was_made() -> None:
    async def echo(request: web.Request) -> web.Response:
        body = await request.text()
        return web.json_response(
            [request.method, request.path_qs, request.content_type, request.headers["X-A"], body]
        )

    async with serving(echo) as url, Http(DEADLINE) as http:
        form = await http.request(
            "POST", f"{url}token", form={"a": "1 2"}, headers={"X-A": "b"}, params={"q": "é&"}
        )
        raw = await http.request("PUT", url, data=b"raw", headers={"X-A": "c"})
        kept = await http.request("GET", verbatim(f"{url}urn%3Aa?b=c%3Ad"), headers={"X-A": "d"})
        two = await http.request("PUT", url, stream=_ab(), headers=SIZED)
    kind = "application/x-www-form-urlencoded"
    assert form.json() == ["POST", "/token?q=%C3%A9%26", kind, "b", "a=1+2"]
    assert raw.json() == ["PUT", "/", "application/octet-stream", "c", "raw"]
    assert kept.json()[1] == "/urn%3Aa?b=c%3Ad"
    assert two.json() == ["PUT", "/", "application/octet-stream", "d", "ab"]


async def _ab() -> AsyncIterator[bytes]:
    yield b"ab"


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_not_json_reads_as_none(body: bytes) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, status=502)

    async with serving(answer) as url, Http(DEADLINE) as http:
        response = await http.request("GET", url)
    read = (response.status, response.json(), len(response.text(9)))
    assert read == (502, None, min(len(body), 9))
