"""A publishing node, whole and real, but for its platform: ``python -m bench.node``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import uvloop

from bench.platform import BenchPlatform
from postclock.clock import Clock, HostClock
from postclock.config import load_settings
from postclock.http import Http
from postclock.installation import key_ring
from postclock.log import set_up_logging
from postclock.node import run_node
from postclock.processes import stop_on_signals
from postclock.services.platforms.base import Platform
from postclock.services.platforms.tuning import Tuned


def build(http: Http, clock: Clock, _tuned: Tuned) -> Mapping[str, Platform]:
    """The platforms of this node."""
    return {BenchPlatform.name: BenchPlatform(http, clock)}


async def work() -> None:
    """Publish until told to stop, as ``postclock node`` does."""
    settings, stopping = load_settings(), asyncio.Event()
    assert settings.database_url is not None
    stop_on_signals(stopping.set)
    ring = key_ring(settings)
    await run_node(settings, settings.database_url, ring, HostClock(), stopping, build)


if __name__ == "__main__":
    set_up_logging()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())
