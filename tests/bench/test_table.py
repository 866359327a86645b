"""bench/README.md says what the result files say, and the peers are pinned."""

from __future__ import annotations

import re
from typing import Any

from bench.__main__ import BENCHES
from bench.rivals import NAMES

from bench import results, table
from tests.docs.pages import ROOT

PAGE = table.README.read_text()


def test_the_table_is_what_was_measured() -> None:
    assert table.rewritten(PAGE, results.read(results.FOLDER)) == PAGE


def test_every_bench_has_rows() -> None:
    assert set(table.TOLD) == set(BENCHES)


def test_every_result_is_of_a_bench() -> None:
    assert set(results.read(results.FOLDER)) <= set(BENCHES)


def test_every_bench_and_peer_is_explained() -> None:
    assert {name for name in (*BENCHES, *NAMES) if f"`{name}`" not in PAGE} == set()


def test_every_peer_is_pinned() -> None:
    lock = (ROOT / "bench" / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert set(NAMES) <= pinned


def burst(first: float, last: float, lost: int = 0) -> dict[str, Any]:
    """One run's result, as bench/burst.py gives it."""
    told = {"received": 5000, "lost": lost, "duplicates": 0, "early": 0, "seconds": 1.0}
    late = {"min": first, "p50": 1.0, "p99": 2.0, "max": last}
    return {"bare": told, "postclock": {**told, "late_ms": late}, "ratio": last / 1000}


def test_the_middle_run_is_told_and_a_missed_goal_is_said() -> None:
    runs = [burst(1.0, 1500), burst(9.0, 1700), burst(4.0, 2500, lost=1)]
    first, last, exact = table.rows({"burst": {"runs": runs}})
    assert (first.here, first.reached) == ("4.0 ms", True)
    assert (last.here, last.reached) == ("1.70 s = 1.70 ×", False)
    assert (exact.here, exact.reached) == ("1 lost, 0 twice, 0 early", False)
