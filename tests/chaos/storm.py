"""One run: nodes under strikes, posts that keep coming, failing platforms; then judgement."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count
from random import Random

from tests.chaos.mute import Mute
from tests.chaos.node import Strike
from tests.chaos.slot import Slot
from tests.chaos.verdict import Verdict, judge
from tests.chaos.world import NAMES, Wanted, World

PLATFORMS = (*NAMES, Mute.name)
EVERY = 0.25
"""Seconds from one handful of posts to the next."""
CROWDED = 600
"""With so much still waiting, no more is written."""
SETTLED = 90.0
"""Seconds within which everything must have come to its end once the strikes are over."""
FAULTS: Sequence[tuple[str, dict[str, float]]] = (
    ("commit_then_drop", {}), ("drop_before_commit", {}), ("server_error", {}),
    ("slow", {"seconds": 1.3}), ("slow", {"seconds": 0.3}), ("rate_limit", {"seconds": 1}),
)  # fmt: skip


@dataclass
class Outcome:
    """What a run did, and what came of it."""

    verdict: Verdict
    struck: list[Strike] = field(default_factory=list)
    missed: list[Strike] = field(default_factory=list)
    ended: list[int | None] = field(default_factory=list)
    platform_faults: int = 0


class Weather:
    """Posts and platform faults, drawn from one name; so are the words of the posts."""

    def __init__(
        self,
        world: World,
        name: str,
        *,
        posts: int,
        trouble: float,
        platforms: Sequence[str] = PLATFORMS,
    ) -> None:
        self._world, self._name, self._luck = world, name, Random(name)
        self._posts, self._trouble, self._platforms = posts, trouble, platforms
        self._numbers = count(1)
        self._by_platform = {
            name: [i for i, a in enumerate(world.accounts) if a.platform == name]
            for name in platforms
        }
        self.faults = 0

    def blow(self) -> None:
        """A handful of posts, and now and then a platform that fails."""
        self._world.write([self._post() for _ in range(self._luck.randint(1, self._posts))])
        if self._luck.random() < self._trouble:
            platform = self._luck.choice(self._platforms)
            fault, more = self._luck.choice(FAULTS)
            self._world.fault(platform, fault, self._luck.randint(1, 3), **more)
            self.faults += 1

    def _post(self) -> Wanted:
        names = self._luck.sample(self._platforms, self._luck.randint(1, len(self._platforms)))
        accounts = tuple(self._luck.choice(self._by_platform[name]) for name in names)
        return Wanted(f"{self._name}: {next(self._numbers)}", accounts, self._luck.uniform(0, 3))


def storm(
    world: World,
    strikes: Sequence[Iterator[Strike]],
    weather: Weather,
    *,
    patience: float,
    seconds: float | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Outcome:
    """Let each of ``strikes`` fall on a node of its own until all are over, or for ``seconds``."""
    slots = [Slot(world, number, own, patience, say=say) for number, own in enumerate(strikes, 1)]
    ends = time.monotonic() + seconds if seconds else float("inf")
    with ThreadPoolExecutor(len(slots)) as threads:
        running = {threads.submit(slot.run) for slot in slots}
        try:
            while running:
                done, running = wait(running, EVERY, return_when=FIRST_COMPLETED)
                for one in done:
                    one.result()
                if time.monotonic() > ends:
                    _stop(slots)
                elif world.waiting() < CROWDED:
                    weather.blow()
            _settle(world)
        finally:
            _stop(slots)
    for slot in slots:
        slot.leave()
    return Outcome(
        verdict=judge(world),
        struck=[strike for slot in slots for strike in slot.struck],
        missed=[strike for slot in slots for strike in slot.missed],
        ended=[code for slot in slots for code in slot.ended],
        platform_faults=weather.faults,
    )


def _stop(slots: Sequence[Slot]) -> None:
    for slot in slots:
        slot.stop.set()


def _settle(world: World) -> None:
    """Return when every delivery rests; what never does is for the judge."""
    deadline, pause = time.monotonic() + SETTLED, threading.Event()
    while world.waiting() and time.monotonic() < deadline:
        pause.wait(0.2)
