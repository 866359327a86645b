"""What a peer's file offers, and what it is told. Peers run in an environment of their own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Protocol

from bench.plan import Plan
from postclock.http import Http
from postclock.processes import stop_on_signals

PLACE = "BENCH_PLACE"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer works: its database (or Redis), the server it posts to, requests at once."""

    url: str
    server: str
    in_flight: int

    def dumped(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of_environment(cls) -> Place:
        return cls(**json.loads(os.environ[PLACE]))


class Peer(Protocol):
    """A module of this package. Each function is called in a process of its own."""

    VERSION: str
    SETTINGS: str
    """The settings it runs with, in words for the table's notes."""

    def prepare(self, place: Place) -> None:
        """Make its tables."""
        ...

    def fill(self, place: Place, plan: Plan) -> None:
        """Enqueue the posts of ``plan``, each for its moment."""
        ...

    def work(self, place: Place) -> None:
        """Say ``peer_started`` and work until told to stop."""
        ...


async def post(http: Http, place: Place, key: str) -> None:
    """The work itself, the same for all."""
    headers = {"Authorization": "Bearer secret"}
    await http.request("POST", f"{place.server}/{key}", headers=headers, json={"text": key})


@asynccontextmanager
async def until_stopped() -> AsyncIterator[asyncio.Event]:
    """An event that is set when this process is asked to stop."""
    stopping = asyncio.Event()
    stop_on_signals(stopping.set)
    print("peer_started", flush=True)
    yield stopping
