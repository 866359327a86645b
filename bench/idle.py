"""What a worker with nothing to do costs: statements and processor time, node and peers."""

from __future__ import annotations

from typing import Any

from bench import queries
from bench.child import Child, pause
from bench.rivals import NAMES, commands_of_redis, missing, rival
from bench.stage import Stage

AT_REST = 5.0
"""Seconds after the start until it is at rest."""
DAY = 86_400


def run(stage: Stage) -> dict[str, Any]:
    """Each in turn. A node is measured with posts pending, the peers with none."""
    database = stage.postclock(stage.sizes.pending)
    with stage.node(database) as node:
        told = {"postclock": _measure(stage, node, database.name, None)}
    for peer in NAMES:
        if stage.with_peers and not missing(peer):
            with rival(stage, peer) as opened, opened.working() as worker:
                name = opened.database.name if opened.database else None
                told[peer] = _measure(stage, worker, name, opened.place.url)
    return told


def _measure(stage: Stage, worker: Child, database: str | None, url: str | None) -> dict[str, Any]:
    """Statements (commands, for Redis) and seconds of processor over a while, and in a day."""
    pause(AT_REST)
    before, used = _asked(stage, database, url), worker.cpu_seconds()
    if database:
        queries.forget_statements(stage.databases.sql, database)
        before = 0
    seconds = stage.sizes.idle_seconds
    pause(seconds)
    asked = _asked(stage, database, url) - before
    used = worker.cpu_seconds() - used
    return {
        "seconds": seconds, "statements": asked, "statements_a_day": round(asked / seconds * DAY),
        "cpu_seconds": round(used, 3), "cpu_percent": round(100 * used / seconds, 3),
        "rss_mb": round(worker.rss_mb(), 1),
    }  # fmt: skip


def _asked(stage: Stage, database: str | None, url: str | None) -> int:
    if database:
        plain, bounds, _ = queries.count_statements(stage.databases.sql, database)
        return plain + bounds
    assert url is not None
    return commands_of_redis(url)
