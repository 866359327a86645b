"""Two workspaces with a row in every table, and what the API's role can do with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from postclock.ids import new_id
from tests.fixtures.clocks import MORNING as NOW

Admin = psycopg.Connection[DictRow]
LATER = NOW + timedelta(days=1)
NOT_OURS = {"alembic_version"}


@dataclass(frozen=True)
class Tenant:
    """One workspace and its owner, with a row in every table; ``rows`` by table."""

    name: str
    user: UUID
    workspace: UUID
    post: UUID
    account: UUID
    rows: dict[str, dict[str, Any]]


def a_row_everywhere(name: str) -> Tenant:
    user, workspace, account, post, delivery = (new_id() for _ in range(5))
    inside, at = {"workspace_id": workspace}, {"created_at": NOW}
    changed = at | {"updated_at": NOW}
    rows: dict[str, dict[str, Any]] = {
        "users": {"id": user, "email": f"{name}@example.org", "name": name,
                  "password_hash": "secret", **at},
        "workspaces": {"id": workspace, "name": name, "time_zone": "UTC", **at},
        "memberships": {**inside, "user_id": user, "role": "owner", **at},
        "sessions": {"token_hash": f"{name}-session".encode(), **inside, "user_id": user,
                     "expires_at": LATER, **at},
        "api_tokens": {"id": new_id(), **inside, "user_id": user, "name": "t",
                       "token_hash": f"{name}-token".encode(), **at},
        "accounts": {"id": account, **inside, "platform": "twitter", "remote_id": name,
                     "handle": name, **changed},
        "credentials": {"account_id": account, **inside, "key_id": "k", "secrets": b"s",
                        "updated_at": NOW},
        "posts": {"id": post, **inside, "author_id": user, "status": "scheduled", **changed},
        "deliveries": {"id": delivery, **inside, "post_id": post, "account_id": account,
                       "platform": "twitter", "state": "scheduled", "due_at": LATER,
                       "wake_at": LATER, **changed},
        "attempts": {"delivery_id": delivery, "number": 1, **inside, "node": "n",
                     "intended_at": NOW},
        "activity_logs": {"id": new_id(), **inside, "post_id": post, "kind": "k", "message": "m",
                          **at},
        "notifications": {"id": new_id(), **inside, "post_id": post, "kind": "k", "title": "t",
                          "body": "b", **at},
        "idempotency_keys": {**inside, "key": "k", "request_hash": b"h", "post_id": post, **at},
        "campaigns": {"id": new_id(), **inside, "user_id": user, "name": "Spring", **changed},
        "quota_usage": {"account_id": account, "slot_at": NOW, "used": 1},
        "media": {"id": new_id(), **inside, "user_id": user, "name": "a.png",
                  "mime_type": "image/png", "bytes": 1, "sha256": b"s", "storage_key": "k",
                  **changed},
        "system_state": {"key": name, "value": Jsonb({}), "updated_at": NOW},
    }  # fmt: skip
    rows |= _on_the_way_to_a_platform(name, user, inside)
    return Tenant(name, user, workspace, post, account, rows)


def _on_the_way_to_a_platform(
    name: str, user: UUID, inside: dict[str, UUID]
) -> dict[str, dict[str, Any]]:
    keys = {"id": new_id(), **inside, "keys": "k", "client_id": "c", "key_id": "k", "secret": b"s"}
    visit = {"id": new_id(), **inside, "user_id": user, "platform": "twitter", "way": "w"}
    visit |= {"sandbox": True, "state_hash": f"{name}-state".encode(), "browser_hash": b"b"}
    visit |= {"key_id": "k", "sealed": b"s", "expires_at": LATER, "created_at": NOW}
    return {"app_keys": {**keys, "created_at": NOW, "updated_at": NOW}, "visits": visit}


def insertion(table: str, row: dict[str, Any]) -> sql.Composed:
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Placeholder, row)),
    )


def tables(admin: Admin) -> list[str]:
    found = admin.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') ORDER BY relname"
    )
    return [row["relname"] for row in found if row["relname"] not in NOT_OURS]


def named(row: dict[str, Any], table: str, admin: Admin) -> tuple[sql.Composed, dict[str, Any]]:
    """The condition that singles ``row`` out by its primary key."""
    keys = admin.execute(
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
        " AND attnum = ANY (indkey) WHERE indisprimary AND indrelid = %s::regclass", [table],
    ).fetchall()  # fmt: skip
    names = [key["attname"] for key in keys]
    parts = [sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in names]
    return sql.SQL(" AND ").join(parts), {name: row[name] for name in names}


@contextmanager
def acting(admin: Admin, user: UUID | None) -> Iterator[Admin]:
    """A transaction as the API's role for ``user``, undone at the end."""
    with admin.transaction(force_rollback=True):
        admin.execute(
            "SELECT set_config('role', 'postclock_api', true),"
            " set_config('postclock.user_id', %s, true)", [str(user or "")],
        )  # fmt: skip
        yield admin


def touched(admin: Admin, user: UUID | None, statement: sql.SQL | sql.Composed, values: Any) -> int:
    """How many rows ``statement`` sees or changes; 0 also when it is not permitted."""
    with acting(admin, user) as connection:
        try:
            cursor = connection.execute(statement, values)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation):
            return 0
        return len(cursor.fetchall()) if cursor.description else cursor.rowcount
