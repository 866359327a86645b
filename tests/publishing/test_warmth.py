"""Connections opened ahead of the moment, against a real server."""

from __future__ import annotations

from datetime import timedelta

from postclock.clock import HostClock
from postclock.http import Http
from postclock.publishing.warmth import AT_ONCE, Warmth
from tests.scheduler.scripted import until
from tests.test_http import OK, answering, peer


async def test_what_leaves_soon_finds_a_connection_and_a_crowd_only_so_many() -> None:
    clock = HostClock()
    async with peer(answering(OK)) as served, Http(5) as http:
        warmth = Warmth(http, clock)
        for _ in range(AT_ONCE + 20):
            warmth.ahead(served.url, clock.now() + timedelta(seconds=1))
        await until(lambda: served.connections == AT_ONCE)
        await http.request("POST", served.url, json={})
        assert (served.connections, len(served.requests)) == (AT_ONCE, 1)


async def test_what_is_due_already_opens_its_own() -> None:
    clock = HostClock()
    async with peer(answering(OK)) as served, Http(5) as http:
        Warmth(http, clock).ahead(served.url, clock.now())
        await http.request("POST", served.url, json={})
        assert served.connections == 1


async def test_a_warmed_connection_is_open_and_has_said_nothing() -> None:
    async with peer(answering(OK)) as served, Http(5) as http:
        await http.warm(served.url)
        assert (served.connections, served.requests) == (1, [])
        await http.request("POST", served.url, json={})
        assert (served.connections, len(served.requests)) == (1, 1)


async def test_warming_what_cannot_be_reached_is_no_error() -> None:
    async with Http(5) as http:
        await http.warm("http://127.0.0.1:1/")
