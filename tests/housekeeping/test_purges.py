"""Each purge deletes what is old enough and nothing else, and a second time nothing at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from postclock.config import Settings
from postclock.db.session import Database, open_database
from postclock.housekeeping.purges import Purge, purges
from postclock.ids import new_id
from postclock.scheduler.states import State
from tests.fixtures.clocks import OwnedClock
from tests.scheduler.rows import NOW, Admin, Rows

DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def house(dsn: str) -> AsyncIterator[Database]:
    """Transactions that call NOW now."""
    opened = open_database(dsn, "postclock-test", OwnedClock())
    yield opened
    await opened.close()


@pytest.fixture
def rows(admin: Admin) -> Rows:
    return Rows(admin)


def named(name: str, **settings: Any) -> Purge:
    (purge,) = [one for one in purges(Settings(**settings)) if one.name == f"purge_{name}"]
    return purge


def put(rows: Rows, table: str, **values: object) -> None:
    names = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    rows.sql.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))


def left(rows: Rows, table: str, column: str) -> list[Any]:
    found = rows.all(f"SELECT {column} AS one FROM {table} ORDER BY 1")
    return [row["one"] for row in found]


async def test_sessions_that_ended(rows: Rows, house: Database) -> None:
    user = new_id()
    put(rows, "users", id=user, email="a", name="a", password_hash="", created_at=NOW)
    for token, expires in ((b"ended", NOW), (b"lasts", NOW + timedelta(seconds=1))):
        put(
            rows, "sessions", token_hash=token, user_id=user, workspace_id=rows.workspace,
            created_at=NOW - 30 * DAY, expires_at=expires,
        )  # fmt: skip
    assert await named("sessions").run(house) == 1
    assert left(rows, "sessions", "token_hash") == [b"lasts"]
    assert await named("sessions").run(house) == 0


async def test_idempotency_keys_of_last_week(rows: Rows, house: Database) -> None:
    for key, age in (("old", 7.01), ("young", 6.99)):
        put(
            rows, "idempotency_keys", workspace_id=rows.workspace, key=key, request_hash=b"",
            post_id=new_id(), created_at=NOW - age * DAY,
        )  # fmt: skip
    assert await named("idempotency_keys").run(house) == 1
    assert left(rows, "idempotency_keys", "key") == ["young"]


async def test_notifications_that_were_read_long_ago(rows: Rows, house: Database) -> None:
    for title, read in (("old", 91), ("young", 89), ("never read", None)):
        put(
            rows, "notifications", id=new_id(), workspace_id=rows.workspace, kind="k", title=title,
            body="", created_at=NOW - 400 * DAY, read_at=NOW - read * DAY if read else None,
        )  # fmt: skip
    assert await named("notifications").run(house) == 1
    assert left(rows, "notifications", "title") == ["never read", "young"]


@pytest.mark.parametrize(("quotas", "kept"), [(None, [2, 1]), ("twitter=10/31d", [31, 2, 1])])
async def test_quota_slots_that_no_window_reaches(
    rows: Rows, house: Database, quotas: str | None, kept: list[int]
) -> None:
    account = rows.account()
    for age in (1, 2, 31, 33):
        put(rows, "quota_usage", account_id=account, slot_at=NOW - age * DAY, used=1)
    await named("quota_usage", quotas=quotas).run(house)
    assert left(rows, "quota_usage", "slot_at") == [NOW - age * DAY for age in kept]


def away(rows: Rows, age: float, state: State | None = None) -> Any:
    """A post put away ``age`` days ago, with a delivery in ``state``."""
    account = rows.account()
    post = rows.post(account)
    if state:
        rows.put(post, state, account)
    else:
        rows.disarm(post)
    rows.sql.execute("UPDATE posts SET deleted_at = %s WHERE id = %s", [NOW - age * DAY, post])
    return post


async def test_posts_put_away_a_month_ago_with_all_that_is_theirs(
    rows: Rows, house: Database
) -> None:
    old, young, kept = away(rows, 30.01), away(rows, 29.99), rows.post(rows.account())
    delivery = rows.delivery(old)["id"]
    put(
        rows, "attempts", delivery_id=delivery, number=1, workspace_id=rows.workspace, node="n",
        intended_at=NOW,
    )  # fmt: skip
    assert await named("posts").run(house) == 1
    assert left(rows, "posts", "id") == sorted([young, kept])
    assert left(rows, "attempts", "number") == []
    assert await named("posts", keep_deleted_days=20).run(house) == 1
    assert left(rows, "posts", "id") == [kept]


@pytest.mark.parametrize("state", list(State))
async def test_a_post_that_may_still_be_sent_or_looked_for_stays(
    rows: Rows, house: Database, state: State
) -> None:
    post = away(rows, 400, state)
    moves = rows.delivery(post)["wake_at"] is not None
    assert await named("posts").run(house) == (0 if moves else 1)
    assert left(rows, "posts", "id") == ([post] if moves else [])
    assert moves or state not in (State.SENDING, State.UNKNOWN)


async def test_a_purge_waits_for_nobody(rows: Rows, house: Database, dsn: str) -> None:
    held, free = away(rows, 31), away(rows, 31)
    with rows.sql.transaction():
        rows.sql.execute("SELECT 1 FROM posts WHERE id = %s FOR NO KEY UPDATE", [held])
        assert await named("posts").run(house) == 1
    assert left(rows, "posts", "id") == [held]
    assert free != held


async def test_a_purge_goes_on_until_nothing_is_left(rows: Rows, house: Database) -> None:
    for i in range(7):
        put(
            rows, "idempotency_keys", workspace_id=rows.workspace, key=str(i), request_hash=b"",
            post_id=new_id(), created_at=NOW - 8 * DAY,
        )  # fmt: skip
    assert await named("idempotency_keys").run(house, batch=3) == 7
