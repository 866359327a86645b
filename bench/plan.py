"""What is to be sent and when, in numbers that every process computes alike."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MICROS = 1_000_000


def now_us() -> int:
    """The host's clock, in microseconds since 1970."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """``count`` posts, the first due at ``first_us``, all within ``span_us``, evenly apart."""

    prefix: str
    count: int
    first_us: int
    span_us: int = 0

    def __post_init__(self) -> None:
        # The databases multiply the two as 64-bit integers.
        assert self.span_us * self.count < 2**63, "too many posts over too long a time"

    def due_us(self, i: int) -> int:
        return self.first_us + self.span_us * i // self.count

    def key(self, i: int) -> str:
        return f"{self.prefix}-{i}"

    def dumped(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, text: str) -> Plan:
        return cls(**json.loads(text))


def overdue(prefix: str, count: int) -> Plan:
    """Due in the last minutes; less than ten, for what is later is paced on purpose."""
    return Plan(prefix, count, now_us() - 9 * 60 * MICROS, 8 * 60 * MICROS)


def pending(prefix: str, count: int) -> Plan:
    """Due from tomorrow on, over a month."""
    day = 24 * 3600 * MICROS
    return Plan(prefix, count, now_us() + day, 30 * day)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the server received of a plan. Times are milliseconds, ``late_ms`` is sorted."""

    received: int
    lost: int
    duplicates: int
    early: int
    late_ms: Sequence[float] = field(repr=False)
    seconds: float
    """From the first arrival to the last."""

    @property
    def rate(self) -> float:
        """Posts a second."""
        return (self.received - 1) / self.seconds if self.received > 1 and self.seconds else 0.0

    def told(self) -> dict[str, Any]:
        """For a result file: no single lateness, but how they are spread."""
        return {
            "received": self.received, "lost": self.lost, "duplicates": self.duplicates,
            "early": self.early, "seconds": round(self.seconds, 4), "rate": round(self.rate, 1),
        }  # fmt: skip


def judge(plan: Plan, arrivals: Iterable[tuple[int, str]]) -> Verdict:
    """Compare what arrived (nanoseconds, key) with what was due."""
    of_plan = [(at, key) for at, key in arrivals if key.rpartition("-")[0] == plan.prefix]
    first: dict[str, int] = {}
    for at, key in of_plan:
        first[key] = min(at, first.get(key, at))
    late = sorted((at - 1000 * plan.due_us(_index(key))) / 1e6 for key, at in first.items())
    times = sorted(first.values())
    return Verdict(
        received=len(first), lost=plan.count - len(first),
        duplicates=sum(n - 1 for n in Counter(key for _, key in of_plan).values()),
        early=sum(one < 0 for one in late), late_ms=late,
        seconds=(times[-1] - times[0]) / 1e9 if times else 0.0,
    )  # fmt: skip


def _index(key: str) -> int:
    return int(key.rpartition("-")[2])


def spread(values: Sequence[float]) -> dict[str, float]:
    """Minimum, median, 99th percentile and maximum; by nearest rank, nothing interpolated."""
    if not values:
        return {}
    ordered = sorted(values)
    ranks = {"min": 0.0, "p50": 0.5, "p99": 0.99, "max": 1.0}
    last = len(ordered) - 1
    return {name: round(ordered[min(last, int(q * len(ordered)))], 3) for name, q in ranks.items()}
