"""What every bench stands on: the server, the databases, nodes, the bare loop."""

from __future__ import annotations

import base64
import http.client
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import queries
from bench.child import Child, child, wait_until
from bench.database import RING, Database, Databases
from bench.plan import Plan, Verdict, judge
from bench.profile import profiled
from bench.sizes import Sizes


class Server:
    """The HTTP server's process, seen from here."""

    def __init__(self, process: Child) -> None:
        self.process = process
        self.port = int(process.wait_for("server_started").split()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def count(self) -> int:
        """How many requests it received since it was last told to forget."""
        return int(self._ask("GET", "/count"))

    def arrivals(self) -> list[tuple[int, str]]:
        """Nanoseconds since 1970 and key of each."""
        lines = self._ask("GET", "/arrivals").decode().splitlines()
        return [(int(at), key) for at, _, key in (line.partition(" ") for line in lines)]

    def forget(self) -> None:
        self._ask("DELETE", "/arrivals")

    def _ask(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path)
            return connection.getresponse().read()
        finally:
            connection.close()


@dataclass
class Stage:
    """Handed to every bench."""

    sizes: Sizes
    server: Server
    databases: Databases
    with_peers: bool = True
    profile: Path | None = None
    """A folder for py-spy's flame graphs of every node."""
    filled: dict[int, Database] = field(default_factory=dict)

    def postclock(self, waiting: int) -> Database:
        """Postclock's database with ``waiting`` posts due later; filled once."""
        if waiting not in self.filled:
            made = self.databases.of_postclock(self.server.url, self.sizes.accounts, waiting)
            self.filled[waiting] = made
        return self.filled[waiting]

    def fresh(self) -> Database:
        """Another of Postclock's databases, nothing pending."""
        return self.databases.of_postclock(self.server.url, self.sizes.accounts, 0)

    @contextmanager
    def node(self, database: Database) -> Iterator[Child]:
        """A publishing node at work on ``database``."""
        with child(["bench.node"], node_environment(database)) as started:
            started.wait_for("node_started")
            with profiled(started, self.profile):
                yield started

    def bare(self, count: int) -> dict[str, Any]:
        """What the HTTP client alone achieves."""
        plan = Plan(name("bare"), count, 0)
        self.server.forget()
        command = ["bench.loop", self.server.url, plan.prefix, str(count)]
        with child([*command, str(self.sizes.in_flight)]) as loop:
            used = float(loop.wait_for("cpu_seconds", 600).split()[1])
        return told(judge(plan, self.server.arrivals()), used)

    def watch(self, plan: Plan, seconds: float) -> Verdict:
        """Wait until all of ``plan`` arrived, or nothing more can be expected in ``seconds``."""
        wait_until(lambda: self.server.count() >= plan.count, seconds)
        return judge(plan, self.server.arrivals())

    def recorded(self, database: Database, seconds: float) -> int:
        """Wait until all that was due is recorded; when that was, in nanoseconds since 1970."""
        if not wait_until(lambda: queries.count_unrecorded(database.sql) == 0, seconds, 0.02):
            raise RuntimeError(f"not recorded: {queries.states(database.sql)}")
        return time.time_ns()


@contextmanager
def open_stage(
    sizes: Sizes, dsn: str, *, with_peers: bool = True, profile: Path | None = None
) -> Iterator[Stage]:
    """Server and databases, gone at the end."""
    databases = Databases(dsn)
    try:
        with child(["bench.server"]) as process:
            yield Stage(sizes, Server(process), databases, with_peers, profile)
    finally:
        databases.close()


def told(verdict: Verdict, cpu_seconds: float) -> dict[str, Any]:
    """A verdict, and what of a processor each post took in the process that sent it."""
    each = 1000 * cpu_seconds / max(verdict.received, 1)
    return {**verdict.told(), "cpu_ms_per_post": round(each, 4)}


def node_environment(database: Database) -> dict[str, str]:
    """What a node needs to know."""
    [(key_id, key)] = RING.keys.items()
    return {
        "DATABASE_URL": database.url,
        "OUTBOUND_ALLOW": "127.0.0.1",
        "POSTCLOCK_SECRET_KEYS": f"{key_id}:{base64.b64encode(key).decode()}",
    }


def name(what: str) -> str:
    """A prefix of keys that no other run uses."""
    return f"{what}_{secrets.token_hex(3)}"
