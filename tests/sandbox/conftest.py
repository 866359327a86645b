"""A sandbox on a real socket, with a clock the test owns."""

from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from postclock.sandbox.app import create_sandbox
from postclock.sandbox.credentials import sandbox_account
from tests.sandbox.rig import DEADLINE, MORNING, Api, OwnedClock, Running
from tests.scheduler.scripted import until


@pytest.fixture
def serve() -> Iterator[Callable[[ASGIApp], str]]:
    """Serve an application on a free port until the test ends; gives its address."""
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: ASGIApp) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in servers:
        server.should_exit = server.force_exit = True
        thread.join(DEADLINE)
        assert not thread.is_alive()


@pytest.fixture
def running(serve: Callable[[ASGIApp], str]) -> Iterator[Running]:
    clock = OwnedClock(MORNING)
    app = create_sandbox(clock=clock)
    with closing(app):
        yield Running(serve(app), app, clock)


@pytest.fixture(params=["alone", "mounted"])
def anywhere(request: pytest.FixtureRequest, serve: Callable[[ASGIApp], str]) -> Iterator[Running]:
    """A sandbox at the root, then one mounted at /sandbox."""
    clock = OwnedClock(MORNING)
    app = create_sandbox(clock=clock)
    with closing(app):
        if request.param == "alone":
            yield Running(serve(app), app, clock)
        else:
            outer = Starlette(routes=[Mount("/sandbox", app=app)])
            yield Running(serve(outer) + "/sandbox", app, clock)


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser's or a client's session; what was refused half sent does not outlive it.

    A session closes its connections only once their bytes are written, and nobody reads those of
    a body that was refused: its socket would stay, for another test to be blamed for.
    """
    made: list[socket.socket] = []

    def make(address: Any) -> socket.socket:
        made.append(socket.socket(*address[:3]))
        return made[-1]

    timeout = aiohttp.ClientTimeout(total=DEADLINE)
    connector = aiohttp.TCPConnector(socket_factory=make)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as opened:
        yield opened
    for one in made:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
    await until(lambda: all(one.fileno() == -1 for one in made))


@pytest.fixture
def api(running: Running, session: aiohttp.ClientSession) -> Api:
    return Api(running.url, session)


@pytest.fixture
def api_anywhere(anywhere: Running, session: aiohttp.ClientSession) -> Api:
    return Api(anywhere.url, session)


@pytest.fixture
def twitter_token() -> str:
    return sandbox_account("twitter", "acme")[2]["access_token"]


@pytest.fixture
def mastodon_token() -> str:
    return sandbox_account("mastodon", "acme")[2]["access_token"]
