"""A database that is another than before: a restored copy, a promoted standby."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from postclock.db.engine import node_pool
from postclock.publishing.lineage import Lineage
from postclock.scheduler import queries
from tests.fixtures.postgres import OwnPostgres, postgres
from tests.scheduler.rows import Admin, Rows

__all__ = ["postgres"]


async def meet(dsn: str) -> None:
    """What a node does first, and with each idle question."""
    async with (
        node_pool(dsn, "postclock-test", size=1, greet=Lineage().greet) as pool,
        pool.connection() as connection,
    ):
        await queries.next_wake(connection, echo="n1")


def posts_around_now(rows: Rows) -> dict[str, UUID]:
    now = rows.one("SELECT clock_timestamp() AS now")["now"]
    long_ago = now - timedelta(days=9)
    dues = {"old": -1000, "lately": -300, "just": -1, "next": 600}
    return {
        name: rows.post(rows.account(), due=now + timedelta(seconds=due), now=long_ago)
        for name, due in dues.items()
    }


def assert_doubted(rows: Rows, posts: dict[str, UUID]) -> None:
    states = {name: rows.state(post) for name, post in posts.items()}
    assert states == {
        "old": "scheduled", "lately": "unknown", "just": "unknown", "next": "scheduled",
    }  # fmt: skip
    doubt = rows.delivery(posts["lately"])
    assert doubt["doubted_at"] == doubt["due_at"]
    assert doubt["wake_at"] == doubt["settled_at"]
    assert rows.status(posts["lately"]) == "publishing"
    told = "SELECT count(*) AS n, min({0}) AS said FROM {1} WHERE kind = %s"
    events = rows.one(told.format("message", "activity_logs"), "delivery.unknown")
    notices = rows.one(told.format("body", "notifications"), "database_changed")
    assert events["n"] == notices["n"] == 1
    assert "2 in number" in events["said"]


async def test_the_same_database_is_trusted(dsn: str, admin: Admin) -> None:
    rows = Rows(admin)
    posts = posts_around_now(rows)
    await meet(dsn)
    await meet(dsn)
    assert {rows.state(post) for post in posts.values()} == {"scheduled"}


@pytest.mark.parametrize("what", ["system", "timeline"])
async def test_another_system_or_timeline_doubts_what_was_due_since(
    dsn: str, admin: Admin, what: str
) -> None:
    rows = Rows(admin)
    await meet(dsn)
    posts = posts_around_now(rows)
    admin.execute(
        "UPDATE system_state SET value = value || jsonb_build_object(%s::text, 'another')"
        " WHERE key = 'lineage'", [what],
    )  # fmt: skip
    await meet(dsn)
    assert_doubted(rows, posts)
    await meet(dsn)
    assert_doubted(rows, posts)


async def test_an_idle_question_notes_that_the_database_was_seen(dsn: str, admin: Admin) -> None:
    await meet(dsn)
    rows = Rows(admin)
    seen = "SELECT updated_at FROM system_state WHERE key = 'lineage'"
    admin.execute("UPDATE system_state SET updated_at = updated_at - interval '1 day'")
    await meet(dsn)
    age = rows.one(f"SELECT clock_timestamp() - ({seen}) AS age")["age"]
    assert age < timedelta(minutes=1)


async def test_a_standby_that_was_promoted_is_recognized(postgres: OwnPostgres) -> None:
    await meet(postgres.dsn)
    with psycopg.connect(postgres.dsn, autocommit=True, row_factory=dict_row) as admin:
        posts = posts_around_now(Rows(admin))
    postgres.stop()
    postgres.promote_a_standby()
    await meet(postgres.dsn)
    with psycopg.connect(postgres.dsn, autocommit=True, row_factory=dict_row) as admin:
        assert_doubted(Rows(admin), posts)
