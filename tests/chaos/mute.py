"""A platform that can neither deduplicate nor be asked: the hardest case, and only in tests.

The client, and its twin: a process of its own that keeps what it received and what it accepted,
and shows the same faults as the sandbox.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any, ClassVar

from aiohttp import web

from postclock.clock import Clock, HostClock
from postclock.errors import Problem
from postclock.processes import stop_on_signals
from postclock.scheduler.model import CannotTell, Receipt, Sighting, Staged
from postclock.services.platforms.answers import publishing
from postclock.services.platforms.base import (
    Login,
    NotPublished,
    OutcomeUnknown,
    Owner,
    RateLimited,
    UploadGone,
)
from postclock.services.platforms.capabilities import Capabilities, TextLimits
from postclock.services.platforms.client import Client
from postclock.services.platforms.drafting import Draft, Files, Save, unsaved

PARTS = 2
"""So many uploads a post has; each is saved once it is there."""
LEAD = timedelta(seconds=1)


class Mute(Client):
    """Its client. A post is two uploads ahead of the moment and one call at it."""

    name: ClassVar[str] = "mute"
    capabilities: ClassVar[Capabilities] = Capabilities(
        label="Mute", base_url=None, text=TextLimits(500, "characters", "graphemes"),
        read_lag=timedelta(0), guarded_resend=False,
    )  # fmt: skip

    def count(self, text: str) -> int:
        return len(text)

    def check(self, draft: Draft) -> list[Problem]:
        return []

    def lead(self, draft: Draft) -> timedelta | None:
        return LEAD

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload what is not yet there, saving after each."""
        parts: list[str] = list(staged.get("media", ()))
        while len(parts) < PARTS:
            with publishing(self.capabilities.label):
                answer = await self._http.request("POST", f"{login.base_url}/uploads", json={})
            if not answer.ok:
                raise NotPublished("upload_failed", f"The upload failed (HTTP {answer.status}).")
            parts = [*parts, str(answer.json()["id"])]
            staged = {**staged, "media": parts}
            await save(staged)
        return staged

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        return staged

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        return None

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """``POST /posts``; sent twice, it is published twice."""
        wish = {"account": login.remote_id, "text": draft.text, "media": staged.get("media", [])}
        with publishing(self.capabilities.label):
            answer = await self._http.request("POST", f"{login.base_url}/posts", json=wish)
        if answer.ok:
            return Receipt(str(answer.json()["id"]))
        if answer.status == 429:
            until = self._clock.now() + timedelta(seconds=float(answer.headers["Retry-After"]))
            raise RateLimited("rate_limited", "Too many posts.", until=until)
        if answer.status == 410:
            raise UploadGone("upload_gone", "The uploads are gone.")
        raise OutcomeUnknown("server_error", "Something broke over there.", answered=True)

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        return CannotTell("This platform shows nobody what it has. Look at the account.")


@dataclass
class MuteTwin:
    """Its twin: accepts whatever comes, as often as it comes."""

    clock: Clock
    received: list[Mapping[str, str]] = field(default_factory=list)
    accepted: list[Mapping[str, str]] = field(default_factory=list)
    uploads: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)

    def app(self) -> web.Application:
        made = web.Application()
        made.add_routes([
            web.post("/uploads", self._upload), web.post("/posts", self._post),
            web.put("/faults", self._fault), web.get("/ledger", self._ledger),
        ])  # fmt: skip
        return made

    async def _upload(self, request: web.Request) -> web.Response:
        await request.read()
        self.uploads += 1
        return web.json_response({"id": self.uploads}, status=201)

    async def _post(self, request: web.Request) -> web.Response:
        # Whatever becomes of it: from here on bytes had left.
        received_at = self.clock.now().isoformat()
        wish = json.loads(await request.read())
        entry = {
            "platform": Mute.name, "account": wish["account"], "text": wish["text"],
            "received_at": received_at, "id": str(len(self.accepted) + 1),
        }  # fmt: skip
        self.received.append(entry)
        fault = self._next_fault()
        if fault["fault"] == "server_error":
            return web.json_response({}, status=503)
        if fault["fault"] == "rate_limit":
            return web.json_response({}, status=429, headers={"Retry-After": str(fault["seconds"])})
        if fault["fault"] != "drop_before_commit":
            self.accepted.append(entry)
        if fault["fault"] in ("drop_before_commit", "commit_then_drop") and request.transport:
            request.transport.abort()
        if fault["fault"] == "slow":
            await self.clock.sleep(fault["seconds"])
        return web.json_response({"id": entry["id"]}, status=201)

    def _next_fault(self) -> dict[str, Any]:
        if not self.faults:
            return {"fault": None}
        first = self.faults[0]
        first["count"] -= 1
        if first["count"] <= 0:
            self.faults.pop(0)
        return first

    async def _fault(self, request: web.Request) -> web.Response:
        self.faults.append(await request.json())
        return web.json_response({})

    async def _ledger(self, request: web.Request) -> web.Response:
        return web.json_response({"received": self.received, "accepted": self.accepted})


def serve_mute(channel: Connection) -> None:
    """The twin as a process: tells its address by ``channel`` and serves until it is stopped."""
    asyncio.run(_serve(channel))


async def _serve(channel: Connection) -> None:
    stopped = asyncio.Event()
    stop_on_signals(stopped.set)
    runner = web.AppRunner(MuteTwin(HostClock()).app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    channel.send(f"http://{host}:{port}")
    await stopped.wait()
    await runner.cleanup()
