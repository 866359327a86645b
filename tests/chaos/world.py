"""What a chaos run stands in: a PostgreSQL of its own, the pretend platforms, accounts, posts."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from postclock.clock import HostClock
from postclock.db.session import open_database
from postclock.ids import new_id
from postclock.sandbox.credentials import sandbox_account
from postclock.services.accounts.model import NewAccount
from postclock.services.platforms.registry import PLATFORMS
from tests.chaos.mute import LEAD, Mute, serve_mute
from tests.chaos.node import REQUEST_TIMEOUT
from tests.fixtures.postgres import OwnPostgres, own_postgres
from tests.fixtures.workspaces import make_team
from tests.proof.rig import node_env, sandbox_process

ACCOUNTS_EACH = 8
NAMES = tuple(one.name for one in PLATFORMS if not one.capabilities.needs_media)
PATIENCE = 20.0

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.chaos.node", "tests.chaos.mute"])

T = TypeVar("T")
Admin = psycopg.Connection[DictRow]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A post to write: its words, where it goes, and how far away its moment is."""

    text: str
    accounts: tuple[int, ...]
    seconds: float
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID
    platform: str
    remote_id: str


@dataclass
class World:
    """One run's surroundings; several threads use it."""

    postgres: OwnPostgres
    dsn: str
    sandbox: str
    mute: str
    workspace: UUID
    accounts: Sequence[Account]
    killed: set[int] = field(default_factory=set)
    """Processes of nodes: of their attempts nobody can know more than a platform tells."""
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=PATIENCE, trust_env=False)
    )

    @property
    def logs_in(self) -> Path:
        """The directory of the nodes' logs."""
        return self.postgres.home.parent

    # the database -------------------------------------------------------------------------------

    def query(self, statement: str, *values: object) -> list[DictRow]:
        return self.surely(lambda admin: admin.execute(statement, values).fetchall())

    def surely(self, work: Callable[[Admin], T]) -> T:
        """``work`` in a transaction of its own, repeated while the database is being broken."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with psycopg.connect(self.dsn, row_factory=dict_row, connect_timeout=5) as admin:
                    return work(admin)
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                threading.Event().wait(0.1)

    def write(self, wanted: Sequence[Wanted]) -> None:
        """Write and arm ``wanted``; repeated, it changes nothing."""
        self.surely(lambda admin: self._write(admin, wanted))

    def _write(self, admin: Admin, wanted: Sequence[Wanted]) -> None:
        with admin.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO posts (id, workspace_id, content, status, created_at, updated_at)"
                " VALUES (%s, %s, %s, 'ready_to_publish', now(), now()) ON CONFLICT DO NOTHING",
                [(w.id, self.workspace, Jsonb(self._content(w))) for w in wanted],
            )
            cursor.executemany(
                "SELECT postclock_arm(%s, %s, clock_timestamp() + %s, clock_timestamp(), %s)"
                " WHERE NOT EXISTS (SELECT FROM deliveries WHERE post_id = %s)",
                [
                    (w.id, [self.accounts[i].id for i in w.accounts],
                     timedelta(seconds=w.seconds), self._leads(w), w.id)
                    for w in wanted
                ],
            )  # fmt: skip

    def _content(self, wanted: Wanted) -> dict[str, dict[str, str]]:
        return {self.accounts[i].platform: {"text": wanted.text} for i in wanted.accounts}

    def _leads(self, wanted: Wanted) -> list[timedelta | None]:
        muted = (self.accounts[i].platform == Mute.name for i in wanted.accounts)
        return [LEAD if is_mute else None for is_mute in muted]

    def waiting(self) -> int:
        """How many deliveries a node has yet to act on."""
        [row] = self.query("SELECT count(*) AS n FROM deliveries WHERE wake_at IS NOT NULL")
        return int(row["n"])

    def cut(self, pid: int) -> None:
        """Take all connections from the node with this process id."""
        self.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s",
            f"postclock-node%:{pid}:%",
        )

    def restart(self) -> None:
        """Let PostgreSQL crash and come back."""
        with self.one_at_a_time:
            self.postgres.restart("immediate")

    # the platforms ------------------------------------------------------------------------------

    def fault(self, platform: str, fault: str, count: int, **more: float) -> None:
        """Have the next ``count`` creates of a platform go wrong."""
        base = self.mute if platform == Mute.name else self.sandbox
        body = {"platform": platform, "fault": fault, "count": count, **more}
        self.http.put(f"{base}/faults", json=body).raise_for_status()

    def accepted(self) -> list[dict[str, Any]]:
        """What the platforms took, as they tell it."""
        entries: list[dict[str, Any]] = self.http.get(f"{self.sandbox}/ledger").json()
        return [*entries, *self._mute_ledger()["accepted"]]

    def received(self) -> list[dict[str, Any]]:
        """What reached the mute platform, accepted or not."""
        return self._mute_ledger()["received"]

    def _mute_ledger(self) -> dict[str, list[dict[str, Any]]]:
        told: dict[str, list[dict[str, Any]]] = self.http.get(f"{self.mute}/ledger").json()
        return told

    def logs(self) -> str:
        """The ends of the nodes' logs."""
        return "\n".join(
            f"{log.name}:\n{log.read_text()[-3000:]}" for log in self.logs_in.glob("node-*.log")
        )

    @property
    def env(self) -> dict[str, str]:
        """What a node's settings are."""
        more = {"REQUEST_TIMEOUT": str(REQUEST_TIMEOUT), "QUOTAS": "off"}
        return {
            **node_env(self.dsn, self.sandbox),
            "DATABASE_URL": self.dsn,
            "OUTBOUND_ALLOW": "127.0.0.1",
            **more,
        }


