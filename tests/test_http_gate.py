"""The check just before the first byte: what it refuses is not sent, what it lets pass has left."""

from __future__ import annotations

import asyncio
import socket

import pytest

from postclock.http import Http, NotSent, before_write
from tests.test_http import DEADLINE, OK, answering, peer


def refuse() -> None:
    raise NotSent("the lease is over")


async def test_a_failed_check_keeps_a_new_connection_from_carrying_a_byte() -> None:
    async with peer(answering(OK)) as served, Http(DEADLINE) as http:
        with pytest.raises(NotSent, match="lease"), before_write(refuse):
            await http.request("POST", served.url, json={})
        await asyncio.wait_for(served.hung_up.wait(), DEADLINE)  # closed, not leaked
        assert (served.connections, served.requests) == (1, [])


async def test_a_failed_check_keeps_a_used_connection_from_carrying_a_byte() -> None:
    async with peer(answering(OK)) as served, Http(DEADLINE) as http:
        await http.request("POST", served.url, json={})
        with pytest.raises(NotSent, match="lease"), before_write(refuse):
            await http.request("POST", served.url, json={})
        await asyncio.wait_for(served.hung_up.wait(), DEADLINE)
        assert (served.connections, len(served.requests)) == (1, 1)


async def test_the_check_runs_once_connected_and_lets_the_request_pass() -> None:
    connected: list[int] = []
    async with peer(answering(OK)) as served, Http(DEADLINE) as http:
        with before_write(lambda: connected.append(len(served.requests))):
            await http.request("POST", served.url, json={})
            await http.request("POST", served.url, json={})
        await http.request("POST", served.url, json={})
    assert connected == [0, 1]


@pytest.mark.parametrize("body", [None, {"text": "now"}])
async def test_what_passed_the_check_has_left_before_anything_else_has_its_turn(
    body: object,
) -> None:
    """A process that is frozen there must not send it when its lease is long over."""
    arrived: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def next_turn() -> None:
            taken, _ = listener.accept()
            with taken:
                taken.settimeout(0.5)
                arrived.append(taken.recv(100))
                taken.sendall(OK)

        def check() -> None:
            asyncio.get_running_loop().call_soon(next_turn)

        async with Http(DEADLINE) as http:
            with before_write(check):
                url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
                await http.request("POST", url, json=body)
    assert arrived[0].startswith(b"POST / ")
