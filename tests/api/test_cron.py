"""The cron endpoint: who may call it, what it does, what it answers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import httpx
import pytest
from starlette.types import ASGIApp

from postclock.app import create_app
from postclock.config import load_settings
from postclock.crypto import KeyRing
from tests.api.asking import (
    CRON,
    CRON_PATH,
    POSTS,
    Admin,
    ahead,
    cron,
    fault,
    ledger,
    made,
    now,
    read,
    refused,
    wish,
)
from tests.fixtures.servers import Api
from tests.fixtures.workspaces import Team

Serve = Callable[[ASGIApp, socket.socket], str]


def served(serve_app: Serve, dsn: str, ring: KeyRing, **environment: str) -> httpx.Client:
    listening = socket.create_server(("127.0.0.1", 0))
    port = str(listening.getsockname()[1])
    given = {"POSTCLOCK_PORT": port, "POSTCLOCK_SCHEDULER": "off"} | environment
    app = create_app(load_settings(given), dsn, ring)
    return httpx.Client(base_url=serve_app(app, listening), trust_env=False, timeout=30)


def test_nothing_is_processed_without_the_secret(api: Api, client: httpx.Client) -> None:
    post = made(client, wish(scheduled_at=ahead(-1)))
    wrong: list[dict[str, str]] = [
        {}, {"X-Cron-Secret": "wrong"}, {"X-Cron-Secret": ""}, {"X-Cron-Secret": "cron-secret2"},
        {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer"},
        {"Authorization": "Basic cron-secret"}, {"Authorization": "cron-secret"},
        {"X-Cron-Secret": "wrong", "Authorization": "Bearer cron-secret"},
    ]  # fmt: skip
    with api.client() as caller:
        for headers in wrong:
            for method in ("GET", "POST"):
                refused(
                    caller.request(method, CRON_PATH, headers=headers), 401, "cron_secret_wrong"
                )
        refused(caller.post(CRON_PATH, params={"secret": "cron-secret"}), 401, "cron_secret_wrong")
        answer = caller.post(CRON_PATH, headers={b"X-Cron-Secret": "crön".encode()})
        refused(answer, 401, "cron_secret_wrong")
    refused(client.post(CRON_PATH), 401, "cron_secret_wrong")
    assert read(client, post)["deliveries"][0]["state"] == "scheduled"
    assert ledger(client) == []


def test_every_form_of_the_secret_is_taken(api: Api) -> None:
    forms = [CRON, {"Authorization": "Bearer cron-secret"}, {"Authorization": "bearer cron-secret"}]
    with api.client() as caller:
        for headers in forms:
            for method in ("GET", "POST"):
                answer = caller.request(method, CRON_PATH, headers=headers)
                assert answer.status_code == 200
        assert answer.json() == {
            "processed": 0, "published": 0, "failed": 0, "retried": 0, "skipped": 0,
            "remaining": 0, "next_due_at": None,
        }  # fmt: skip


def test_without_a_secret_set_it_is_unavailable(serve_app: Serve, dsn: str, ring: KeyRing) -> None:
    with served(serve_app, dsn, ring) as caller:
        for headers in ({}, CRON, {"X-Cron-Secret": ""}, {"Authorization": "Bearer"}):
            refused(caller.post(CRON_PATH, headers=headers), 503, "cron_not_set_up")
        info = caller.get("/api/v1/cron/info/service").json()
        assert (info["configured"], info["scheduler"]) == (False, "off")


def test_the_info_is_public_and_tells_no_secret(api: Api) -> None:
    with api.client() as caller:
        answer = caller.get("/api/v1/cron/info/service")
    assert answer.status_code == 200
    assert answer.json()["path"] == CRON_PATH
    assert (answer.json()["configured"], answer.json()["max_posts_per_run"]) == (True, 50)
    assert "cron-secret" not in answer.text


def test_counts_are_in_posts(client: httpx.Client) -> None:
    fault(client, "mastodon", "rate_limit", 1)
    made(client, wish("twitter", "bluesky", scheduled_at=ahead(-1)))
    made(client, wish("mastodon", "bluesky", text="again", scheduled_at=ahead(-1)))
    later = made(client, wish(scheduled_at=ahead(5000)))
    report = cron(client)
    assert (report["processed"], report["published"], report["retried"]) == (2, 1, 1)
    assert (report["failed"], report["skipped"], report["remaining"]) == (0, 0, 0)
    assert datetime.fromisoformat(report["next_due_at"]) < datetime.fromisoformat(
        later["scheduled_at"]
    )


def test_a_call_takes_so_many_posts_not_deliveries(
    serve_app: Serve, dsn: str, ring: KeyRing, client: httpx.Client, api: Api
) -> None:
    for n in range(5):
        made(client, wish("twitter", "bluesky", "mastodon", text=f"n{n}", scheduled_at=ahead(-1)))
    few = {
        "MAX_POSTS_PER_RUN": "2",
        "CRON_SECRET": "cron-secret",
        "SANDBOX_URL": f"{api.url}/sandbox",
    }
    with served(serve_app, dsn, ring, **few) as caller:
        reports = [cron(caller) for _ in range(4)]
    assert [r["published"] for r in reports] == [2, 2, 1, 0]
    assert [r["remaining"] for r in reports] == [3, 1, 0, 0]
    assert len(ledger(client)) == 15


def test_what_fell_due_while_nothing_ran_is_not_forgotten(
    client: httpx.Client, admin: Admin
) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    put_off(admin, timedelta(hours=23))
    assert cron(client)["published"] == 1
    delivery = read(client, post)["deliveries"][0]
    assert delivery["state"] == "published"
    assert delivery["late_ms"] == pytest.approx(23 * 3_600_000, rel=0.001)


def test_what_fell_due_too_long_ago_is_missed_and_told(client: httpx.Client, admin: Admin) -> None:
    post = made(client, wish(scheduled_at=ahead()))
    put_off(admin, timedelta(days=3))
    assert cron(client)["failed"] == 1
    assert read(client, post)["status"] == "missed"
    assert ledger(client) == []
    (notice,) = client.get("/api/v1/notifications").json()["items"]
    assert notice["kind"] == "post_missed"
    assert "within 24 h" in notice["body"]


def put_off(admin: Admin, late: timedelta) -> None:
    """Make everything scheduled ``late`` by now."""
    then = now() - late
    admin.execute("UPDATE posts SET scheduled_at = %s", [then])
    admin.execute("UPDATE deliveries SET due_at = %s, wake_at = %s", [then, then])


def test_calls_at_once_publish_each_post_once(api: Api, team: Team) -> None:
    with api.client(team) as client:
        for n in range(20):
            made(client, wish("twitter", "mastodon", text=f"post {n:02}", scheduled_at=ahead(-1)))
        with ThreadPoolExecutor(3) as pool:
            reports = list(pool.map(lambda _: cron(client), range(3)))
        while any(d["state"] != "published" for d in deliveries(client)):
            reports.append(cron(client))
            assert len(reports) < 20
        assert sum(r["published"] for r in reports) == 20
        assert ledger(client) == sorted(2 * [f"post {n:02}" for n in range(20)])


def deliveries(client: httpx.Client) -> list[dict[str, str]]:
    items = client.get(POSTS, params={"limit": 100}).json()["items"]
    return [delivery for post in items for delivery in post["deliveries"]]
