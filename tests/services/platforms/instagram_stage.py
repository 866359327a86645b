"""Instagram's client before its twin: connected by each way, with files that can be fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
import pytest_asyncio

from postclock.http import Http
from postclock.sandbox.app import Sandbox, create_sandbox
from postclock.sandbox.instagram import Instagram as Twin
from postclock.sandbox.instagram import Knobs
from postclock.sandbox.ledger import Entry
from postclock.scheduler.model import Receipt, Staged
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import (
    Login,
)
from postclock.services.platforms.connecting import AppKeys, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Media
from postclock.services.platforms.instagram import Instagram
from tests.conformance.driver import JumpingClock
from tests.conformance.stage import Served, serving
from tests.fixtures.files import HeldFiles
from tests.fixtures.pictures import picture
from tests.fixtures.videos import video

from .pictures import Saves

NONE: frozenset[str] = frozenset()
BACK = "https://posts.example.org/api/v1/oauth/instagram/callback"
JPEG, FILM = picture("JPEG", (1080, 1080)), video(size=(360, 640), seconds=4, rate=24)
PICTURES = tuple(
    Media(UUID(int=n), "image/jpeg", len(JPEG), 1080, 1080, f"no. {n}") for n in (1, 2)
)
VIDEO = Media(UUID(int=9), "video/mp4", len(FILM), 360, 640, duration=4.0)
BYTES = {**{one.id: JPEG for one in PICTURES}, VIDEO.id: FILM}
WAYS = {way.name: way for way in Instagram.ways}


@dataclass
class Stage:
    """A client, its twin, a login at it."""

    client: Instagram
    http: Http
    sandbox: Sandbox
    clock: JumpingClock
    at: Addresses
    files: HeldFiles
    login: Login

    @property
    def twin(self) -> Twin:
        return cast("Twin", self.sandbox.twins["instagram"])

    @property
    def knobs(self) -> Knobs:
        return self.twin.knobs

    def entries(self) -> list[Entry]:
        return list(self.sandbox.ledger.entries("instagram"))

    def fail(self, fault: str, **more: Any) -> None:
        self.sandbox.faults.add({"platform": "instagram", "fault": fault, **more})

    def visit(self) -> Visit:
        app = AppKeys("client", "secret")
        return Visit(self.base, self.hosts, BACK, "st/te", app=app)

    @property
    def base(self) -> str:
        return self.at.base_url(self.client, sandbox=True, server=None)

    @property
    def hosts(self) -> dict[str, str]:
        return dict(self.at.hosts(self.client, sandbox=True))

    async def consent(self, way: Way, **form: str) -> dict[str, str]:
        """What the browser brings back from the consent page."""
        url = self.client.authorize_url(way, self.visit())
        page = await self.http.request("GET", url)
        assert page.status == 200, page.text()
        said = {"decision": "approve", "handle": "ada"} | form
        scopes = said.pop("scopes", None) or " ".join((*way.scopes, *way.more_scopes))
        body = "&".join(
            [f"{name}={value}" for name, value in said.items()]
            + [f"scopes[]={scope}" for scope in scopes.split()]
        )
        answer = await self.http.request(
            "POST", url, data=body.encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        location = answer.headers["Location"]
        assert location.startswith(BACK)
        return dict(parse_qsl(urlsplit(location).query))

    async def connect(self, way: str, **form: str) -> list[Profile]:
        given = await self.consent(WAYS[way], **form)
        return await self.client.profiles(WAYS[way], self.visit(), given)

    def log_in(self, profile: Profile) -> None:
        self.login = Login(
            self.base, profile.remote_id, profile.handle, profile.secrets, self.hosts,
            AppKeys("client", "secret"),
        )  # fmt: skip

    async def staged(self, draft: Draft, before: Staged | None = None) -> Staged:
        saves = Saves()
        done = await self.client.stage(self.login, draft, before or {}, saves, self.files)
        assert await self.client.stage(self.login, draft, done, saves, self.files) == done
        return done

    async def publish(self, draft: Draft, staged: Staged, saves: Saves | None = None) -> Receipt:
        return await self.client.publish(self.login, draft, staged, saves or Saves())

    async def find(self, draft: Draft, staged: Staged, saves: Saves | None = None) -> Any:
        since = self.clock.now() - timedelta(seconds=11)
        return await self.client.find(self.login, draft, staged, since, NONE, saves or Saves())


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as one:
        yield one


@pytest_asyncio.fixture(params=["self-describing", "instagram", "facebook"])
async def stage(request: pytest.FixtureRequest, served: Served, http: Http) -> AsyncIterator[Stage]:
    """Logged in with a token that says whose it is, then by each way through its consent page."""
    clock = JumpingClock()
    sandbox = create_sandbox(clock=clock, processing=timedelta(seconds=4))
    with closing(sandbox):
        files = HeldFiles(BYTES, at=f"{served.url}/files")
        served.sandbox, served.files = sandbox, files
        at = Addresses(f"{served.url}/sandbox", f"{served.url}/sandbox")
        login = Login("", "1", "ada", {"access_token": "sandbox-instagram-1-ada"})
        made = Stage(Instagram(http, clock), http, sandbox, clock, at, files, login)
        if request.param in WAYS:
            made.log_in((await made.connect(request.param))[0])
        else:
            made.login = replace(login, base_url=made.base)
        yield made


DRAFTS = {
    "picture": Draft("One", PICTURES[:1]),
    "reel": Draft("A reel", (VIDEO,), options={"share_to_feed": False}),
    "carousel": Draft("Many", PICTURES),
    "mixed": Draft("Both", (PICTURES[0], VIDEO)),
    "story": Draft("", (VIDEO,), options={"kind": "story"}),
    "picture story": Draft("", PICTURES[:1], options={"kind": "story"}),
    "comment": Draft("One", PICTURES[:1], options={"first_comment": "First!"}),
}
