"""Recognises the database on every new connection, before anybody uses it.

A restored copy, or a standby that took over, may not know what was sent last.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from psycopg import AsyncConnection, errors
from psycopg.rows import DictRow

from postclock.audit.model import Event, Kind
from postclock.publishing.lineage_queries import RECOGNIZE, WHICH
from postclock.publishing.queries import TELL, telling
from postclock.services.notifications.model import Notice, NotificationKind

log = structlog.get_logger(__name__)
UNREADABLE = (errors.InsufficientPrivilege, errors.UndefinedFunction, errors.FeatureNotSupported)


class Lineage:
    """One process's memory of which database it works on."""

    def __init__(self) -> None:
        self._known: tuple[str, str] | None = None
        self._told = False

    async def greet(self, connection: AsyncConnection[DictRow]) -> None:
        """Doubt what was due lately, and say so, if the database is another than before."""
        try:
            row = await (await connection.execute(WHICH)).fetchone()
        except UNREADABLE as error:
            if not self._told:
                log.warning("database_not_recognized", error=str(error).strip(), advice=ADVICE)
            self._told = True
            return
        assert row is not None
        which = (row["system"], row["timeline"])
        if which == self._known:
            return
        async with connection.transaction():
            doubted = await (await connection.execute(RECOGNIZE, row)).fetchall()
            if doubted:
                await connection.execute(TELL, _words(doubted, row["now"]))
        for one in doubted:
            log.error(
                "database_changed", workspace=str(one["workspace_id"]), deliveries=one["doubted"],
                since=one["since"].isoformat(),
            )  # fmt: skip
        self._known = which


ADVICE = (
    "a restored copy or a failover will not be noticed: "
    "let this role call pg_control_system() and pg_current_wal_lsn()"
)


def _words(doubted: Sequence[DictRow], now: datetime) -> dict[str, object]:
    events, notices = [], []
    for one in doubted:
        since = one["since"].isoformat(timespec="seconds")
        body = (
            "The database was restored, or another took over. Deliveries that were due since "
            f"{since}, {one['doubted']} in number, may have been sent without its knowledge: "
            "the platforms are asked before anything is sent."
        )
        workspace = one["workspace_id"]
        events.append(Event(workspace, Kind.DELIVERY_UNKNOWN, body))
        notices.append(
            Notice(workspace, NotificationKind.DATABASE_CHANGED, "The database is another", body)
        )
    return telling(events, notices, {}, now)
