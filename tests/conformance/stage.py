"""A client, its twin behind real HTTP, and the files, given out where a twin fetches them."""

from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from postclock.http import Http
from postclock.sandbox.app import Sandbox, create_sandbox
from postclock.sandbox.credentials import SandboxAccount, sandbox_account
from postclock.sandbox.ledger import Entry
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import Login, Platform
from postclock.services.platforms.connecting import AppKeys
from postclock.services.platforms.registry import build_platforms
from tests.conformance.cases import Case
from tests.conformance.driver import JumpingClock
from tests.fixtures.files import HeldFiles

DEADLINE = 10.0
TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "mp4": "video/mp4"}


@dataclass
class Stage:
    """Where one case is played."""

    platform: Platform
    login: Login
    sandbox: Sandbox
    clock: JumpingClock
    files: HeldFiles
    person: str
    """The remote id of who gave the login, where it may be another's that publishes."""

    def entries(self) -> list[Entry]:
        """What is public by now."""
        name, who = self.platform.name, self.login.remote_id
        return [one for one in self.sandbox.ledger.entries(name, who) if one.live]

    def fail(self, fault: str, count: int = 1) -> None:
        """Have the twin's next calls of this kind go wrong."""
        self.sandbox.faults.add({"platform": self.platform.name, "fault": fault, "count": count})


class Served:
    """One server thread for many sandboxes, one after another: it answers for the present one."""

    def __init__(self) -> None:
        self.sandbox: Sandbox | None = None
        self.files: HeldFiles | None = None
        self.url = ""

    def app(self) -> Starlette:
        """The files, and under every other path the sandbox."""
        app = Starlette(routes=[Route("/files/{name}", self._file, methods=["GET", "HEAD"])])
        app.mount("/sandbox", self._passed_on)
        return app

    async def _passed_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.sandbox is not None
        await self.sandbox(scope, receive, send)

    async def _file(self, request: Request) -> Response:
        name, _, ending = str(request.path_params["name"]).rpartition(".")
        held = {str(key): data for key, data in (self.files.bytes_of if self.files else {}).items()}
        if name not in held:
            return Response(status_code=404)
        return Response(held[name], media_type=TYPES.get(ending, "application/octet-stream"))


@contextmanager
def serving() -> Iterator[Served]:
    """A server on loopback."""
    served = Served()
    listener = socket.create_server(("127.0.0.1", 0))
    served.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(served.app(), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.should_exit = server.force_exit = True
        thread.join(DEADLINE)
        assert not thread.is_alive()


@asynccontextmanager
async def staged_for(
    case: Case,
    served: Served,
    http: Http | None = None,
    duplicates: timedelta = timedelta(hours=1),
) -> AsyncIterator[Stage]:
    """A fresh sandbox for one case; ``duplicates`` is how long X refuses the same text again."""
    clock = JumpingClock()
    sandbox = create_sandbox(
        clock=clock, processing=timedelta(seconds=2), duplicate_window=duplicates
    )
    name = case.platform.name
    with closing(sandbox):
        files = HeldFiles(case.bytes_of, at=f"{served.url}/files")
        served.sandbox, served.files = sandbox, files
        async with http or Http(DEADLINE) as client:
            platform = build_platforms(client, clock)[name]
            person, handle, secrets = sandbox_account(name, "acme")
            remote_id = person
            if case.profile:
                whose = SandboxAccount(name, person, handle)
                remote_id = case.needed.others[case.profile](whose)
            at = Addresses(f"{served.url}/sandbox", f"{served.url}/sandbox")
            login = Login(
                at.base_url(platform, sandbox=True, server=None), remote_id, handle, secrets,
                at.hosts(platform, sandbox=True), AppKeys("postclock-sandbox", "pretend"),
            )  # fmt: skip
            yield Stage(platform, login, sandbox, clock, files, person)
