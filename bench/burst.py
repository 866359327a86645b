"""Burst: thousands due at one instant, beside the bare loop's time for as many."""

from __future__ import annotations

from typing import Any

from bench.child import pause
from bench.lateness import soon
from bench.plan import Plan, spread
from bench.stage import Stage, name


def run(stage: Stage) -> dict[str, Any]:
    """One burst and one bare loop."""
    count = stage.sizes.burst
    database = stage.postclock(stage.sizes.pending)
    bare = stage.bare(count)
    with stage.node(database):
        pause(1)
        plan = Plan(name("burst"), count, soon(stage))
        stage.server.forget()
        database.add(plan)
        verdict = stage.watch(plan, 120)
        stage.recorded(database, 60)
    late = spread(verdict.late_ms)
    return {
        "bare": bare,
        "postclock": {**verdict.told(), "late_ms": late},
        "ratio": round(late["max"] / 1000 / bare["seconds"], 3),
    }
