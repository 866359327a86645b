"""How much is done: in full, quickly, or just enough to see that it works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts are posts unless they say otherwise."""

    accounts: int = 5_000
    pending: int = 200_000
    many: int = 1_000_000
    overdue: int = 20_000
    burst: int = 5_000
    paced: int = 120
    paced_of_peers: int = 30
    peer_seconds: float = 30.0
    """A slow peer is stopped after so long; its rate is what it did until then."""
    idle_seconds: float = 60.0
    notice: float = 5.0
    """Seconds before their first moment that posts are written."""
    cron_minutes: int = 4
    cron_a_minute: tuple[int, ...] = (25, 60)
    in_flight: int = 64
    """Requests at once: what Postclock allows a platform, so the bare loop does the same."""


FULL = Sizes()
QUICK = Sizes(
    pending=20_000, many=50_000, overdue=5_000, burst=1_000, paced=15, paced_of_peers=8,
    peer_seconds=10.0, idle_seconds=15.0, cron_minutes=1, cron_a_minute=(25,),
)  # fmt: skip
TINY = Sizes(
    accounts=50, pending=500, many=500, overdue=200, burst=100, paced=3, notice=2.0
)  # fmt: skip
