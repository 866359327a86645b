"""Real processes of the product, beside each other on one test database."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict

from postclock.db.session import Database
from postclock.http import Http
from postclock.services.platforms.registry import build_platforms
from postclock.services.posts import queries, service
from postclock.services.posts.model import Post, Wish
from tests.fixtures.workspaces import RING, Team

REQUEST_TIMEOUT = 2
DEADLINE = 150.0


def as_url(dsn: str) -> str:
    """A connection string as DATABASE_URL wants it."""
    parts = conninfo_to_dict(dsn)
    return (
        f"postgresql://{parts['user']}:{parts['password']}@/{parts['dbname']}?host={parts['host']}"
    )


@dataclass
class Process:
    """One process of the product, its output kept."""

    child: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    said: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, word: str) -> str:
        """The first line with ``word``; fails with everything that was said."""
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            self.said.clear()
            for line in list(self.lines):
                if word in line:
                    return line
            assert self.child.poll() is None, "".join(self.lines)
            self.said.wait(0.5)
        raise AssertionError(f"never said {word!r}: {''.join(self.lines)}")

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()

    def read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.lines.append(line)
            self.said.set()


@contextmanager
def process(*arguments: str, env: Mapping[str, str]) -> Iterator[Process]:
    """``postclock <arguments>`` for as long as the block lasts."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("POSTCLOCK_")}
    child = subprocess.Popen(
        [sys.executable, "-m", "postclock", *arguments], env={**own, **env}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    running = Process(child)
    reader = threading.Thread(target=running.read, daemon=True)
    reader.start()
    try:
        yield running
    finally:
        if child.poll() is None:
            child.terminate()
        child.wait(60)
        reader.join()
        assert child.stdout is not None
        child.stdout.close()


@contextmanager
def sandbox_process(*more: str) -> Iterator[str]:
    """The pretend platforms alone; their address."""
    with process("sandbox", "--port", "0", *more, env={}) as running:
        yield running.wait_for("http").split()[-1]


def node_env(dsn: str, sandbox_url: str, **more: str) -> dict[str, str]:
    """What a process needs to work on the test's database against that sandbox."""
    [(key_id, key)] = RING.keys.items()
    return {
        "DATABASE_URL": as_url(dsn),
        "SANDBOX_URL": sandbox_url,
        "POSTCLOCK_SECRET_KEYS": f"{key_id}:{base64.b64encode(key).decode()}",
        "REQUEST_TIMEOUT": str(REQUEST_TIMEOUT),
        **more,
    }


async def write_posts(
    database: Database, team: Team, count: int, accounts_each: int = 1
) -> list[Post]:
    """Posts that are ready, each to the next account in turn, each with words of its own."""
    accounts = list(team.accounts.values())
    written = []
    async with Http(5) as http, database.as_user(team.who.user_id) as tx:
        platforms = build_platforms(http, database.clock)
        for i in range(count):
            targets = [accounts[(i + k) % len(accounts)] for k in range(accounts_each)]
            content = {a.platform: {"text": f"post {i} of {count}"} for a in targets}
            wish = Wish(
                content=content, accounts=[a.id for a in targets], status="ready_to_publish"
            )
            written.append((await service.create(tx, team.who, platforms, wish)).view.post)
    return written


async def arm_all(
    database: Database, team: Team, posts: list[Post], seconds: float, apart: float = 0
) -> datetime:
    """Give every post its moment in one transaction; the first moment."""
    async with database.as_user(team.who.user_id) as tx:
        first = tx.now + timedelta(seconds=seconds)
        for i, post in enumerate(posts):
            await queries.arm(tx, post, first + timedelta(seconds=i * apart))
    return first


def ledger(sandbox_url: str) -> list[dict[str, Any]]:
    """What the pretend platforms accepted."""
    answer = httpx.get(f"{sandbox_url}/ledger", timeout=20, trust_env=False)
    entries: list[dict[str, Any]] = answer.raise_for_status().json()
    return entries


def put_fault(sandbox_url: str, platform: str, fault: str, count: int, **more: Any) -> None:
    """Have the next ``count`` creates of a platform go wrong."""
    body = {"platform": platform, "fault": fault, "count": count, **more}
    answer = httpx.put(f"{sandbox_url}/faults", json=body, timeout=20, trust_env=False)
    answer.raise_for_status()


def wait_until(
    done: Callable[[], bool], what: Callable[[], object], seconds: float = DEADLINE
) -> None:
    """Return when ``done`` says so; fail with ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    poll = threading.Event()
    while not done():
        assert time.monotonic() < deadline, f"not done after {seconds} s: {what()}"
        poll.wait(0.1)


def statuses(admin: psycopg.Connection[Any]) -> Counter[str]:
    """How many posts are in each status."""
    rows = admin.execute("SELECT status, count(*) AS n FROM posts GROUP BY status").fetchall()
    return Counter({row["status"]: row["n"] for row in rows})


def accepted_once(sandbox_url: str, expected: int) -> None:
    """Every post is on the pretend platforms, once."""
    said = Counter((e["platform"], e["text"]) for e in ledger(sandbox_url))
    assert [one for one, n in said.items() if n > 1] == []
    assert len(said) == expected
