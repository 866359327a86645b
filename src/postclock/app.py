"""The HTTP application: API, web app and sandbox, put together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter, FastAPI

from postclock.api import health, public_media
from postclock.api.bodies import BodyLimit
from postclock.api.deps import Parts
from postclock.api.errors import MEDIA_TYPE, ProblemDocument, add_error_handlers
from postclock.api.live import Changes
from postclock.api.pages import (
    NoSuchAddress,
    PageHashes,
    SecurityHeaders,
    built_pages,
    serve_pages,
)
from postclock.api.uploads import FORM_SLACK
from postclock.api.v1 import (
    accounts,
    activity,
    app_keys,
    auth,
    campaigns,
    content,
    cron,
    media,
    notifications,
    oauth,
    platforms,
    posts,
    resumable,
    stream,
    system,
    workspace,
)
from postclock.clock import Clock, HostClock
from postclock.config import Settings
from postclock.crypto import KeyRing
from postclock.db.directories import make_data_dir
from postclock.db.engine import Pool, node_pool
from postclock.db.listen import Listener
from postclock.db.session import open_database
from postclock.http import Http
from postclock.node import BuildPlatforms, node_name, open_runner
from postclock.publishing.cron import Cron
from postclock.publishing.lineage import Lineage
from postclock.publishing.logins import Logins
from postclock.publishing.outbound import guard_for
from postclock.publishing.taking_back import TakeBack
from postclock.sandbox.app import Sandbox, create_sandbox
from postclock.sandbox.credentials import BEGINNERS, sandbox_account
from postclock.scheduler.clocksync import SyncedClock
from postclock.scheduler.queries import CHANGES_CHANNEL
from postclock.scheduler.record import Ending
from postclock.scheduler.runner import Runner
from postclock.services.accounts.apps import Apps, app_keys_of
from postclock.services.accounts.doors import Doors
from postclock.services.accounts.model import NewAccount
from postclock.services.accounts.visits import Visits
from postclock.services.media.arriving import Arrivals
from postclock.services.media.links import Signer
from postclock.services.media.storage import store_of
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.quotas import windows
from postclock.services.platforms.registry import build_platforms, tuning
from postclock.services.posts.pauses import go_on

SANDBOX_BODY = 64 << 20
"""Bytes; the pretend platforms have limits of their own below it."""
CRON_REQUEST = 12.0
"""Seconds a request of a cron call may take: with its 12 s of claiming, a call ends within 25 s."""
DESCRIPTION = """
Publishes social-media posts at the exact moment their author chose.

