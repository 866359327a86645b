"""healthz and readyz, and what a server without its database answers."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from starlette.types import ASGIApp

from postclock.app import create_app
from postclock.config import load_settings
from postclock.crypto import KeyRing
from tests.api.asking import Admin, ahead, made, refused, wish

Serve = Callable[[ASGIApp, socket.socket], str]


@pytest.fixture
def served(serve_app: Serve, dsn: str, ring: KeyRing) -> Callable[..., httpx.Client]:
    def start(address: str = dsn, **environment: str) -> httpx.Client:
        listening = socket.create_server(("127.0.0.1", 0))
        app = create_app(load_settings(environment), address, ring)
        url = serve_app(app, listening)
        return httpx.Client(base_url=url, trust_env=False, timeout=20)

    return start


@contextmanager
def a_node_listens(dsn: str) -> Iterator[None]:
    """What a node leaves in pg_stat_activity."""
    with psycopg.connect(dsn, application_name="postclock-node:test"):
        yield


def test_alive_and_ready_at_both_addresses(client: httpx.Client) -> None:
    for prefix in ("", "/api/v1"):
        assert client.get(f"{prefix}/healthz").json() == {"status": "ok"}
        assert client.get(f"{prefix}/readyz").json() == {
            "status": "ok", "database": True, "nodes": 0, "oldest_overdue_seconds": None,
            "reasons": [],
        }  # fmt: skip


def test_in_exact_mode_a_node_must_listen(served: Callable[..., httpx.Client], dsn: str) -> None:
    with served(POSTCLOCK_SCHEDULER="exact") as client:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        assert answer.json()["reasons"] == ["No publishing node listens."]
        assert client.get("/healthz").status_code == 200
        with a_node_listens(dsn):
            answer = client.get("/readyz")
            assert (answer.status_code, answer.json()["nodes"]) == (200, 1)


def test_due_work_that_does_not_move_is_an_alarm(client: httpx.Client, admin: Admin) -> None:
    made(client, wish(scheduled_at=ahead(-1)))
    assert client.get("/readyz").status_code == 200
    admin.execute("UPDATE deliveries SET wake_at = now() - interval '90 seconds'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["oldest_overdue_seconds"] == pytest.approx(90, abs=10)
    assert "has not moved" in answer.json()["reasons"][0]


def test_without_its_database_it_says_so(served: Callable[..., httpx.Client]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with served(f"postgresql://nobody@127.0.0.1:{port}/none", POSTCLOCK_SCHEDULER="off") as client:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["database"]) == (503, False)
        assert "nothing listens" in answer.json()["reasons"][0]
        problem = refused(client.get("/api/v1/auth/first-owner"), 503, "database_away")
        assert "Nothing was saved" in problem["detail"]
