"""The sandbox as one ASGI application: the twins, the ledger, the faults, and a page to look at.

It serves alone at the root or mounted under any prefix: every link it gives is relative, or built
from the address it was asked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from postclock.clock import Clock
from postclock.errors import Invalid, NotFound, PostclockError, Problem
from postclock.sandbox.answers import JsonAnswer
from postclock.sandbox.bodies import parse_json, read_body
from postclock.sandbox.faults import Faults
from postclock.sandbox.grants import Grants
from postclock.sandbox.hangup import keep_log_quiet
from postclock.sandbox.ledger import Ledger
from postclock.sandbox.page import file_answer, page_routes
from postclock.sandbox.problems import problem_answer
from postclock.sandbox.registry import PLATFORMS, TWINS
from postclock.sandbox.twin import RECEIVED_AT, Twin, Yard
from postclock.sandbox.uploads import Uploads

Handler = Callable[[Request], Awaitable[Response]]
GRANTS = "grants.jsonl"
FRESH = {"Cache-Control": "no-store"}


def create_sandbox(
    *,
    clock: Clock,
    journal: Path | None = None,
    duplicate_window: timedelta = timedelta(hours=1),
    enforce_quotas: bool = False,
    processing: timedelta = timedelta(seconds=2),
    lag: timedelta | None = None,
) -> Sandbox:
    """The pretend platforms.

    ``journal`` is a file that keeps the feeds over a restart (None: in memory only); uploaded
    files stand in a folder beside it.
    ``duplicate_window`` is how long X refuses the same text again. Rate-limit headers always
    tell the truth about use; with ``enforce_quotas`` an empty quota also refuses (429).
    ``processing`` is how long a platform works on a video or an animated GIF. ``lag`` is how late
    a new post is in lists, where that is not to be as each platform has it.
    """
    folder = journal.with_name(f"{journal.stem}-media") if journal else None
    uploads = {platform: Uploads(platform, folder) for platform in PLATFORMS}
    grants = {
        platform: Grants(platform, clock, _beside(folder, platform)) for platform in PLATFORMS
    }
    faults = Faults(PLATFORMS)
    return Sandbox(
        Yard(
            Ledger(journal), faults, clock, enforce_quotas, uploads, grants, processing, lag,
            duplicate_window,
        )
    )  # fmt: skip


def _beside(folder: Path | None, platform: str) -> Path | None:
    return folder / platform / GRANTS if folder else None


class Sandbox:
    """The ASGI entry. ``ledger``, ``faults`` and a twin's knobs may be read and set directly."""

    def __init__(self, yard: Yard) -> None:
        self.ledger = yard.ledger
        self.faults = yard.faults
        self.uploads = yard.uploads
        self.grants = yard.grants
        self._now = yard.clock.now
        self.twins: Mapping[str, Twin] = {twin.platform: twin(yard) for twin in TWINS}
        self._router = Router(
            [
                *(Mount(f"/{twin.platform}", app=twin) for twin in self.twins.values()),
                Route("/ledger", _answering(self._show_ledger), methods=["GET"]),
                Route("/faults", _answering(self._manage_faults), methods=["GET", "PUT", "DELETE"]),
                Route("/media/{platform}/{digest}", _answering(self._show_media), methods=["GET"]),
                *page_routes(self.twins.values()),
            ],
            redirect_slashes=False,
            default=_nothing_here,
        )
        keep_log_quiet()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[RECEIVED_AT] = self._now()
        await self._router(scope, receive, send)

    def close(self) -> None:
        """Close the journals."""
        self.ledger.close()
        for uploads in self.uploads.values():
            uploads.close()
        for grants in self.grants.values():
            grants.close()

    async def _show_ledger(self, request: Request) -> Response:
        query = request.query_params
        unknown = query.keys() - {"platform", "account", "limit"}
        limit = query.get("limit")
        if unknown or (limit is not None and not _whole(limit)):
            words = (
                "platform, account and limit (a whole number above 0) are what can be asked for."
            )
            problem = Problem("query_invalid", words)
            raise Invalid("query_invalid", "The ledger cannot answer this.", problems=[problem])
        entries = self.ledger.entries(query.get("platform"), query.get("account"))
        newest = entries if limit is None else entries[-int(limit) :]
        return JsonAnswer([entry.public() for entry in newest], headers=FRESH)

    async def _show_media(self, request: Request) -> Response:
        uploads = self.uploads.get(request.path_params["platform"])
        found = uploads.read(request.path_params["digest"]) if uploads else None
        if found is None:
            raise NotFound("media_not_found", "The sandbox does not keep this file (any more).")
        return file_answer(*found)

    async def _manage_faults(self, request: Request) -> Response:
        if request.method == "PUT":
            self.faults.add(parse_json(await read_body(request)))
        elif request.method == "DELETE":
            self.faults.clear()
            return Response(status_code=204)
        queued = [fault.public() for fault in self.faults.queued()]
        return JsonAnswer({"items": queued}, headers=FRESH)


def _answering(handler: Handler) -> Handler:
    """A handler whose errors become problems."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except PostclockError as error:
            return problem_answer(error)

    return answer


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        missing = NotFound("not_found", "The sandbox has nothing here.")
        await problem_answer(missing)(scope, receive, send)
    else:
        await WebSocketClose()(scope, receive, send)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) > 0
