"""Where requests may not go, in all the ways an address can be written or turn out."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from postclock.config import WrongSetting, load_settings
from postclock.http import Http, NoAnswer, NotAllowed, NotSent
from postclock.http_guard import AddressRefused, Guard, guard_of, is_public
from postclock.publishing.outbound import guard_for

NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.8.8.8",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.15.0.1",
    "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]  # fmt: skip
STRICT = Guard()


class Names(AbstractResolver):
    """Resolves ``names`` to their addresses, each time to the next."""

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): answers for name, answers in names.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise socket.gaierror(f"no {host}")
        now = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host, host=one, port=port, proto=0, flags=0,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
            )
            for one in now
        ]  # fmt: skip

    async def close(self) -> None:
        return


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *(f"https://[{one}]/" if ":" in one else f"https://{one}/" for one in NOT_PUBLIC),
        "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "//example.org/",
        "https://", "https:///x", "https://user@example.org/", "https://user:pw@example.org/",
        "https://:pw@example.org/", "https://example.org:0/", "https://[::1", "https://127.0.0.1./",
        "https://①②⑦.0.0.1/", "https://127。0。0。1/", "https://[fe80::1%25eth0]/",
        "https://127.0.0.1:443/sandbox", "", "javascript:alert(1)",
    ],
)  # fmt: skip
async def test_addresses_that_are_refused_before_anything_is_asked(url: str) -> None:
    names = Names()
    async with Http(3, guard=STRICT, resolver=names) as http:
        with pytest.raises(NotAllowed):
            await http.request("GET", url)
    assert names.asked == []


@pytest.mark.parametrize(
    "host", ["2130706433", "017700000001", "0x7f000001", "0x7f.1", "127.1", "0"]
)
async def test_odd_ways_to_write_loopback(host: str) -> None:
    """Some aiohttp refuses; some the system's resolver reads as an address, which is looked at."""
    names = Names()
    names.names[host] = [["127.0.0.1"]]
    async with Http(3, guard=STRICT, resolver=names) as http:
        with pytest.raises(NotSent):
            await http.request("GET", f"https://{host}/")


@pytest.mark.parametrize(
    "answer", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:7f00:1"], ["fe80::1%lo"]]
)
async def test_names_that_point_inside(answer: list[str]) -> None:
    async with Http(3, guard=STRICT, resolver=Names(evil_example=[answer])) as http:
        with pytest.raises(NotAllowed):
            await http.request("GET", "https://evil.example/")


async def test_a_name_that_is_none_was_not_sent() -> None:
    async with Http(3, guard=STRICT, resolver=Names()) as http:
        with pytest.raises(NotSent) as raised:
            await http.request("GET", "https://absent.example/")
    assert not isinstance(raised.value, NotAllowed)


@asynccontextmanager
async def answering(host: str, port: int, body: bytes) -> AsyncIterator[int]:
    """A server at ``host``; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, host, port)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_name_that_changes_gains_nothing() -> None:
    """It is resolved once, and the connection goes to what was looked at. 127.0.0.2 plays the
    public address here, 127.0.0.1 the inner one."""
    guard = guard_of("127.0.0.2/32, rebinding.example", [])
    names = Names(rebinding_example=[["127.0.0.2"], ["127.0.0.1"]])
    async with (
        answering("127.0.0.2", 0, b"outside") as port,
        answering("127.0.0.1", port, b"inside"),
        Http(3, guard=guard, resolver=names) as http,
    ):
        answer = await http.request("GET", f"http://rebinding.example:{port}/")
        assert answer.body == b"outside"
        assert names.asked == ["rebinding.example"]


async def test_what_the_operator_named_is_reached_by_http_too() -> None:
    async with answering("127.0.0.1", 0, b"ok") as port:
        at = f"http://127.0.0.1:{port}"
        named = Names(inner_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
        for guard, good, bad in (
            (guard_of("inner.example", []), f"http://inner.example:{port}/x", f"{at}/"),
            (guard_of("127.0.0.0/8", []), f"{at}/x", f"http://other.example:{port}/"),
            (guard_of("", [f"{at}/sandbox"]), f"{at}/sandbox/a?b=1", f"{at}/api/v1"),
            (guard_of("", [f"{at}/sandbox"]), f"{at}/sandbox", f"{at}/sandbox/../api"),
            (guard_of("", [f"{at}/sandbox"]), f"{at}/sandbox/", f"{at}/sandboxes"),
            (guard_of("", [f"{at}/sandbox"]), f"{at}/sandbox/x", f"{at}/sandbox/%2e%2e/api"),
            (guard_of("", [at]), f"{at}/anything", f"http://127.0.0.1:{port + 1}/"),
        ):
            async with Http(3, guard=guard, resolver=named) as http:
                assert (await http.request("GET", good)).body == b"ok"
                with pytest.raises(NotAllowed):
                    await http.request("GET", bad)


async def test_a_proxy_is_not_sent_inside_either(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering("127.0.0.1", 0, b"by proxy") as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        guard = guard_of("only-the-proxy-knows.example", [])
        names = Names(evil_example=[["10.0.0.1"]])
        async with Http(3, guard=guard, resolver=names) as http:
            answer = await http.request("GET", "http://only-the-proxy-knows.example/")
            assert answer.body == b"by proxy"
            with pytest.raises(AddressRefused):
                await http._resolver.look("https://evil.example/")  # type: ignore[union-attr]


def test_what_an_installation_lets_through() -> None:
    settings = load_settings(
        {
            "OUTBOUND_ALLOW": "mastodon.home, 10.1.0.0/16",
            "PLATFORM_SETTINGS": "mastodon.host.api=http://10.9.9.9:3000",
            "POSTCLOCK_PUBLIC_URL": "https://posts.example.org",
        }
    )
    guard = guard_for(settings)
    for good in (
        "http://mastodon.home/api", "http://10.1.2.3/", "http://10.9.9.9:3000/api",
        "http://127.0.0.1:8000/sandbox/twitter", "https://posts.example.org/sandbox/x",
        "https://example.org/",
    ):  # fmt: skip
        guard.check(good)
    for bad in ("http://10.2.0.1/", "http://10.9.9.9:3001/", "http://127.0.0.1:8000/api/v1"):
        with pytest.raises(AddressRefused):
            guard.check(bad)


@pytest.mark.parametrize("wrong", ["10.0.0.0/99", "http://x.example", "a b"])
def test_what_is_neither_host_nor_network(wrong: str) -> None:
    with pytest.raises(WrongSetting, match="OUTBOUND_ALLOW"):
        load_settings({"OUTBOUND_ALLOW": wrong})


async def test_an_answer_goes_into_a_file_up_to_a_limit() -> None:
    async with (
        answering("127.0.0.1", 0, bytes(3_000_000)) as port,
        Http(3) as http,
    ):
        url = f"http://127.0.0.1:{port}/"
        file = io.BytesIO()
        answer = await http.request("GET", url, into=file, most=3_000_000)
        assert (answer.body, len(file.getvalue())) == (b"", 3_000_000)
        with pytest.raises(NoAnswer):
            await http.request("GET", url, into=io.BytesIO(), most=2_999_999)
