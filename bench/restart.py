"""Memory and start of a node, whatever is pending; beside it one asyncio task per post."""

from __future__ import annotations

import time
from typing import Any

from bench.child import child, pause
from bench.database import Database
from bench.stage import Stage, node_environment

AT_REST = 3.0


def run(stage: Stage) -> dict[str, Any]:
    """With nothing, with some and with much pending."""
    many = stage.sizes.many
    told: dict[str, Any] = {}
    for waiting in (0, many // 10, many):
        database = stage.postclock(waiting)
        told[str(waiting)] = {
            "postclock": _started(["postclock", "node"], "node_started", database),
            "task_per_post": _started(["bench.seed_tasks"], "tasks_started", database),
        }
    return told


def _started(command: list[str], word: str, database: Database) -> dict[str, float]:
    """Seconds from the start of the process until it says ``word``; then its memory, at rest."""
    began = time.monotonic()
    with child(command, node_environment(database)) as process:
        process.wait_for(word, 300)
        ready = time.monotonic() - began
        pause(AT_REST)
        return {"ready_seconds": round(ready, 3), "rss_mb": round(process.rss_mb(), 1)}
