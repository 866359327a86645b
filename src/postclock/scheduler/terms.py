"""How one node works: its name, its leases, its patience, its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from postclock.scheduler import retry
from postclock.scheduler.queries import Leases

CLAIM_AHEAD = timedelta(seconds=1)
"""How long before its moment a delivery is taken in hand."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How one node works: its name, how long it may hold and send, how often to try.

    ``late`` is how late a delivery must be to leave with a ``gap`` after the account's last one.
    """

    node: str
    request_timeout: timedelta = timedelta(seconds=30)
    policy: retry.Policy = field(default_factory=retry.Policy)
    in_hand: int = 2000
    claim_lease: timedelta = timedelta(seconds=15)
    lease_margin: timedelta = timedelta(seconds=10)
    stage_lease: timedelta = timedelta(seconds=120)
    late: timedelta = timedelta(minutes=10)
    gap: timedelta = timedelta(seconds=15)

    @property
    def send_lease(self) -> timedelta:
        """A request always ends before the lease of its delivery does."""
        return self.request_timeout + self.lease_margin

    @property
    def leases(self) -> Leases:
        """How long a claim is this node's own."""
        return Leases(self.claim_lease, self.send_lease, self.stage_lease)
