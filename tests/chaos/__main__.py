"""`make chaos SECONDS=600 SEED=…`: random strikes until the time is over, then the ledgers speak.

The seed is printed first; the same seed draws the same strikes, posts and platform faults again.
How they meet depends on the machine: a run is replayable, but not the same to the millisecond.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import get_args

from postclock.scheduler.ports import Arrow
from tests.chaos.node import Fault, Strike
from tests.chaos.storm import Outcome, Weather, storm
from tests.chaos.world import World, a_world

NODES = 3
PATIENCE = 5.0
"""Seconds a node has to come to its step; then it is killed wherever it is."""
ARROWS = get_args(Arrow)
WEIGHTS: dict[Fault, int] = {"kill": 4, "freeze": 2, "cut": 4, "restart": 1}
SHOWN = 5
BEYOND: tuple[Arrow, Fault] = ("writing", "freeze")
"""Frozen between the last check and the first byte, a node sends when its lease is long over. Only
platforms that recognise a repeat forgive that: the matrix strikes there, on those."""


def main() -> int:
    """Run, report in one last line; 0 only if nothing of the promise was broken."""
    asked = _arguments()
    seed: str = asked.seed or str(secrets.randbelow(10**6))
    print(f"chaos: {asked.seconds:g} s, seed {seed}", flush=True)
    began = time.monotonic()

    def say(line: str) -> None:
        if asked.verbose:
            print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    with a_world() as world:
        outcome = storm(
            world, [strikes(seed, number) for number in range(1, NODES + 1)],
            Weather(world, f"{seed}", posts=asked.posts, trouble=0.25), patience=PATIENCE,
            seconds=asked.seconds, say=say,
        )  # fmt: skip
        return _report(world, outcome, seed)


def strikes(seed: str, node: int) -> Iterator[Strike]:
    """What falls on one node, without end."""
    luck = Random(f"{seed}/node {node}")
    faults, weights = list(WEIGHTS), list(WEIGHTS.values())
    while True:
        nth = 1 + min(int(luck.expovariate(1 / 5)), 60)
        arrow, fault = luck.choice(ARROWS), luck.choices(faults, weights)[0]
        if (arrow, fault) == BEYOND:
            arrow = "leaving"
        yield Strike(arrow, nth, fault)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description="Break nodes, count posts.")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", default="")
    parser.add_argument("--posts", type=int, default=7, help="most in a handful, four a second")
    parser.add_argument("--verbose", action="store_true", help="tell each strike")
    return parser.parse_args()


def _report(world: World, outcome: Outcome, seed: str) -> int:
    kinds = Counter(strike.fault for strike in outcome.struck)
    strays = f", {len(outcome.missed)} killed elsewhere" if outcome.missed else ""
    told = ", ".join(f"{kinds[fault]} {fault}" for fault in get_args(Fault))
    print(f"chaos: strikes: {told}{strays}; faults of platforms: {outcome.platform_faults}")
    steps = Counter(strike.arrow for strike in outcome.struck)
    print("chaos: at: " + ", ".join(f"{steps[arrow]} {arrow}" for arrow in ARROWS))
    broken = outcome.verdict.broken
    if gone := [code for code in outcome.ended if code != 0]:
        broken["nodes that ended by themselves"] = gone
    for name, found in broken.items():
        print(f"chaos: {name}: {len(found)}", *found[:SHOWN], sep="\n  ")
    if broken:
        print(world.logs())
    faults = len(outcome.struck) + len(outcome.missed) + outcome.platform_faults
    print(f"chaos: {faults:,} faults, {outcome.verdict}, seed {seed}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
