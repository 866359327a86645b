"""A node as a process, with a point in it where it can be struck.

The node is the product's own (``run_node``), with leases of seconds, the mute platform beside the
others, and a failpoint that counts the steps of its deliveries. At the chosen one the process
kills or stops itself, or stands still while the test takes its database away: exactly there.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

import uvloop

from postclock.clock import Clock, HostClock
from postclock.config import Settings, load_settings
from postclock.http import Http
from postclock.log import set_up_logging
from postclock.node import run_node, terms_of
from postclock.processes import stop_on_signals
from postclock.scheduler import retry
from postclock.scheduler.ports import Arrow
from postclock.scheduler.terms import Terms
from postclock.services.platforms.base import Platform
from postclock.services.platforms.registry import PLATFORMS
from postclock.services.platforms.tuning import Tuned
from tests.chaos.mute import Mute
from tests.fixtures.workspaces import RING

Fault = Literal["kill", "freeze", "cut", "restart"]
"""SIGKILL; SIGSTOP for two leases; loss of its database connections; PostgreSQL crashes."""

LEASE = timedelta(seconds=2)
REQUEST_TIMEOUT = 1
POLICY = retry.Policy(
    tries=50, first_wait=timedelta(seconds=0.5), longest_wait=timedelta(seconds=2),
    look_after=(0.3, 0.5), ask_again=timedelta(seconds=0.5), ask_for=timedelta(seconds=15),
)  # fmt: skip
"""Nothing may fail only because this test broke things too often."""


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens to a node, and when: at the ``nth`` time it takes the step ``arrow``."""

    arrow: Arrow
    nth: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.fault} at {self.arrow} {self.nth}"


class Failpoint:
    """Called at each step. ``channel`` tells the test, and hears what comes next."""

    def __init__(self, channel: Connection, strike: Strike | None) -> None:
        self._channel = channel
        self._aim(strike)

    def __call__(self, arrow: Arrow) -> None:
        if self._strike is None or arrow != self._strike.arrow:
            return
        self._left -= 1
        if self._left == 0:
            self._suffer(self._strike.fault)
            self._aim(self._channel.recv())

    def _aim(self, strike: Strike | None) -> None:
        self._strike = strike
        self._left = strike.nth if strike else 0

    def _suffer(self, fault: Fault) -> None:
        self._channel.send("struck")
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "freeze":
            os.kill(os.getpid(), signal.SIGSTOP)
            self._channel.send("awake")


def serve_node(
    channel: Connection, strike: Strike | None, env: Mapping[str, str], log: Path
) -> None:
    """The process: works until SIGTERM or the test's end; its log goes to ``log``."""
    _write_to(log)
    set_up_logging()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(channel, strike, load_settings(env)))


def _write_to(log: Path) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for standard in (1, 2):
        os.dup2(handle, standard)


async def _work(channel: Connection, strike: Strike | None, settings: Settings) -> None:
    stopping = asyncio.Event()
    stop_on_signals(stopping.set)
    if parent := multiprocessing.parent_process():
        asyncio.get_running_loop().add_reader(parent.sentinel, stopping.set)
    assert settings.database_url is not None
    await run_node(
        settings, settings.database_url, RING, HostClock(), stopping, build=build_platforms,
        reached=Failpoint(channel, strike), terms=short_terms,
    )  # fmt: skip


def short_terms(settings: Settings, name: str) -> Terms:
    """The node's own terms, with leases that a test can wait for."""
    return replace(
        terms_of(settings, name), policy=POLICY, claim_lease=LEASE, stage_lease=LEASE,
        lease_margin=LEASE - timedelta(seconds=REQUEST_TIMEOUT),
    )  # fmt: skip


def build_platforms(http: Http, clock: Clock, _tuned: Tuned) -> dict[str, Platform]:
    """The platforms' own clients and the mute one; what the twins accept they show at once."""
    made: dict[str, Any] = {Mute.name: Mute(http, clock)}
    for platform in PLATFORMS:
        prompt = replace(platform.capabilities, read_lag=timedelta(seconds=0.2))
        made[platform.name] = type(platform.__name__, (platform,), {"capabilities": prompt})(
            http, clock
        )
    return made
