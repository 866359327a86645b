"""The HTTP client goes through the proxy that the environment names, and only through that one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from postclock.http import Http, NotSent
from tests.test_http import OK, Peer, answering, peer

FOREIGN = "http://platform.invalid/posts"


@pytest_asyncio.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Peer]:
    """What the environment names as the proxy for plain HTTP."""
    async with peer(answering(OK)) as served:
        monkeypatch.setenv("http_proxy", served.url)
        monkeypatch.delenv("no_proxy", raising=False)
        yield served


async def test_requests_go_through_the_proxy(proxy: Peer) -> None:
    async with Http(2) as http:
        assert (await http.request("GET", FOREIGN)).ok
    assert proxy.requests[0].startswith(b"GET http://platform.invalid/posts HTTP/1.1")


async def test_what_needs_no_proxy_goes_around_it(
    proxy: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with peer(answering(OK)) as near, Http(2) as http:
        assert (await http.request("GET", near.url)).ok
        assert len(near.requests) == 1
    assert proxy.requests == []


async def test_a_proxy_for_another_scheme_is_left_alone(proxy: Peer) -> None:
    async with Http(2) as http:
        with pytest.raises(NotSent):
            await http.request("GET", "https://platform.invalid/posts")
    assert proxy.requests == []


async def test_a_password_file_of_the_user_is_not_sent(
    proxy: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text("machine platform.invalid login ada password secret\n")
    monkeypatch.setenv("NETRC", str(passwords))
    async with Http(2) as http:
        await http.request("GET", FOREIGN)
    assert b"authorization" not in proxy.requests[0].lower()
