"""What an operator should know now, each a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from postclock.publishing.system_queries import Server

OVERDUE = timedelta(seconds=60)
"""Due work that nobody has moved for so long is an alarm."""
OLD_SNAPSHOT = 60.0
FULL_QUEUE = 0.5
MAX_OFFSET_MS = 1000.0
HOUSE_UNKEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that needs an operator."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What the alarms are raised from."""

    now: datetime
    expects_nodes: bool
    nodes: int
    oldest_overdue_at: datetime | None
    offset_ms: float
    server: Server

    @property
    def overdue(self) -> timedelta:
        """For how long the oldest due work has waited."""
        return self.now - (self.oldest_overdue_at or self.now)

    @property
    def moves(self) -> bool:
        """Whether due work moves."""
        return self.overdue <= OVERDUE


def alarms(found: Findings) -> list[Alarm]:
    """Every alarm, what keeps posts from leaving first."""
    return [*_publishing(found), *_clocks(found), *_database(found.server, found.now)]


def _publishing(found: Findings) -> Iterator[Alarm]:
    if found.expects_nodes and found.nodes == 0:
        yield Alarm(
            "no_node_listens",
            "No publishing node listens. Look at the server's log for why its node ended, or start "
            "one with `postclock node`.",
        )
    if not found.moves:
        yield Alarm(
            "due_work_stuck",
            f"Due work has not moved for {found.overdue.total_seconds():.0f} s. If nodes listen, "
            "their log says what keeps them; more of them take over by themselves.",
        )


def _clocks(found: Findings) -> Iterator[Alarm]:
    if abs(found.offset_ms) > MAX_OFFSET_MS:
        yield Alarm(
            "clocks_disagree",
            f"This server's clock is {abs(found.offset_ms):.0f} ms "
            f"{'behind' if found.offset_ms > 0 else 'ahead of'} the database's. Let chrony or "
            "systemd-timesyncd set both machines' clocks.",
        )


def _database(server: Server, now: datetime) -> Iterator[Alarm]:
    if server.oldest_snapshot > OLD_SNAPSHOT:
        yield Alarm(
            "old_transaction",
            f"A transaction in the database has been open for {server.oldest_snapshot:.0f} s. "
            "While it is, finished work cannot be cleared away and claims become slower: find it "
            "in pg_stat_activity and end it.",
        )
    if server.notifications > FULL_QUEUE:
        yield Alarm(
            "notifications_pile_up",
            f"The database's queue of notifications is {server.notifications:.0%} full: a program "
            "that listens does not read. Find it in pg_stat_activity and end it.",
        )
    if server.standbys and not server.synchronous:
        yield Alarm(
            "standby_not_synchronous",
            "The database has a standby, but commits do not wait for it: after a failover a post "
            "that was sent may be sent again. Set synchronous_standby_names.",
        )
    if server.housekeeping_at and now - server.housekeeping_at > HOUSE_UNKEPT:
        yield Alarm(
            "housekeeping_late",
            f"Housekeeping was last begun on {server.housekeeping_at:%Y-%m-%d}. `postclock serve` "
            "does it; its log says why it does not.",
        )
