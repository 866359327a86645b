"""Throughput: what is overdue among much that is pending; node, bare loop, peers."""

from __future__ import annotations

from typing import Any

from bench.plan import overdue, pending
from bench.rivals import NAMES, missing, rival
from bench.stage import Stage, name, told

WITHOUT_PENDING = ("celery",)
"""Its workers would first take every pending message into their memory."""


def run(stage: Stage) -> dict[str, Any]:
    """One run: the bare loop, a node, each peer."""
    out = {"bare": stage.bare(stage.sizes.overdue), "postclock": _of_postclock(stage)}
    for peer in NAMES:
        if stage.with_peers and not missing(peer):
            out[peer] = _of_peer(stage, peer)
    rate = out["postclock"]["rate"]
    ratios = {other: round(rate / it["rate"], 3) for other, it in out.items() if it["rate"]}
    return {**out, "ratio_to": ratios}


def _of_postclock(stage: Stage) -> dict[str, Any]:
    sizes = stage.sizes
    database = stage.postclock(sizes.pending)
    plan = overdue(name("node"), sizes.overdue)
    database.add(plan)
    database.settle()
    stage.server.forget()
    with stage.node(database) as node:
        started = node.cpu_seconds()
        verdict = stage.watch(plan, 300)
        recorded_at = stage.recorded(database, 60)
        used = node.cpu_seconds() - started
    first = min(at for at, _ in stage.server.arrivals())
    return {
        **told(verdict, used),
        "recorded_rate": round(verdict.received / ((recorded_at - first) / 1e9), 1),
    }


def _of_peer(stage: Stage, peer: str) -> dict[str, Any]:
    """Its rate until all has arrived, or over the first while."""
    sizes = stage.sizes
    with rival(stage, peer) as opened:
        if peer not in WITHOUT_PENDING:
            opened.fill(pending(name("later"), sizes.pending - sizes.overdue))
        plan = overdue(name(peer), sizes.overdue)
        stage.server.forget()
        opened.fill(plan)
        with opened.working() as worker:
            started = worker.cpu_seconds()
            verdict = stage.watch(plan, sizes.peer_seconds)
            return told(verdict, worker.cpu_seconds() - started)
