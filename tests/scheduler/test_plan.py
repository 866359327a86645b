"""The claim's plan: it reads what is due, however much is pending or done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from postclock.scheduler.queries import CLAIM_DUE, NEXT_WAKE
from tests.scheduler import steps
from tests.scheduler.rows import NOW, Rows, second

MANY = int(os.environ.get("PENDING", "100000"))
"""So many to come, and as many done; PENDING=1000000 for the size that is promised."""
DUE = 20
LEFT = 20_000
"""So many have left while an old snapshot was open: their dead rows stand before the due ones."""
FEW_BUFFERS = 2_000

FILL_POSTS = """
INSERT INTO posts (id, workspace_id, status, created_at, updated_at)
SELECT md5(i::text)::uuid, %(workspace)s, 'scheduled', %(now)s, %(now)s
  FROM generate_series(1, %(posts)s) i
"""
FILL = """
INSERT INTO deliveries (id, workspace_id, post_id, account_id, platform, state, due_at, wake_at,
                        created_at, updated_at)
SELECT md5(a.id || '/' || i)::uuid, %(workspace)s, md5((i %% %(posts)s + 1)::text)::uuid, a.id,
       'twitter', %(state)s, %(from)s + i * interval '1 minute',
       CASE %(state)s WHEN 'scheduled' THEN %(from)s + i * interval '1 minute' END, %(now)s, %(now)s
  FROM generate_series(0, %(rows)s / %(accounts)s - 1) i, accounts a WHERE a.handle = %(handle)s
"""
ACCOUNTS = 100


@pytest.fixture
def crowded(rows: Rows) -> Rows:
    """``MANY`` deliveries to come, ``MANY`` finished, and ``DUE`` that are due now."""
    posts = MANY // ACCOUNTS
    rows.sql.execute("SET session_replication_role = replica")
    rows.sql.execute(FILL_POSTS, {"workspace": rows.workspace, "now": NOW, "posts": posts})
    for state, start in (("published", second(-9e6)), ("scheduled", second(120))):
        rows.sql.execute(
            "INSERT INTO accounts (id, workspace_id, platform, remote_id, handle, created_at,"
            " updated_at) SELECT postclock_uuid7(), %s, 'twitter', %s || i, %s, %s, %s"
            " FROM generate_series(1, %s) i",
            [rows.workspace, state, state, NOW, NOW, ACCOUNTS],
        )
        rows.sql.execute(
            FILL,
            {"workspace": rows.workspace, "now": NOW, "posts": posts, "rows": MANY,
             "accounts": ACCOUNTS, "state": state, "handle": state, "from": start},
        )  # fmt: skip
    rows.sql.execute("SET session_replication_role = origin")
    for _ in range(DUE):
        rows.post(rows.account())
    rows.sql.execute("ANALYZE posts, deliveries, accounts, attempts, credentials")
    count = rows.one("SELECT count(*) AS n FROM deliveries")["n"]
    assert count == 2 * MANY + DUE
    return rows


def let_many_leave(rows: Rows, old: psycopg.Connection[Any]) -> None:
    """Dead rows pile up where the claim looks: the old snapshot of somebody keeps them."""
    old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    old.execute("SELECT count(*) FROM system_state")
    earlier = second(-5)
    rows.sql.execute(
        "UPDATE deliveries SET wake_at = %s WHERE id IN (SELECT id FROM deliveries"
        " WHERE state = 'scheduled' AND wake_at > %s LIMIT %s)",
        [earlier, NOW, LEFT],
    )
    rows.sql.execute(
        "UPDATE deliveries SET wake_at = NULL, state = 'published' WHERE wake_at = %s",
        [earlier],
    )
    rows.sql.execute("SELECT pg_stat_force_next_flush()")
    dead = rows.one("SELECT n_dead_tup AS n FROM pg_stat_user_tables WHERE relname = 'deliveries'")
    assert dead["n"] >= LEFT


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explained(rows: Rows, statement: str, **values: object) -> dict[str, Any]:
    cursor = rows.sql.execute(f"EXPLAIN (FORMAT JSON, ANALYZE, BUFFERS) {statement}", values)
    row = cursor.fetchone() or {}
    plan: dict[str, Any] = row["QUERY PLAN"][0]["Plan"]
    return plan


def read(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def is_lean(rows: Rows, dead: int) -> None:
    """A claim finds what is due by the index of what has a moment, and reads little else.

    Dead rows that nobody may clear away cost something: a buffer for about ten of them.
    """
    more = dead // 8
    for mode in ("force_custom_plan", "force_generic_plan"):
        rows.sql.execute(f"SET plan_cache_mode = {mode}")
        with rows.sql.transaction(force_rollback=True):
            plan = explained(rows, CLAIM_DUE, **steps.claim_values(second(1), limit=500))
        used = {node["Index Name"] for node in nodes(plan) if "Index Name" in node}
        scanned = [
            node["Relation Name"]
            for node in nodes(plan)
            if node["Node Type"] == "Seq Scan"
            and node["Relation Name"] in {"deliveries", "posts", "attempts"}
            and node["Actual Loops"]
        ]
        assert "deliveries_due" in used
        assert "deliveries" not in scanned
        assert plan["Actual Rows"] == DUE
        assert read(plan) < FEW_BUFFERS + more, mode
    waking = explained(rows, NEXT_WAKE, echo=None)
    assert "deliveries_due" in {node.get("Index Name") for node in nodes(waking)}
    assert read(waking) < 20 + more


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_claim_reads_only_what_is_due(crowded: Rows, dsn: str) -> None:
    is_lean(crowded, 0)
    with psycopg.connect(dsn) as old:
        let_many_leave(crowded, old)
        is_lean(crowded, LEFT)
