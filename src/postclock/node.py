"""The publishing node: its parts put together, started, and stopped in order."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from postclock.clock import Clock
from postclock.config import Settings
from postclock.crypto import KeyRing
from postclock.db.engine import Pool, node_pool
from postclock.db.listen import Listener
from postclock.http import Http
from postclock.publishing.deadman import Watch, signs_of_life
from postclock.publishing.lineage import Lineage
from postclock.publishing.logins import Logins
from postclock.publishing.outbound import guard_for
from postclock.publishing.parcels import Packer
from postclock.publishing.publisher import PlatformPublisher
from postclock.publishing.warmth import Warmth
from postclock.publishing.witness import PeopleWitness
from postclock.scheduler import retry
from postclock.scheduler.claiming import Claiming
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.ears import Ears
from postclock.scheduler.ports import Reached
from postclock.scheduler.queries import WAKE_CHANNEL
from postclock.scheduler.record import Ending
from postclock.scheduler.runner import Runner
from postclock.scheduler.terms import Terms
from postclock.scheduler.timer import Timer, Work
from postclock.services.accounts.apps import app_keys_of
from postclock.services.media.links import links_of
from postclock.services.media.storage import store_of
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import Platform
from postclock.services.platforms.quotas import windows
from postclock.services.platforms.registry import build_platforms, tuning
from postclock.services.platforms.tuning import Tuned

log = structlog.get_logger(__name__)

APPLICATION = "postclock-node"

BuildPlatforms = Callable[[Http, Clock, Tuned], Mapping[str, Platform]]
ReadTerms = Callable[[Settings, str], Terms]


def node_name() -> str:
    """A name no other node has: host, process and chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"


def terms_of(settings: Settings, name: str) -> Terms:
    """How a node works under ``settings``."""
    return Terms(
        node=name,
        request_timeout=timedelta(seconds=settings.request_timeout),
        gap=timedelta(seconds=settings.late_gap),
        policy=retry.Policy(tries=settings.max_retry_count),
    )


@asynccontextmanager
async def open_runner(
    settings: Settings,
    ring: KeyRing,
    pool: Pool,
    clock: SyncedClock,
    name: str,
    recorded: Callable[[Ending], None] = lambda _ending: None,
    build: BuildPlatforms = build_platforms,
    reached: Reached = lambda _arrow: None,
    terms: ReadTerms = terms_of,
) -> AsyncIterator[Runner]:
    """A runner with its clients, started; at the end it is stopped and everything is written."""
    async with Http(settings.request_timeout, guard=guard_for(settings)) as http:
        tuned = tuning(settings.platform_settings)
        addresses = Addresses(settings.sandbox_url, settings.sandbox_page, tuned)
        logins = Logins(pool, ring, addresses, clock, app_keys_of(settings))
        platforms = build(http, clock, tuned)
        store, links = store_of(settings), links_of(settings, ring, clock)
        packer = Packer(pool, store, platforms, logins, clock, links)
        publisher = PlatformPublisher(
            platforms,
            packer,
            clock,
            settings.sandbox_page,
            windows(settings.quotas),
            Warmth(http, clock),
        )
        witness = PeopleWitness({n: one.capabilities for n, one in platforms.items()})
        runner = Runner(pool, publisher, witness, clock, terms(settings, name), recorded, reached)
        runner.start()
        try:
            yield runner
        finally:
            await runner.stop()
            await logins.close()


async def run_node(
    settings: Settings,
    dsn: str,
    ring: KeyRing,
    base: Clock,
    stopping: asyncio.Event,
    build: BuildPlatforms = build_platforms,
    reached: Reached = lambda _arrow: None,
    terms: ReadTerms = terms_of,
) -> None:
    """Publish what is due until ``stopping`` is set; then give back what has not left.

    ``build`` makes the clients, ``reached`` is told each step, ``terms`` says how it works.
    """
    _ask_for_priority()
    name = _named_in_the_log()
    clock = SyncedClock(base)
    pool = node_pool(dsn, f"{APPLICATION}-work:{name[-40:]}", greet=Lineage().greet)
    await pool.open()
    timer: Timer | None = None
    watch: Watch | None = None

    def recorded(ending: Ending) -> None:
        if watch:
            watch.ended()
        if timer and ending.wake_at:
            timer.poke(ending.wake_at)

    opened = open_runner(settings, ring, pool, clock, name, recorded, build, reached, terms)
    async with pool, opened as runner:
        watch = Watch(Claiming(pool, runner, clock), clock)
        timer, _, listener = listening_timer(watch, clock, dsn, name, base)
        async with signs_of_life(settings, clock, watch):
            await _run_parts(timer, listener, runner, stopping)
    log.info("node_stopped")


async def _run_parts(
    timer: Timer, listener: Listener, runner: Runner, stopping: asyncio.Event
) -> None:
    listening = asyncio.create_task(listener.run(), name="listener")
    claiming = asyncio.create_task(timer.run(), name="timer")
    # What lives now lives on; of what comes, little is ever in circles.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    log.info("node_started")
    parts = {listening, claiming, asyncio.create_task(runner.broken(), name="runner")}
    try:
        await _until_stopped(stopping, parts)
    finally:
        timer.stop()
        await asyncio.gather(claiming, return_exceptions=True)
        await _cancelled(parts)


async def _until_stopped(stopping: asyncio.Event, parts: set[asyncio.Task[None]]) -> None:
    """Return when ``stopping`` is set; raise when a part ends by itself.

    A node that only looks alive would be silent: better that it ends and is started again.
    """
    asked = asyncio.create_task(stopping.wait())
    try:
        ended, _ = await asyncio.wait({asked, *parts}, return_when=asyncio.FIRST_COMPLETED)
        for part in ended & parts:
            log.error("node_broken", part=part.get_name(), exc_info=part.exception())
            raise RuntimeError(f"the {part.get_name()} ended by itself")
    finally:
        await _cancelled({asked})


async def _cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _named_in_the_log() -> str:
    """A new node's name; from here on every line of the log says it."""
    name = node_name()
    structlog.contextvars.bind_contextvars(node=name)
    return name


def _ask_for_priority() -> None:
    """Run before other work of the machine, where the system allows it: moments do not wait."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)


def listening_timer(
    work: Work, clock: SyncedClock, dsn: str, name: str, base: Clock
) -> tuple[Timer, Ears, Listener]:
    """A timer and what wakes it."""

    def heard(_channel: str, payload: str) -> None:
        if payload == f"echo:{name}":
            ears.heard()
        elif not payload.startswith("echo:"):
            at = datetime.fromtimestamp(int(payload) / 1e6, UTC) if payload.isdigit() else None
            timer.poke(at)

    def listening(now: bool) -> None:
        ears.connected(now)
        timer.poke()

    # PostgreSQL keeps 63 bytes of a name; the end of ours is what tells nodes apart.
    application = f"{APPLICATION}:{name[-45:]}"
    listener = Listener(dsn, application, [WAKE_CHANNEL], base, heard=heard, listening=listening)
    ears = Ears(clock, listener.drop)
    timer = Timer(work, clock, ears)
    return timer, ears, listener