Send `Authorization: Bearer <token>` (made by `postclock token create`). Names are accepted in
snake_case and camelCase and answered in snake_case; instants are ISO 8601 in UTC. Every error is
`application/problem+json` with all problems at once.
"""
SCHEMAS = "#/components/schemas"
PROBLEM = {"schema": {"$ref": f"{SCHEMAS}/{ProblemDocument.__name__}"}}
ERRORS: dict[int | str, dict[str, object]] = {
    code: {"content": {MEDIA_TYPE: PROBLEM}} for code in (400, 401, 403, 404, 409, 413, 422, 503)
}
"""Any route may answer any of them, always in the one shape."""


class Application(FastAPI):
    """FastAPI, with the shape of errors among the schemas of its contract."""

    def openapi(self) -> dict[str, object]:
        made = self.openapi_schema is None
        document = super().openapi()
        if made:
            shape = ProblemDocument.model_json_schema(ref_template=f"{SCHEMAS}/{{model}}")
            nested = shape.pop("$defs")
            document["components"]["schemas"] |= {ProblemDocument.__name__: shape, **nested}
        return document


def create_app(
    settings: Settings,
    dsn: str,
    ring: KeyRing,
    *,
    direct: str | None = None,
    clock: Clock | None = None,
    sandbox: Sandbox | None = None,
    pages: Path | None = None,
    build: BuildPlatforms = build_platforms,
) -> FastAPI:
    """The application. Nothing is opened before it starts; ``clock`` is the host's by default.

    ``build`` makes the platforms' clients.
    ``dsn`` may lead through a pooler when ``direct`` does not.
    """
    base = clock or HostClock()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.parts = await _open_parts(
                stack, settings, dsn, direct or dsn, ring, base, build
            )
            yield
            app.state.parts.changes.close()

    app = Application(
        title="Postclock", version="1", description=DESCRIPTION, lifespan=lifespan,
        responses=ERRORS, generate_unique_id_function=lambda route: route.name,
        docs_url=None, redoc_url=None,  # their scripts would come from another host
    )  # fmt: skip
    directory = pages or built_pages()
    _add_guards(app, settings, directory)
    add_error_handlers(app)
    _add_routes(app)
    if sandbox is not None:
        app.mount("/sandbox", sandbox)
    serve_pages(app, directory)
    return app


def _add_guards(app: FastAPI, settings: Settings, directory: Path) -> None:
    uploads = {
        "/api/v1/media": settings.media_max_bytes + FORM_SLACK, "/sandbox/": SANDBOX_BODY,
        "/api/v1/media/uploads/": settings.video_max_bytes,
    }  # fmt: skip
    app.add_middleware(BodyLimit, larger=uploads)
    app.add_middleware(SecurityHeaders, hashes=PageHashes(directory))


def _add_routes(app: FastAPI) -> None:
    v1 = APIRouter(prefix="/api/v1")
    for module in (
        auth, workspace, posts, campaigns, content, cron, media, resumable, accounts, oauth,
        app_keys, platforms, notifications, activity, stream, system,
    ):  # fmt: skip
        v1.include_router(module.router)
    v1.include_router(resumable.tus)
    v1.include_router(health.router, include_in_schema=False)
    app.include_router(v1)
    app.include_router(content.router, include_in_schema=False)
    app.include_router(public_media.router, include_in_schema=False)
    app.include_router(health.router)
    app.router.routes.append(NoSuchAddress())


async def _open_parts(
    stack: AsyncExitStack,
    settings: Settings,
    dsn: str,
    direct: str,
    ring: KeyRing,
    base: Clock,
    build: BuildPlatforms,
) -> Parts:
    synced = SyncedClock(base)
    database = open_database(dsn, "postclock-api", synced, synced.observe)
    stack.push_async_callback(database.close)
    http = await stack.enter_async_context(
        Http(settings.request_timeout, guard=guard_for(settings))
    )
    pool = node_pool(direct, "postclock-cron", size=4, greet=Lineage().greet)
    await stack.enter_async_context(_opened(pool))
    tuned = tuning(settings.platform_settings)
    changes = Changes()
    listener = Listener(
        direct, "postclock-api-listen", [CHANGES_CHANNEL], base,
        heard=changes.heard, listening=changes.missed,
    )  # fmt: skip
    await stack.enter_async_context(_in_background(listener))
    platforms = build(http, synced, tuned)
    apps = Apps(app_keys_of(settings), ring)
    addresses = Addresses(settings.sandbox_url, settings.sandbox_page, tuned)
    doors = Doors(database, platforms, addresses, apps, settings.public_url)
    logins = Logins(pool, ring, addresses, synced, app_keys_of(settings))
    stack.push_async_callback(logins.close)
    return Parts(
        settings=settings, database=database, clock=synced, ring=ring,
        platforms=platforms, quotas=windows(settings.quotas),
        apps=apps, visits=Visits(database, doors, ring, partial(go_on, database)),
        take_back=TakeBack(database, pool, logins, platforms, synced),
        changes=changes, http=http, media=store_of(settings),
        signer=Signer(ring, synced), arrivals=Arrivals(settings.data_dir, synced),
        sandbox_accounts=sandbox_accounts,
        cron=Cron(pool, SyncedClock(base), _runners(settings, ring), settings.max_posts_per_run),
    )  # fmt: skip


def _runners(
    settings: Settings, ring: KeyRing
) -> Callable[[Pool, SyncedClock, Callable[[Ending], None]], AbstractAsyncContextManager[Runner]]:
    longest = min(settings.request_timeout, CRON_REQUEST)
    brief = settings.model_copy(update={"request_timeout": longest})

    def opened(
        pool: Pool, clock: SyncedClock, recorded: Callable[[Ending], None]
    ) -> AbstractAsyncContextManager[Runner]:
        name = f"cron:{node_name()}"
        return open_runner(brief, ring, pool, clock, name, recorded)

    return opened


@asynccontextmanager
async def _opened(pool: Pool) -> AsyncIterator[Pool]:
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def _in_background(listener: Listener) -> AsyncIterator[None]:
    task = asyncio.create_task(listener.run(), name="listener")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def sandbox_accounts(workspace_id: UUID) -> list[NewAccount]:
    """The pretend accounts that a workspace begins with, its own."""
    made = []
    for platform in BEGINNERS:
        remote_id, handle, secrets = sandbox_account(platform, f"demo-{workspace_id.hex[-8:]}")
        made.append(NewAccount(platform, remote_id, handle, secrets, sandbox=True))
    return made


def built_in_sandbox(settings: Settings, clock: Clock) -> Sandbox | None:
    """The sandbox this server carries, unless SANDBOX_URL names another."""
    if settings.sandbox_url_given:
        return None
    home = make_data_dir(settings.data_dir / "sandbox")
    return create_sandbox(clock=clock, journal=home / "ledger.jsonl")


def openapi_document() -> str:
    """The contract, as web/openapi.json keeps it."""
    app = create_app(Settings(), "postgresql://", KeyRing({}), sandbox=None)
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"
