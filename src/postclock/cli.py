"""The command line.

What only one command needs is imported by that command: a node starts without the web's libraries,
and `--help` answers at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
import uvloop
from rich.console import Console
from rich.markup import escape

from postclock import key_commands, people_commands
from postclock.clock import HostClock
from postclock.complaints import plain_errors
from postclock.config import load_settings
from postclock.errors import Unavailable
from postclock.installation import Installation, opened
from postclock.log import set_up_logging
from postclock.processes import kept_alive, stop_on_signals

if TYPE_CHECKING:
    from fastapi import FastAPI

    from postclock.serving import Server

app = typer.Typer(
    name="postclock", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False,
    rich_markup_mode="markdown",
    help="Publishes social-media posts at the exact moment their author chose.",
    epilog="Settings come from the environment: docs/reference/settings.md.",
)  # fmt: skip
app.add_typer(people_commands.users, name="user")
app.add_typer(people_commands.tokens, name="token")
app.add_typer(key_commands.keys, name="keys")


@contextlib.contextmanager
def installation(*, migrates: bool = False) -> Iterator[Installation]:
    """The installation that the environment describes."""
    set_up_logging()
    with plain_errors(), opened(load_settings(), migrates=migrates) as here:
        yield here


def run_async(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work`` on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


@app.command()
def run() -> None:
    """Start everything: database, API, web app, sandbox, and a publishing node.

    Example: `POSTCLOCK_PORT=9000 postclock run`
    """
    with installation(migrates=True) as here, plain_errors():
        run_async(_serve(here, welcome=True))


@app.command()
def serve() -> None:
    """Serve API, web app and sandbox; with POSTCLOCK_SCHEDULER=exact a node beside them.

    Example: `POSTCLOCK_SCHEDULER=off DATABASE_URL=postgresql://… postclock serve`
    """
    with installation() as here, plain_errors():
        run_async(_serve(here, welcome=False))


async def _serve(here: Installation, *, welcome: bool) -> None:
    from postclock.housekeeping.mailing import mailing
    from postclock.housekeeping.worker import daily_jobs, keeping_house
    from postclock.serving import bind, server_for

    settings = here.settings
    listening = bind(settings.host, settings.port)
    async with contextlib.AsyncExitStack() as stack:
        if settings.scheduler == "exact":
            # First of all: it comes up while this process reads the web's libraries.
            await stack.enter_async_context(_nodes(here, settings.node_processes))
        jobs = daily_jobs(settings, HostClock(), here.direct, here.ring)
        await stack.enter_async_context(keeping_house(here.direct, HostClock(), jobs))
        await stack.enter_async_context(mailing(settings, here.direct, HostClock()))
        application = _application(here, stack)
        server = server_for(application, settings.trusted_proxies)

        def leave() -> None:
            server.stop()
            if parts := getattr(application.state, "parts", None):
                parts.changes.close()

        stop_on_signals(leave)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await _announce(here, server, serving, welcome=welcome)
        await serving


def _application(here: Installation, stack: contextlib.AsyncExitStack) -> FastAPI:
    from postclock.app import built_in_sandbox, create_app

    clock = HostClock()
    sandbox = built_in_sandbox(here.settings, clock)
    if sandbox:
        stack.callback(sandbox.close)
    return create_app(
        here.settings, here.dsn, here.ring, direct=here.direct, clock=clock, sandbox=sandbox
    )


async def _announce(
    here: Installation, server: Server, serving: asyncio.Task[None], *, welcome: bool
) -> None:
    """Say where it is, once it answers, and how the first owner is made."""
    from postclock.db.session import open_database
    from postclock.services.people.service import make_setup_link

    clock = HostClock()
    while not server.started and not serving.done():
        await clock.sleep(0.02)
    if not server.started:
        raise Unavailable("server_failed", "The server did not start: its log says why.")
    print(f"Postclock is at {here.settings.public_url}", flush=True)
    if not welcome:
        return
    database = open_database(here.dsn, "postclock-cli", clock)
    async with database.as_system() as tx:
        link = await make_setup_link(tx, here.settings.public_url)
    await database.close()
    if link:
        print(f"Make the first owner (this link works once):\n  {link}", flush=True)


@app.command()
def node(
    processes: Annotated[
        int | None,
        typer.Option(
            help="How many beside each other; else as POSTCLOCK_NODE_PROCESSES says.",
            min=1,
            max=64,
        ),
    ] = None,
) -> None:
    """Publish what is due, and nothing else; as many as you like, on as many machines.

    Example: `DATABASE_URL=postgresql://… postclock node --processes 4`
    """  # fmt: skip

    async def work(here: Installation, count: int) -> None:
        stopping = asyncio.Event()
        stop_on_signals(stopping.set)
        if count == 1:
            from postclock.node import run_node

            await run_node(here.settings, here.direct, here.ring, HostClock(), stopping)
            return
        async with _nodes(here, count):
            await stopping.wait()

    with installation() as here:
        run_async(work(here, processes or here.settings.node_processes))


def _nodes(here: Installation, count: int) -> contextlib.AbstractAsyncContextManager[None]:
    """``count`` nodes as processes of their own, kept alive, stopped in order at the end."""
    patience = here.settings.request_timeout + 10
    return kept_alive(["node", "--processes", "1"], patience, count=count)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 8100,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    lag: Annotated[
        float | None,
        typer.Option(help="Seconds until lists show a new post; else as each platform.", min=0),
    ] = None,
) -> None:
    """Serve the pretend platforms alone, in memory.

    Example: `postclock sandbox --port 8100`, then `SANDBOX_URL=http://127.0.0.1:8100 postclock run`
    """

    from postclock.sandbox.app import create_sandbox
    from postclock.serving import bind, server_for

    async def work() -> None:
        listening = bind(host, port)
        later = None if lag is None else timedelta(seconds=lag)
        server = server_for(create_sandbox(clock=HostClock(), lag=later), "127.0.0.1")
        stop_on_signals(server.stop)
        print(f"Sandbox is at http://{host}:{listening.getsockname()[1]}", flush=True)
        await server.serve(sockets=[listening])

    set_up_logging()
    with plain_errors():
        run_async(work())


@app.command()
def migrate() -> None:
    """Bring the database to the schema this version needs.

    Example: `DATABASE_URL=postgresql://… postclock migrate`
    """
    with installation(migrates=True):
        print("The database is up to date.")


@app.command()
def demo(
    posts: Annotated[int, typer.Option(help="How many.", min=1, max=100_000)] = 12,
    seconds: Annotated[
        float, typer.Option("--in", help="Seconds from now to the first.", min=0, max=3600)
    ] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Watch posts go out at their moments; needs nothing running, leaves nothing behind.

    Example: `postclock demo --posts 200 --in 5 --json`
    """
    from postclock.demo import run_demo

    with plain_errors():
        failed: list[bool] = []

        async def work() -> None:
            task = asyncio.current_task()
            assert task is not None
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
            failed.append(not await run_demo(posts, seconds, as_json=as_json))

        run_async(work())
    raise typer.Exit(1 if failed[0] else 0)


@app.command()
def doctor() -> None:
    """Look at settings, database, clock, port and keys, and say what to do.

    Example: `postclock doctor`
    """
    from postclock.doctor import examine

    with plain_errors():
        findings = examine(load_settings())
    for finding in findings:
        mark = "[green]ok[/]  " if finding.ok else "[red]mend[/]"
        words = escape(finding.words)
        Console(highlight=False).print(f"{mark} {finding.what}: {words}", soft_wrap=True)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@app.command(hidden=True)
def openapi() -> None:
    """Print the API's contract (web/openapi.json)."""
    from postclock.app import openapi_document

    sys.stdout.write(openapi_document())
