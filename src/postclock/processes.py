"""Processes: a node beside the server, kept alive, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from postclock.clock import HostClock

log = structlog.get_logger(__name__)

TIED = "POSTCLOCK_TIED"
"""Set for a child: its standard input is a pipe from its parent, and its end is the child's."""


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call ``stop`` on Ctrl-C and SIGTERM and, for a child, when its parent is gone."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    if os.environ.get(TIED):

        def parent_gone() -> None:
            if not os.read(0, 1):
                loop.remove_reader(0)
                stop()

        loop.add_reader(0, parent_gone)


@asynccontextmanager
async def kept_alive(
    arguments: list[str], patience: float, *, count: int = 1
) -> AsyncIterator[None]:
    """``count`` children running ``postclock <arguments>``, each started again when it ends.

    At the end all are asked to stop at once, and given ``patience`` seconds for what is on its way.
    """
    stopping, started = asyncio.Event(), asyncio.Semaphore(0)
    keepers = [_keep(arguments, patience, stopping, started) for _ in range(count)]
    tasks = [asyncio.create_task(keeper) for keeper in keepers]
    for _ in tasks:
        await started.acquire()
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*tasks)


async def _keep(
    arguments: list[str], patience: float, stopping: asyncio.Event, started: asyncio.Semaphore
) -> None:
    clock, wait = HostClock(), 0.5
    while not stopping.is_set():
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "postclock", *arguments, stdin=asyncio.subprocess.PIPE,
            env={**os.environ, TIED: "1"},
        )  # fmt: skip
        started.release()
        began = clock.monotonic()
        ended = asyncio.create_task(child.wait())
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if stopping.is_set():
            await _end(child, ended, patience)
            return
        wait = 0.5 if clock.monotonic() - began > 60 else min(wait * 2, 30)
        log.error(
            "child_ended", command=arguments[0], pid=child.pid, code=child.returncode,
            restart_in=wait,
        )  # fmt: skip
        await clock.wait(stopping, wait)


async def _end(
    child: asyncio.subprocess.Process, ended: asyncio.Task[int], patience: float
) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.terminate()
    try:
        async with asyncio.timeout(patience):
            await ended
    except TimeoutError:
        log.error("child_killed", pid=child.pid)
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
