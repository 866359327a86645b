"""YouTube's client and its twin over real HTTP, each exchange held against Google's document."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import uvicorn
from starlette.types import Message, Receive, Scope, Send

from postclock.http import Http
from postclock.sandbox.credentials import sandbox_account
from postclock.sandbox.faults import Faults
from postclock.sandbox.grants import Grants
from postclock.sandbox.hangup import keep_log_quiet
from postclock.sandbox.ledger import Entry, Ledger
from postclock.sandbox.twin import RECEIVED_AT, Yard
from postclock.sandbox.uploads import Uploads
from postclock.sandbox.youtube import YouTube as Twin
from postclock.scheduler.model import Receipt, Staged
from postclock.services.platforms.base import Login
from postclock.services.platforms.connecting import AppKeys
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.youtube import YouTube
from tests.fixtures.discovery import answer_faults, request_faults
from tests.fixtures.files import HeldFiles

from .pictures import Saves
from .scripted import OwnedClock

DEADLINE = 10.0
NAME = "youtube"
HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
STEP = 262_144
SIZE = 5 * STEP + 1234
FILM = HEAD + bytes(range(256)) * (SIZE // 256 + 1)
FILM = FILM[:SIZE]
TITLED = {"title": "My film"}


@dataclass
class MovingClock(OwnedClock):
    """Time passes for whoever sleeps."""

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def film(**more: Any) -> Media:
    """A video of twelve seconds, lying."""
    given: dict[str, Any] = {"mime_type": "video/mp4", "size": SIZE, "width": 1920, "height": 1080}
    return Media(UUID(int=more.pop("id", 9)), **(given | {"duration": 12.0} | more))


def draft(text: str = "About it", *more: Media, **options: Any) -> Draft:
    """A post of the film."""
    return Draft(text, (film(), *more), options={**TITLED, **options})


@dataclass
class Exchange:
    """One request, and how it was answered."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int = 0
    answer: bytes = b""

    @property
    def faults(self) -> list[str]:
        """What Google's description does not know of it."""
        if self.path.startswith(("/web/", "/token/")):
            return []
        if self.path == "/upload/videos" and self.method == "PUT":
            whole = self.status == 200
            return answer_faults("POST", self.path, json.loads(self.answer)) if whole else []
        words = "json" in self.headers.get("content-type", "") and self.body
        said = json.loads(self.body) if words else None
        faults = request_faults(self.method, self.path, self.query, said)
        if 200 <= self.status < 300 and self.answer:
            faults += answer_faults(self.method, self.path, json.loads(self.answer))
        return faults


@dataclass
class YouTubeStage:
    """A client, its login, the twin behind it, and all that went between them."""

    platform: YouTube
    login: Login
    twin: Twin
    ledger: Ledger
    faults: Faults
    clock: MovingClock
    files: HeldFiles
    seen: list[Exchange] = field(default_factory=list)

    def fail(self, fault: str, count: int = 1) -> None:
        self.faults.add({"platform": NAME, "fault": fault, "count": count})

    def entries(self) -> list[Entry]:
        """What is to be seen by others."""
        return [entry for entry in self.ledger.entries(NAME) if entry.live]

    def paths(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.seen]

    def uploaded(self) -> list[str]:
        """The ids of all videos on the channel, the newest first."""
        now = self.clock.now()
        return [video.id for video in self.twin.videos.of(self.login.remote_id, now)]

    async def stage(
        self, what: Draft, before: Staged | None = None, saves: Saves | None = None
    ) -> Staged:
        kept = saves or Saves()
        return await self.platform.stage(self.login, what, before or {}, kept, self.files)

    async def publish(self, what: Draft, staged: Staged, saves: Saves | None = None) -> Receipt:
        return await self.platform.publish(self.login, what, staged, saves or Saves())


def yard(clock: OwnedClock, *, enforce_quotas: bool = False) -> Yard:
    """What a twin stands in, in memory."""
    return Yard(
        Ledger(), Faults([NAME]), clock, enforce_quotas, {NAME: Uploads(NAME)},
        {NAME: Grants(NAME, clock)}, timedelta(seconds=2),
    )  # fmt: skip


class Witnessed:
    """The twin as an application that notes every exchange."""

    def __init__(self, twin: Twin, clock: OwnedClock) -> None:
        self._twin, self._clock = twin, clock
        self.seen: list[Exchange] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        one = Exchange(scope["method"], scope["path"], query, headers, b"")
        self.seen.append(one)

        async def hear() -> Message:
            message = await receive()
            one.body += message.get("body", b"")
            return message

        async def say(message: Message) -> None:
            one.status = message.get("status", one.status)
            one.answer += message.get("body", b"")
            await send(message)

        scope[RECEIVED_AT] = self._clock.now()
        await self._twin(scope, hear, say)


@contextmanager
def served(http: Http, **tuned: str) -> Iterator[YouTubeStage]:
    """The two, until the block ends; then no exchange may have been unknown to Google."""
    keep_log_quiet()
    clock = MovingClock()
    around = yard(clock)
    twin = Twin(around)
    witness = Witnessed(twin, clock)
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(witness, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    remote_id, handle, secrets = sandbox_account(NAME, "acme")
    hosts = {name: f"{address}/{name}" for name in YouTube.capabilities.hosts}
    login = Login(address, remote_id, handle, secrets, hosts, AppKeys("app", "pretend"))
    platform = YouTube(http, clock, {"chunk_bytes": str(2 * STEP), **tuned})
    files = HeldFiles({UUID(int=9): FILM})
    try:
        with closing(around.ledger):
            yield YouTubeStage(
                platform, login, twin, around.ledger, around.faults, clock, files, witness.seen
            )
    finally:
        server.should_exit = server.force_exit = True
        thread.join(DEADLINE)
        assert not thread.is_alive()
    assert [fault for one in witness.seen for fault in one.faults] == []


def with_secrets(login: Login, **secrets: str) -> Login:
    """The login with other secrets."""
    return replace(login, secrets={**login.secrets, **secrets})
