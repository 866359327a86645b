"""What the sandbox's tests stand on: a clock they own, a client, a served sandbox."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from yarl import URL

from postclock.sandbox.app import Sandbox

DEADLINE = 10.0
MORNING = datetime(2026, 11, 22, 9, 0, 0, 4321, tzinfo=UTC)


class OwnedClock:
    """Stands still until the test moves it; sleepers wake when their moment is reached."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._sleepers: list[tuple[datetime, asyncio.AbstractEventLoop, asyncio.Event]] = []
        self.fell_asleep = threading.Event()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    def boottime(self) -> float:
        return self._now.timestamp()

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        raise NotImplementedError("the sandbox waits for no event")

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        until = self._now + timedelta(seconds=seconds)
        self._sleepers.append((until, asyncio.get_running_loop(), woken))
        self.fell_asleep.set()
        await woken.wait()

    def advance(self, **span: float) -> None:
        self._now += timedelta(**span)
        for until, loop, woken in self._sleepers:
            if until <= self._now:
                loop.call_soon_threadsafe(woken.set)


@dataclass
class Answer:
    """A whole answer."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """A client of one running sandbox."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def __call__(
        self, method: str, path: str, *, token: str | None = None, **options: Any
    ) -> Answer:
        to = URL(self.url + path, encoded=options.pop("encoded", False))
        headers = dict(options.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with self._session.request(
            method, to, headers=headers, allow_redirects=False, **options
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())


@dataclass
class Running:
    """A sandbox being served: its address, itself, its clock."""

    url: str
    app: Sandbox
    clock: OwnedClock
