"""The peers as the benches see them: a place of their own, filled and put to work."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.child import ROOT, Child, child, wait_until
from bench.database import Database
from bench.peers.contract import PLACE, Place
from bench.plan import Plan
from bench.stage import Stage

PYTHON = ROOT / ".cache" / "bench" / "bin" / "python"
NAMES = ("pgqueuer", "procrastinate", "dbos", "celery")
REDIS = "redis-server"


def missing(name: str) -> str:
    """Why ``name`` cannot run here; nothing when it can."""
    if not PYTHON.exists():
        return "the peers are not installed: make bench does it"
    if name == "celery" and shutil.which(REDIS) is None:
        return "redis-server is not installed (Debian: apt install redis-server)"
    return ""


@dataclass(frozen=True, slots=True)
class Rival:
    """One peer at its place."""

    name: str
    place: Place
    database: Database | None
    """None for one that keeps its jobs elsewhere."""

    def fill(self, plan: Plan) -> None:
        """Enqueue ``plan`` in a process of its own."""
        with self._run("fill", plan.dumped()) as process:
            process.wait(900)
        if self.database:
            self.database.settle()

    @contextmanager
    def working(self) -> Iterator[Child]:
        """Its worker, at work."""
        with self._run("work") as process:
            process.wait_for("peer_started")
            yield process

    def prepare(self) -> None:
        with self._run("prepare") as process:
            process.wait(120)

    def about(self) -> dict[str, str]:
        """Its version and settings."""
        with self._run("about") as process:
            process.wait(60)
            told: dict[str, str] = json.loads(process.lines[-1])
            return told

    @contextmanager
    def _run(self, *arguments: str) -> Iterator[Child]:
        env = {PLACE: self.place.dumped()}
        with child(["bench.peers", self.name, *arguments], env, PYTHON) as process:
            yield process


@contextmanager
def rival(stage: Stage, name: str) -> Iterator[Rival]:
    """``name`` with an empty place of its own, gone at the end."""
    with ExitStack() as stack:
        if name == "celery":
            url, database = stack.enter_context(redis()), None
        else:
            made = stage.databases.empty(name)
            stack.callback(stage.databases.drop, made.name)
            url, database = made.url, made
        place = Place(url, stage.server.url, stage.sizes.in_flight)
        peer = Rival(name, place, database)
        peer.prepare()
        yield peer


@contextmanager
def redis() -> Iterator[str]:
    """A Redis of our own on a free port, nothing kept; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", "everysec"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(folder),
        )  # fmt: skip
        try:
            if not wait_until(lambda: _answers(port), 20):
                raise RuntimeError("redis-server does not answer")
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(30)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def commands_of_redis(url: str) -> int:
    """How many commands the Redis at ``url`` has processed."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), 5) as connection:
        connection.sendall(b"INFO stats\r\nQUIT\r\n")
        told = connection.makefile("rb").read().decode()
    return int(told.partition("total_commands_processed:")[2].split()[0])
