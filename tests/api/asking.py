"""What the API's tests ask for, and how they read the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
from psycopg.rows import DictRow

from postclock.clock import HostClock

POSTS = "/api/v1/posts"
CRON_PATH = "/api/v1/cron/publish-scheduled"
CRON = {"X-Cron-Secret": "cron-secret"}

Admin = psycopg.Connection[DictRow]
Json = dict[str, Any]


def now() -> datetime:
    """The present instant, as the served program reads it."""
    return HostClock().now()


def ahead(seconds: float = 3600) -> str:
    """An instant from now, in ISO 8601 with its offset."""
    return (now() + timedelta(seconds=seconds)).isoformat()


def wish(*platforms: str, text: str = "Hello", **more: Any) -> Json:
    """A post for ``platforms`` (X when none is named) that says ``text`` on each."""
    named = platforms or ("twitter",)
    content = {name: {"text": text} for name in named}
    return {"platforms": list(named), "content": content, **more}


def made(client: httpx.Client, asked: Json | None = None, **headers: str) -> Json:
    """A new post, as answered."""
    answer = client.post(POSTS, json=wish() if asked is None else asked, headers=headers)
    assert answer.status_code == 201, answer.text
    post: Json = answer.json()
    return post


def put(client: httpx.Client, post: Json, change: Json, **headers: str) -> httpx.Response:
    return client.put(f"{POSTS}/{post['id']}", json=change, headers=headers)


def act(client: httpx.Client, post: Json, action: str, body: Json | None = None) -> httpx.Response:
    return client.post(f"{POSTS}/{post['id']}/{action}", json=body)


def read(client: httpx.Client, post: Json) -> Json:
    answer = client.get(f"{POSTS}/{post['id']}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def cron(client: httpx.Client) -> Json:
    """One cron call's report."""
    answer = client.post(CRON_PATH, headers=CRON)
    assert answer.status_code == 200, answer.text
    report: Json = answer.json()
    return report


def fault(client: httpx.Client, platform: str, name: str, count: int = 1) -> None:
    """Have the sandbox fail at the next ``count`` create calls of ``platform``."""
    asked = {"platform": platform, "fault": name, "count": count}
    client.put("/sandbox/faults", json=asked).raise_for_status()


def ledger(client: httpx.Client) -> list[str]:
    """The texts that the sandbox's platforms accepted."""
    return sorted(entry["text"] for entry in client.get("/sandbox/ledger").json())


def refused(answer: httpx.Response, status: int, *codes: str) -> Json:
    """A problem of ``status`` with exactly the problems ``codes`` (its own code comes first)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: Json = answer.json()
    assert problem["status"] == status
    assert problem["type"] == f"about:blank#{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    assert all(each["code"] and each["message"] for each in problem["problems"])
    told = [each["code"] for each in problem["problems"]] or [problem["code"]]
    assert (problem["code"], sorted(told)) == (told[0], sorted(codes))
    return problem


def fields(problem: Json) -> list[str]:
    return [each["field"] for each in problem["problems"]]


def stored(admin: Admin, table: str) -> int:
    """How many rows a table has."""
    row = admin.execute(f"SELECT count(*) AS n FROM {table}").fetchone()
    assert row is not None
    count: int = row["n"]
    return count


def move(admin: Admin, post: Json, state: str) -> None:
    """Put the post's deliveries into ``state``, as a node would have left them."""
    resting = state in ("held", "published", "failed", "missed", "unconfirmed", "canceled")
    admin.execute(
        "UPDATE deliveries SET state = %s, wake_at = CASE WHEN %s THEN NULL ELSE now() END "
        "WHERE post_id = %s",
        [state, resting, post["id"]],
    )
    admin.execute("SELECT postclock_derive_posts(ARRAY[%s]::uuid[], now())", [post["id"]])


def ids(page: Json) -> Sequence[str]:
    return [item["id"] for item in page["items"]]
