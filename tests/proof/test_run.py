"""``postclock run`` as an operator meets it: one link, one owner, stops whole, survives a kill."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from postclock.clock import HostClock
from postclock.db.directories import temporary_data_dir
from tests.proof.rig import Process, process, wait_until

OWNER = {"email": "ada@example.org", "password": "correct horse", "name": "Ada"}
ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_data_dir() as path:
        yield path


@contextmanager
def running(home: Path) -> Iterator[tuple[Process, httpx.Client]]:
    """``postclock run`` on a free port, and a browser's client for it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {"POSTCLOCK_DATA_DIR": str(home), "POSTCLOCK_PORT": str(port)}
    with process("run", env=env) as started:
        started.wait_for("Postclock is at")
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=20, trust_env=False, headers=ORIGIN) as client:
            wait_until(lambda: client.get("/readyz").status_code == 200, lambda: started.lines, 60)
            yield started, client


def schedule(client: httpx.Client, text: str, seconds: float) -> str:
    """A post for the pretend X; its id."""
    at = (HostClock().now() + timedelta(seconds=seconds)).isoformat()
    wish = {"platforms": ["twitter"], "content": {"twitter": {"text": text}}, "scheduledAt": at}
    created = client.post("/api/v1/posts", json=wish)
    assert created.status_code == 201, created.text
    post_id: str = created.json()["id"]
    return post_id


def status(client: httpx.Client, post_id: str) -> str:
    said: str = client.get(f"/api/v1/posts/{post_id}").json()["status"]
    return said


def test_one_owner_by_the_printed_link_and_a_post_at_its_second(home: Path) -> None:
    with running(home) as (started, client):
        token = started.wait_for("/welcome/?token=").strip().partition("token=")[2]
        wrong = client.post("/api/v1/auth/first-owner", json={**OWNER, "token": "guess"})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "setup_link_wrong")
        made = client.post("/api/v1/auth/first-owner", json={**OWNER, "token": token})
        assert made.status_code == 201, made.text
        again = client.post("/api/v1/auth/first-owner", json={**OWNER, "token": token})
        assert (again.status_code, again.json()["code"]) == (409, "owner_exists")
        post_id = schedule(client, "first of all", 2)
        wait_until(lambda: status(client, post_id) == "published", lambda: status(client, post_id))
        [delivery] = client.get(f"/api/v1/posts/{post_id}").json()["deliveries"]
        assert 0 <= delivery["late_ms"] < 1000
        started.child.send_signal(signal.SIGTERM)
        assert started.child.wait(40) == 0
    assert not list(home.glob("postgres/*/postmaster.pid")), "the database is stopped too"
    assert home.joinpath("secret.key").stat().st_mode & 0o777 == 0o600


def test_after_a_kill_the_next_start_publishes_what_fell_due(home: Path) -> None:
    with running(home) as (started, client):
        token = started.wait_for("/welcome/?token=").strip().partition("token=")[2]
        made = client.post("/api/v1/auth/first-owner", json={**OWNER, "token": token})
        cookies = made.cookies
        post_id = schedule(client, "due while nothing ran", 3)
        started.kill()
    with running(home) as (started, client):
        client.cookies = cookies
        wait_until(lambda: status(client, post_id) == "published", lambda: status(client, post_id))
        said = [entry["text"] for entry in client.get("/sandbox/ledger").json()]
        assert said == ["due while nothing ran"]
        assert not [line for line in started.lines if "/welcome/" in line]
        started.child.send_signal(signal.SIGINT)
        assert started.child.wait(40) == 0
