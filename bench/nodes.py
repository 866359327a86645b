"""Two nodes beside one, on the same overdue posts and the same cores."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from bench.plan import Verdict, overdue
from bench.stage import Stage, name


def run(stage: Stage) -> dict[str, Any]:
    """One run with one node, one with two."""
    one, two = (_with(stage, nodes) for nodes in (1, 2))
    return {"one": one.told(), "two": two.told(), "ratio": round(two.rate / one.rate, 3)}


def _with(stage: Stage, nodes: int) -> Verdict:
    database = stage.postclock(stage.sizes.pending)
    plan = overdue(name(f"nodes{nodes}"), stage.sizes.overdue)
    database.add(plan)
    database.settle()
    stage.server.forget()
    with ExitStack() as stack:
        for _ in range(nodes):
            stack.enter_context(stage.node(database))
        verdict = stage.watch(plan, 300)
        stage.recorded(database, 60)
    return verdict
