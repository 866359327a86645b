"""Server-sent events: hello, then what changed, for the own workspace only."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from postclock.app import create_app
from postclock.config import load_settings
from postclock.crypto import KeyRing
from postclock.serving import server_for
from tests.api.asking import POSTS, Json, act, ahead, cron, made, refused, wish
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

STREAM = "/api/v1/stream"
Events = Iterator[tuple[str, Json]]


@contextmanager
def watching(client: httpx.Client) -> Iterator[Events]:
    """The stream's events as they come; its first is ``hello``."""
    with client.stream("GET", STREAM, timeout=5) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] in ("no-cache", "no-store")
        yield parsed(answer.iter_lines())


def parsed(lines: Iterator[str]) -> Events:
    name = ""
    for line in lines:
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            yield name, json.loads(line.removeprefix("data:"))


def test_it_begins_with_hello(client: httpx.Client) -> None:
    with watching(client) as events:
        name, data = next(events)
        assert (name, list(data)) == ("hello", ["server_time"])


def test_a_change_is_told_within_a_second(api: Api, client: httpx.Client, team: Team) -> None:
    with api.client(team) as watcher, watching(watcher) as events:
        next(events)
        began = time.monotonic()
        post = made(client, wish(scheduled_at=ahead(-1)))
        assert next(events) == ("changed", {"posts": [post["id"]], "notifications": True})
        assert time.monotonic() - began < 1
        for change in (
            lambda: client.put(f"{POSTS}/{post['id']}", json={"topic": "x"}),
            lambda: act(client, post, "publish"),
            lambda: cron(client),
        ):
            change()
            name, data = next(events)
            assert (name, data["posts"]) == ("changed", [post["id"]])
        while client.get(f"{POSTS}/{post['id']}").json()["status"] != "published":
            next(events)


def test_another_workspaces_changes_are_not_told(
    api: Api, client: httpx.Client, other: Team, stranger: httpx.Client
) -> None:
    with api.client(other) as watcher, watching(watcher) as events:
        next(events)
        made(client, wish(scheduled_at=ahead(-1)))
        cron(client)
        own = made(stranger)
        seen = next(events)
        assert seen == ("changed", {"posts": [own["id"]], "notifications": True})


def test_nobody_watches_without_signing_in(api: Api) -> None:
    with api.client() as nobody:
        refused(nobody.get(STREAM), 401, "not_signed_in")


def test_it_ends_when_the_server_stops(dsn: str, ring: KeyRing, team: Team) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    settings = load_settings({"POSTCLOCK_SCHEDULER": "off"})
    app = create_app(settings, dsn, ring)
    server = server_for(app, settings.trusted_proxies)
    loop = asyncio.new_event_loop()

    def serve() -> None:
        loop.run_until_complete(server.serve(sockets=[listening]))
        loop.close()

    def leave() -> None:
        server.stop()
        app.state.parts.changes.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    headers = {"Authorization": f"Bearer {team.token}"}
    client = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20)
    with client, watching(client) as events:
        next(events)
        began = time.monotonic()
        loop.call_soon_threadsafe(leave)
        with pytest.raises(StopIteration):
            next(events)
        assert time.monotonic() - began < 2
    thread.join(10)
    assert not thread.is_alive()
