"""Statements per published post, in bulk and for a post each second."""

from __future__ import annotations

from typing import Any

from bench import queries
from bench.child import pause
from bench.lateness import paced
from bench.plan import MICROS, Verdict, now_us, overdue
from bench.stage import Stage, name

SETTLING = 2.0
"""Seconds until what was started or sent is at rest."""


def run(stage: Stage) -> dict[str, Any]:
    """One run of each. Only the node's statements are counted: meanwhile nobody else asks."""
    return {"bulk": bulk(stage), "single": single(stage)}


def bulk(stage: Stage) -> dict[str, Any]:
    """From the start of a node to its end."""
    database = stage.postclock(stage.sizes.pending)
    plan = overdue(name("bulk"), stage.sizes.overdue)
    database.add(plan)
    database.settle()
    stage.server.forget()
    queries.forget_statements(stage.databases.sql, database.name)
    with stage.node(database):
        verdict = stage.watch(plan, 300)
        pause(SETTLING)
    return _per_post(stage, database.name, verdict)


def single(stage: Stage) -> dict[str, Any]:
    """While a node that is already at rest publishes one post after another."""
    database = stage.postclock(stage.sizes.pending)
    with stage.node(database):
        plan = paced(stage, min(stage.sizes.paced, 30))
        stage.server.forget()
        database.add(plan)
        pause(SETTLING)
        queries.forget_statements(stage.databases.sql, database.name)
        pause((plan.due_us(plan.count - 1) - now_us()) / MICROS)
        verdict = stage.watch(plan, 30)
        pause(SETTLING)
        return _per_post(stage, database.name, verdict)


def _per_post(stage: Stage, database: str, verdict: Verdict) -> dict[str, Any]:
    plain, bounds, took = queries.count_statements(stage.databases.sql, database)
    return {
        **verdict.told(), "statements": plain, "begin_commit": bounds,
        "per_post": round(plain / verdict.received, 4),
        "per_post_with_begin_commit": round((plain + bounds) / verdict.received, 4),
        "database_ms_per_post": round(took / verdict.received, 4),
    }  # fmt: skip
