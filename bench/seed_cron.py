"""The first seed's design, to be measured: a call each minute for at most 50 posts.

Nothing is simulated: Postclock's own cron is called each full minute, in real time. The loads are
measured at once, each on a database of its own; lateness of minutes does not mind.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from bench.child import child, pause
from bench.plan import MICROS, Plan, judge, now_us, spread
from bench.stage import Stage, name, node_environment

MINUTE = 60 * MICROS


def run(stage: Stage) -> dict[str, Any]:
    """Posts evenly spread over some minutes, for each load; then as long until none is left."""
    minutes = stage.sizes.cron_minutes
    first = (now_us() // MINUTE + 1) * MINUTE
    if first - now_us() < 20 * MICROS:
        first += MINUTE
    plans = {
        load: Plan(name(f"cron{load}"), load * minutes, first, minutes * MINUTE)
        for load in stage.sizes.cron_a_minute
    }
    stage.server.forget()
    with ExitStack() as stack:
        for plan in plans.values():
            database = stage.fresh()
            database.add(plan)
            database.settle()
            caller = stack.enter_context(child(["bench.cron"], node_environment(database)))
            caller.wait_for("cron_started")
        pause((first - now_us()) / MICROS + (minutes + 2) * 60 + 5)
        arrivals = stage.server.arrivals()
    told = {str(load): judge(plan, arrivals) for load, plan in plans.items()}
    return {
        load: {**verdict.told(), "late_ms": spread(verdict.late_ms)}
        for load, verdict in told.items()
    }
