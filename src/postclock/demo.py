"""``postclock demo``: posts to the pretend platforms, and what their ledger says about it.

Nothing of an installation is touched: data directory, database, sandbox and node are throw-away.
What is shown comes from the sandbox's ledger, not from Postclock's own tables.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from postclock.app import sandbox_accounts
from postclock.clock import Clock, HostClock, millis
from postclock.config import load_settings
from postclock.db.directories import temporary_data_dir
from postclock.db.session import Database, open_database
from postclock.errors import Unavailable
from postclock.http import Http
from postclock.installation import Installation, opened
from postclock.processes import TIED
from postclock.publishing.queries import read_overview
from postclock.services.accounts.model import Account
from postclock.services.accounts.service import connect
from postclock.services.people import service as people
from postclock.services.people.model import Who
from postclock.services.platforms.registry import build_platforms
from postclock.services.posts import queries, service
from postclock.services.posts.model import Wish

SPACING = timedelta(milliseconds=20)
PATIENCE = 90.0
"""Seconds after the last moment until what has not arrived counts as lost."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One post of the demo: what it says, where it goes, when it is due."""

    text: str
    platform: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What the ledger shows."""

    sent: Sequence[Sent]
    lags: dict[str, float]
    """Milliseconds from due to received, by text."""
    duplicates: int

    def summary(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        return {
            "scheduled": len(self.sent),
            "published": len(self.lags),
            "lost": len(self.sent) - len(self.lags),
            "duplicates": self.duplicates,
            "lag_ms": _spread(sorted(self.lags.values())),
        }


async def run_demo(posts: int, seconds: float, *, as_json: bool) -> bool:
    """Schedule, watch, tell; whether every post arrived exactly once."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    screen = Console(stderr=True, highlight=False, quiet=as_json)
    with temporary_data_dir() as home:
        async with _installation(home, screen) as (here, ledger):
            result = await _publish(here, ledger, posts, seconds, screen)
    summary = result.summary()
    if as_json:
        print(json.dumps(summary))
    else:
        _show(result, summary)
    return bool(summary["lost"] == 0 and summary["duplicates"] == 0)


@asynccontextmanager
async def _installation(home: Path, screen: Console) -> AsyncIterator[tuple[Installation, str]]:
    """A throw-away installation with a sandbox and a node of its own; the ledger's address."""
    screen.print("Starting a throw-away database, sandbox and node …")
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(_child(["sandbox", "--port", "0"], home, ""))
        assert sandbox.stdout is not None
        said = (await sandbox.stdout.readline()).decode()
        if "http" not in said:
            raise Unavailable("sandbox_failed", "The sandbox did not start.")
        url = said.split()[-1]
        settings = load_settings({"POSTCLOCK_DATA_DIR": str(home), "SANDBOX_URL": url})
        here = stack.enter_context(opened(settings, migrates=True))
        await stack.enter_async_context(_child(["node"], home, url))
        yield here, f"{url}/ledger"


@asynccontextmanager
async def _child(
    arguments: list[str], home: Path, sandbox_url: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    own = {k: v for k, v in os.environ.items() if not k.startswith(("POSTCLOCK_", "DATABASE_"))}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "postclock", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**own, TIED: "1", "POSTCLOCK_DATA_DIR": str(home), "SANDBOX_URL": sandbox_url},
    )  # fmt: skip
    try:
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


async def _publish(
    here: Installation, ledger: str, posts: int, seconds: float, screen: Console
) -> Result:
    clock = HostClock()
    database = open_database(here.dsn, "postclock-demo", clock)
    async with Http(10) as http:
        try:
            await _node_listens(database, clock)
            sent = await _schedule(here, database, http, posts, seconds)
            with Progress(console=screen, disable=screen.quiet) as progress:
                return await _watch(http, ledger, sent, clock, progress)
        finally:
            await database.close()


