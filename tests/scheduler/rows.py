"""Workspaces, accounts and posts by plain SQL, and what the database says became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from postclock.ids import new_id
from tests.fixtures.clocks import MORNING

NOW = MORNING
Admin = psycopg.Connection[DictRow]


def second(count: float) -> datetime:
    """The instant ``count`` seconds after ``NOW``."""
    return NOW + timedelta(seconds=count)


class Rows:
    """Makes rows and reads them back; ``workspace`` is where they go unless told otherwise."""

    def __init__(self, admin: Admin) -> None:
        self.sql = admin
        self.workspace = self.new_workspace()

    def new_workspace(self, after_publishing: str = "keep") -> UUID:
        key = new_id()
        self.sql.execute(
            "INSERT INTO workspaces (id, name, time_zone, after_publishing, created_at)"
            " VALUES (%s, 'w', 'UTC', %s, %s)",
            [key, after_publishing, NOW],
        )
        return key

    def account(self, platform: str = "twitter", workspace: UUID | None = None) -> UUID:
        key = new_id()
        self.sql.execute(
            "INSERT INTO accounts (id, workspace_id, platform, remote_id, handle, created_at,"
            " updated_at) VALUES (%s, %s, %s, %s, 'ada', %s, %s)",
            [key, workspace or self.workspace, platform, str(key), NOW, NOW],
        )
        return key

    def draft(self, workspace: UUID | None = None) -> UUID:
        """A post that waits for its author."""
        key = new_id()
        self.sql.execute(
            "INSERT INTO posts (id, workspace_id, content, status, created_at, updated_at)"
            " VALUES (%s, %s, %s, 'ready_to_publish', %s, %s)",
            [key, workspace or self.workspace, Jsonb({"twitter": {"text": "hello"}}), NOW, NOW],
        )
        return key

    def post(
        self,
        *accounts: UUID,
        due: datetime = NOW,
        now: datetime = NOW,
        workspace: UUID | None = None,
    ) -> UUID:
        """A post armed for ``accounts`` at ``due``."""
        key = self.draft(workspace)
        self.arm(key, accounts, due, now)
        return key

    def arm(
        self, post: UUID, accounts: Sequence[UUID], due: datetime = NOW, now: datetime = NOW
    ) -> None:
        self.sql.execute("SELECT postclock_arm(%s, %s, %s, %s)", [post, list(accounts), due, now])

    def disarm(self, post: UUID, now: datetime = NOW) -> None:
        self.sql.execute("SELECT postclock_disarm(%s, %s)", [post, now])

    def one(self, statement: str, *values: object) -> DictRow:
        row = self.sql.execute(statement, values).fetchone()
        assert row is not None
        return row

    def lock_waits(self) -> int:
        """How many sessions of this database wait for a lock."""
        waits = "wait_event_type = 'Lock' AND datname = current_database()"
        return int(self.one(f"SELECT count(*) AS n FROM pg_stat_activity WHERE {waits}")["n"])

    def all(self, statement: str, *values: object) -> list[DictRow]:
        return self.sql.execute(statement, values).fetchall()

    def told(self, post: UUID) -> DictRow:
        """The post's row."""
        return self.one("SELECT * FROM posts WHERE id = %s", post)

    def status(self, post: UUID) -> str:
        status: str = self.told(post)["status"]
        return status

    def deliveries(self, post: UUID) -> list[DictRow]:
        return self.all("SELECT * FROM deliveries WHERE post_id = %s ORDER BY id", post)

    def delivery(self, post: UUID) -> DictRow:
        """The post's only delivery."""
        (row,) = self.deliveries(post)
        return row

    def state(self, post: UUID) -> str:
        state: str = self.delivery(post)["state"]
        return state

    def attempts(self, post: UUID) -> list[DictRow]:
        return self.all(
            "SELECT a.* FROM attempts a JOIN deliveries d ON d.id = a.delivery_id"
            " WHERE d.post_id = %s ORDER BY number",
            post,
        )

    def put(self, post: UUID, state: str, account: UUID, error: str | None = None) -> None:
        """Set the state of one delivery, past the machine."""
        self.sql.execute(
            "UPDATE deliveries SET state = %s, wake_at = CASE WHEN %s IN ('held', 'published',"
            " 'failed', 'missed', 'unconfirmed', 'canceled') THEN NULL ELSE %s END,"
            " error_message = %s WHERE post_id = %s AND account_id = %s",
            [state, state, NOW, error, post, account],
        )
