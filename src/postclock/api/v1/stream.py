"""Server-sent events: what changed, within a second of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse, ServerSentEvent

from postclock.api.deps import PartsOf, Signed

router = APIRouter(tags=["stream"])

KEEP_ALIVE = 15.0
GATHER = 0.1
"""Seconds to gather changes before they are told: a burst is one event."""


def utc(at: datetime) -> str:
    """``at`` as every other answer writes an instant."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@router.get("/stream", response_class=EventSourceResponse)
async def stream(parts: PartsOf, who: Signed) -> AsyncIterator[ServerSentEvent]:
    """`hello` once, then `changed` with the ids of posts (`*`: read again) as they change."""
    changes, clock = parts.changes, parts.clock
    with changes.watching(str(who.workspace_id)) as watcher:
        yield ServerSentEvent(event="hello", data={"server_time": utc(clock.now())})
        while not changes.closing.is_set():
            if not await clock.wait(watcher.news, KEEP_ALIVE):
                yield ServerSentEvent(comment="still here")
                continue
            await clock.wait(changes.closing, GATHER)
            if posts := watcher.take():
                yield ServerSentEvent(event="changed", data={"posts": posts, "notifications": True})