async def _node_listens(database: Database, clock: Clock) -> None:
    deadline = clock.monotonic() + 30
    while clock.monotonic() < deadline:
        async with database.as_system() as tx:
            if (await read_overview(tx)).nodes:
                return
        await clock.sleep(0.05)
    raise Unavailable("node_failed", "The publishing node did not start.")


async def _schedule(
    here: Installation, database: Database, http: Http, posts: int, seconds: float
) -> list[Sent]:
    """Write the posts, then give all of them their moments in one transaction."""
    platforms = build_platforms(http, database.clock)
    owner = people.NewOwner("demo@example.org", "Demo", None)
    async with database.as_system() as tx:
        who = await people.create_owner(tx, owner)
        accounts = await connect(
            tx, here.ring, who.workspace_id, sandbox_accounts(who.workspace_id)
        )
    written = []
    async with database.as_user(who.user_id) as tx:
        for i in range(posts):
            wish = _wish(i, accounts[i % len(accounts)])
            written.append((await service.create(tx, who, platforms, wish)).view.post)
    return await _arm(database, who, written, seconds)


def _wish(i: int, account: Account) -> Wish:
    text = f"Demo post {i + 1}: out at its moment"
    content = {account.platform: {"text": text}}
    return Wish(content=content, accounts=[account.id], status="ready_to_publish")


async def _arm(database: Database, who: Who, posts: Sequence[Any], seconds: float) -> list[Sent]:
    async with database.as_user(who.user_id) as tx:
        first = tx.now + timedelta(seconds=seconds)
        sent = []
        for i, post in enumerate(posts):
            due_at = first + i * SPACING
            await queries.arm(tx, post, due_at)
            [platform] = post.platforms
            sent.append(Sent(post.content[platform]["text"], platform, due_at))
    return sent


async def _watch(
    http: Http, ledger: str, sent: Sequence[Sent], clock: Clock, progress: Progress
) -> Result:
    """Read the ledger until everything is there, or nothing more can be expected."""
    deadline = sent[-1].due_at + timedelta(seconds=PATIENCE)
    task = progress.add_task("Publishing", total=len(sent))
    while True:
        result = _compare(sent, (await http.request("GET", ledger)).json())
        progress.update(task, completed=len(result.lags))
        if len(result.lags) == len(sent) or clock.now() > deadline:
            return result
        await clock.sleep(0.2)


def _compare(sent: Sequence[Sent], entries: Sequence[dict[str, str]]) -> Result:
    received: dict[str, list[datetime]] = defaultdict(list)
    for entry in entries:
        received[entry["text"]].append(datetime.fromisoformat(entry["received_at"]))
    arrived = [one for one in sent if one.text in received]
    return Result(
        sent,
        {one.text: millis(min(received[one.text]) - one.due_at) for one in arrived},
        sum(len(received[one.text]) - 1 for one in arrived),
    )


def _spread(lags: Sequence[float]) -> dict[str, float | None]:
    def at(share: float) -> float | None:
        return lags[min(len(lags) - 1, int(share * len(lags)))] if lags else None

    return {"min": at(0), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1)}


def _show(result: Result, summary: dict[str, Any]) -> None:
    screen = Console(highlight=False)
    table = Table("post", "platform", "due (UTC)", "late", box=None, pad_edge=False)
    for one in result.sent:
        lag = result.lags.get(one.text)
        late = f"{lag:+.1f} ms" if lag is not None else "[red]lost[/]"
        table.add_row(one.text.split(":")[0], one.platform, f"{one.due_at:%H:%M:%S.%f}"[:-3], late)
    screen.print(table)
    lag = summary["lag_ms"]
    figures = ", ".join(f"{k} {v:.1f}" for k, v in lag.items() if v is not None)
    screen.print(
        f"\n[bold]{summary['published']} of {summary['scheduled']} published[/], "
        f"{summary['lost']} lost, {summary['duplicates']} twice. Late by, in ms: {figures}"
    )
