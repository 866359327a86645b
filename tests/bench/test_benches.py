"""The benches run end to end, in a tiny form, against the real parts: they do not rot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bench.plan import Plan, judge
from bench.sizes import TINY
from bench.stage import Stage, open_stage

from bench import burst, lateness, statements, throughput


@pytest.fixture(scope="module")
def stage(server: str) -> Iterator[Stage]:
    """Everything but the peers, which have an environment of their own."""
    with open_stage(TINY, server, with_peers=False) as opened:
        yield opened


def all_arrived_once(told: dict[str, object], count: int) -> None:
    counted = {what: told[what] for what in ("received", "lost", "duplicates", "early")}
    assert counted == {"received": count, "lost": 0, "duplicates": 0, "early": 0}


def test_throughput(stage: Stage) -> None:
    told = throughput.run(stage)
    all_arrived_once(told["postclock"], TINY.overdue)
    assert told["postclock"]["recorded_rate"] > 0
    assert told["ratio_to"]["bare"] == pytest.approx(
        told["postclock"]["rate"] / told["bare"]["rate"], abs=0.001
    )


def test_burst(stage: Stage) -> None:
    told = burst.run(stage)
    all_arrived_once(told["postclock"], TINY.burst)
    assert 0 <= told["postclock"]["late_ms"]["min"] <= told["postclock"]["late_ms"]["max"]


def test_lateness(stage: Stage) -> None:
    told = lateness.run(stage)
    all_arrived_once(told["postclock"], TINY.paced)
    assert told["postclock"]["seconds"] == pytest.approx(2 * lateness.APART / 1e6, abs=0.5)


def test_statements(stage: Stage) -> None:
    bulk = statements.bulk(stage)
    all_arrived_once(bulk, TINY.overdue)
    assert 0 < bulk["per_post"] < bulk["per_post_with_begin_commit"]


def test_what_is_lost_doubled_or_early_is_seen() -> None:
    plan = Plan("p", 4, 1_000_000, 4_000_000)
    on_time = plan.due_us(0) * 1000 + 3_000_000
    early = plan.due_us(1) * 1000 - 1
    arrivals = [(on_time, "p-0"), (on_time + 5, "p-0"), (early, "p-1"), (7, "other-2")]
    verdict = judge(plan, arrivals)
    assert (verdict.received, verdict.lost, verdict.duplicates, verdict.early) == (2, 2, 1, 1)
    assert verdict.late_ms[-1] == 3.0
