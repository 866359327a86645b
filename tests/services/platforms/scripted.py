"""A server that answers what a test scripted, and a clock that the test owns."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass
class OwnedClock:
    """Stands still until the test moves it."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def boottime(self) -> float:
        return self.at.timestamp()

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        return event.is_set()

    async def sleep(self, seconds: float) -> None:
        return None


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Scripted:
    """One answer; ``dropped`` takes the request and closes without a word."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False


@dataclass
class ScriptedServer:
    """Answers in the order of the script; what is not scripted is a 599."""

    url: str = ""
    script: deque[Scripted] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)

    def answers(
        self, status: int, body: Any = "", headers: Mapping[str, str] | None = None
    ) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.script.append(Scripted(status, text, headers or {}))

    def drops(self) -> None:
        self.script.append(Scripted(dropped=True))

    async def handle(self, request: web.Request) -> web.Response:
        query, headers = dict(request.query), request.headers.copy()
        body = await request.read()
        self.seen.append(Seen(request.method, request.path, query, headers, body))
        answer = self.script.popleft() if self.script else Scripted(599, "nothing scripted")
        if answer.dropped and request.transport:
            request.transport.abort()
        return web.Response(status=answer.status, body=answer.body.encode(), headers=answer.headers)


@asynccontextmanager
async def scripted_server() -> AsyncIterator[ScriptedServer]:
    """A scripted server on loopback."""
    server = ScriptedServer()
    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
