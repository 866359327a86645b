"""What people and the world do to a few posts, by the statements the services use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from postclock.ids import new_id
from postclock.scheduler.model import Claim
from postclock.scheduler.states import State
from tests.scheduler.rows import NOW, Rows

Refused = psycopg.Error
PAUSABLE = ("workspace", "campaign", "account")
LEAD = timedelta(seconds=5)


class People:
    """Four posts of two accounts; two of the posts are in a campaign."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        # A life must not depend on those before it, not even by where its rows lie: of equal
        # moments the claim takes those that lie first.
        rows.sql.execute("TRUNCATE posts, deliveries, attempts, system_state CASCADE")
        rows.sql.execute("ALTER TABLE deliveries SET (autovacuum_enabled = off)")
        self.workspace = rows.new_workspace()
        self.accounts = [rows.account(p, self.workspace) for p in ("twitter", "bluesky")]
        self.campaign = new_id()
        rows.sql.execute(
            "INSERT INTO campaigns (id, workspace_id, name, created_at, updated_at)"
            " VALUES (%s, %s, 'c', %s, %s)",
            [self.campaign, self.workspace, NOW, NOW],
        )
        self.posts = [rows.post(*self.accounts, workspace=self.workspace) for _ in range(4)]
        rows.sql.execute(
            "UPDATE posts SET campaign_id = %s WHERE id = ANY (%s)",
            [self.campaign, self.posts[:2]],
        )

    def arm(self, post: int, which: list[int], due: datetime, now: datetime, uploads: bool) -> None:
        """Schedule it, for the first time, again, or for another moment; with uploads or not."""
        accounts = [self.accounts[i] for i in which]
        leads = [LEAD if uploads else None for _ in accounts]
        self._rows.sql.execute(
            "SELECT postclock_arm(%s, %s, %s, %s, %s)",
            [self.posts[post], accounts, due, now, leads],
        )

    def cancel(self, post: int, now: datetime) -> None:
        self._rows.disarm(self.posts[post], now)

    def pause(self, what: str, now: datetime) -> None:
        with self._rows.sql.transaction():
            self._set_pause(what, now)
            self._rows.sql.execute("SELECT postclock_hold(%s, %s)", [self.workspace, now])

    def resume(self, what: str, now: datetime) -> None:
        with self._rows.sql.transaction():
            self._set_pause(what, None)
            self._rows.sql.execute("SELECT postclock_resume(%s, %s)", [self.workspace, now])

    def _set_pause(self, what: str, at: datetime | None) -> None:
        pause = f"UPDATE {what}s SET paused_at = %s WHERE id = %s"
        self._rows.sql.execute(pause, [at, self.key_of(what)])

    def key_of(self, what: str) -> UUID:
        """The workspace, the campaign, or one of the two accounts."""
        keys = {"workspace": self.workspace, "campaign": self.campaign}
        return keys.get(what, self.accounts[0])

    def settle(self, post: int, remote_id: str | None, now: datetime) -> None:
        """Of its deliveries that are unconfirmed: it is there, or else it is sent again."""
        for row in self._rows.deliveries(self.posts[post]):
            if remote_id is None:
                self._rows.sql.execute("SELECT postclock_rearm(%s, %s, %s)", [row["id"], now, now])
            else:
                self._rows.sql.execute(
                    "SELECT postclock_confirm(%s, %s, NULL, %s)",
                    [row["id"], f"{remote_id}/{row['id']}", now],
                )

    def recognize(self, system: str, now: datetime) -> None:
        """The database is ``system`` from now on."""
        self._rows.sql.execute("SELECT * FROM postclock_recognize(%s, '1', %s)", [system, now])

    # what became of it --------------------------------------------------------------------------

    def in_order(self, claims: Iterable[Claim]) -> list[Claim]:
        """Always the same way round, though their ids are chance."""
        return sorted(claims, key=lambda c: (self.posts.index(c.post_id), c.target.platform))

    def states(self, post: int) -> set[str]:
        return {row["state"] for row in self._rows.deliveries(self.posts[post])}

    def delivery(self, key: UUID) -> DictRow:
        return self._rows.one("SELECT * FROM deliveries WHERE id = %s", key)

    def held_up_in_hand(self, now: datetime) -> int:
        """How many of what is paused a node still holds, though nothing of it has left."""
        row = self._rows.one(
            "SELECT count(*) AS n FROM deliveries d JOIN posts p ON p.id = d.post_id"
            " JOIN accounts a ON a.id = d.account_id JOIN workspaces w ON w.id = d.workspace_id"
            " LEFT JOIN campaigns c ON c.id = p.campaign_id"
            " WHERE d.state = 'claimed' AND d.wake_at <= %s + interval '1 minute'"
            " AND postclock_holds(w.paused_at, c.paused_at, a.paused_at, a.status) IS NOT NULL",
            now,
        )
        return int(row["n"])

    def open_twice(self) -> list[DictRow]:
        """Deliveries with two attempts on their way at once."""
        return self._rows.all(
            "SELECT delivery_id FROM attempts WHERE ended_at IS NULL"
            " GROUP BY delivery_id HAVING count(*) > 1"
        )

    def said(self) -> dict[UUID, tuple[str, list[State]]]:
        """What each post says, and the states of its deliveries."""
        rows = self._rows.all(
            "SELECT p.id, p.status, array_agg(d.state) AS states FROM posts p"
            " JOIN deliveries d ON d.post_id = p.id GROUP BY p.id"
        )
        return {row["id"]: (row["status"], [State(s) for s in row["states"]]) for row in rows}
