"""``python -m bench [NAMES] [--quick] [--runs N]``: runs benches, writes results and the table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import (
    burst,
    idle,
    lateness,
    nodes,
    queries,
    restart,
    results,
    seed_cron,
    statements,
    table,
    throughput,
)
from bench.database import durable_postgres
from bench.machine import machine, peers
from bench.sizes import FULL, QUICK
from bench.stage import Stage, open_stage

BENCHES: Mapping[str, Callable[[Stage], dict[str, Any]]] = {
    "throughput": throughput.run,
    "burst": burst.run,
    "nodes": nodes.run,
    "statements": statements.run,
    "idle": idle.run,
    "lateness": lateness.run,
    "restart": restart.run,
    "seed_cron": seed_cron.run,
}
ONCE = ("idle", "seed_cron")
"""Minutes long and hardly scattered: one run tells."""


def main() -> None:
    """What ``make bench`` calls."""
    wanted = arguments()
    sizes = QUICK if wanted.quick else FULL
    with (
        durable_postgres() as dsn,
        open_stage(sizes, dsn, with_peers=not wanted.no_peers, profile=wanted.profile) as stage,
    ):
        about = {
            "sizes": "quick" if wanted.quick else "full",
            "machine": machine(queries.version(stage.databases.sql)),
            "peers": peers(),
        }
        for name in wanted.names or BENCHES:
            runs = play(stage, name, 1 if name in ONCE else wanted.runs)
            results.write(wanted.results, name, {"bench": name, **about, "runs": runs})
    if wanted.results == results.FOLDER:
        table.rewrite()
    print(table.table(results.read(wanted.results)))


def play(stage: Stage, name: str, times: int) -> list[dict[str, Any]]:
    """The runs of one bench."""
    runs = []
    for i in range(times):
        print(f"▸ {name}, run {i + 1} of {times}", flush=True)
        runs.append(BENCHES[name](stage))
        print(f"  {runs[-1]}", flush=True)
    return runs


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--runs", type=int, default=5, help="runs of each bench (5)")
    parser.add_argument("--no-peers", action="store_true", help="Postclock and the bare loop alone")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="flame graphs of the nodes")
    parser.add_argument(
        "--results", type=Path, default=results.FOLDER, metavar="FOLDER",
        help="where the JSON goes; elsewhere than bench/results README.md is left as it is",
    )  # fmt: skip
    wanted = parser.parse_args()
    if unknown := set(wanted.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    if wanted.runs < 1:
        parser.error("--runs must be at least 1")
    return wanted


if __name__ == "__main__":
    main()