@contextmanager
def a_world() -> Iterator[World]:
    """A world, made and gone again. Its PostgreSQL syncs as in production: crashes are real."""
    with ExitStack() as stack:
        postgres = stack.enter_context(own_postgres())
        sandbox = stack.enter_context(sandbox_process("--lag", "0"))
        mute = stack.enter_context(_mute_process())
        workspace, accounts = asyncio.run(_populate(postgres.dsn, mute))
        world = World(postgres, postgres.dsn, sandbox, mute, workspace, accounts)
        stack.callback(world.http.close)
        yield world


@contextmanager
def _mute_process() -> Iterator[str]:
    ours, its = FORKS.Pipe()
    process = FORKS.Process(target=serve_mute, args=[its], daemon=True)
    process.start()
    try:
        assert ours.poll(PATIENCE), "the mute platform did not start"
        yield str(ours.recv())
    finally:
        end(process)


def end(process: ForkServerProcess) -> None:
    """Ask a process to stop, and wait for it."""
    process.terminate()
    process.join(PATIENCE)
    if process.exitcode is None:
        process.kill()
        process.join()
    process.close()


async def _populate(dsn: str, mute: str) -> tuple[UUID, list[Account]]:
    database = open_database(dsn, "postclock-chaos", HostClock())
    try:
        team = await make_team(database, new=list(_accounts(mute)))
    finally:
        await database.close()
    with psycopg.connect(dsn) as admin:
        rows = admin.execute("SELECT id, platform, remote_id FROM accounts ORDER BY id").fetchall()
    return team.who.workspace_id, [Account(*row) for row in rows]


def _accounts(mute: str) -> Iterator[NewAccount]:
    for number in range(ACCOUNTS_EACH):
        for name in NAMES:
            remote_id, handle, secrets = sandbox_account(name, f"chaos-{number}")
            yield NewAccount(name, remote_id, handle, secrets, sandbox=True)
        yield NewAccount(Mute.name, f"m{number}", f"chaos-{number}", {"token": "t"}, server=mute)
