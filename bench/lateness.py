"""Lateness: a post each second among a million pending, and the same for each peer."""

from __future__ import annotations

from typing import Any

from bench.child import pause
from bench.plan import MICROS, Plan, Verdict, now_us, spread
from bench.rivals import NAMES, missing, rival
from bench.stage import Stage, name

APART = 1_013_000
"""Microseconds: a little over a second, so that moments and polls drift past each other."""


def run(stage: Stage) -> dict[str, Any]:
    """One run of the node, then each peer."""
    database = stage.postclock(stage.sizes.many)
    with stage.node(database):
        pause(1)
        plan = paced(stage, stage.sizes.paced)
        stage.server.forget()
        database.add(plan)
        told = {"postclock": _told(_watched(stage, plan))}
    for peer in NAMES:
        if stage.with_peers and not missing(peer):
            told[peer] = _told(_of_peer(stage, peer))
    return told


def paced(stage: Stage, count: int) -> Plan:
    """About one post a second, from soon on."""
    return Plan(name("paced"), count, soon(stage), count * APART)


def soon(stage: Stage) -> int:
    """A moment before which there is time to write posts, in microseconds since 1970."""
    return now_us() + round(stage.sizes.notice * MICROS)


def _of_peer(stage: Stage, peer: str) -> Verdict:
    with rival(stage, peer) as opened, opened.working():
        pause(2)
        plan = paced(stage, stage.sizes.paced_of_peers)
        stage.server.forget()
        opened.fill(plan)
        return _watched(stage, plan)


def _watched(stage: Stage, plan: Plan) -> Verdict:
    pause((plan.due_us(plan.count - 1) - now_us()) / MICROS)
    return stage.watch(plan, 30)


def _told(verdict: Verdict) -> dict[str, Any]:
    return {**verdict.told(), "late_ms": spread(verdict.late_ms)}
