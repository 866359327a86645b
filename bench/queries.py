"""The statements of the benches, each named by its verb."""

from __future__ import annotations

import psycopg
from psycopg import sql

from bench.plan import Plan
from postclock.crypto import KeyRing
from postclock.ids import new_id
from postclock.services.accounts.secrets import seal

Connection = psycopg.Connection[tuple[int | float | str | None, ...]]

MAKE_WORKSPACE = """
INSERT INTO workspaces (id, name, time_zone, created_at) VALUES (%s, 'bench', 'UTC', now())
"""
MAKE_ACCOUNT = """
INSERT INTO accounts (id, workspace_id, platform, remote_id, handle, server, created_at, updated_at)
VALUES (%s, %s, 'bench', %s, %s, %s, now(), now())
"""
MAKE_CREDENTIALS = """
INSERT INTO credentials (account_id, workspace_id, key_id, secrets, updated_at)
VALUES (%s, %s, %s, %s, now())
"""
FILL = """
WITH numbered AS MATERIALIZED (
  SELECT id, workspace_id, row_number() OVER (ORDER BY id) - 1 AS n FROM accounts
), new AS MATERIALIZED (
  SELECT postclock_uuid7() AS id, a.id AS account_id, a.workspace_id,
         %(prefix)s || '-' || g AS key,
         timestamptz 'epoch' + (%(first)s + %(span)s * g::bigint / %(count)s)
           * interval '1 microsecond' AS due_at
    FROM generate_series(0, %(count)s - 1) AS g
    JOIN numbered a ON a.n = g %% (SELECT count(*) FROM numbered)
), posts AS (
  INSERT INTO posts (id, workspace_id, platforms, account_ids, content, status, scheduled_at,
                     created_at, updated_at)
  SELECT id, workspace_id, '{bench}', ARRAY[account_id],
         jsonb_build_object('bench', jsonb_build_object('text', key)), 'scheduled', due_at,
         now(), now() FROM new
)
INSERT INTO deliveries (id, workspace_id, post_id, account_id, platform, state, due_at, wake_at,
                        created_at, updated_at)
SELECT postclock_uuid7(), workspace_id, id, account_id, 'bench', 'scheduled', due_at, due_at,
       now(), now() FROM new
"""
WAKE = "SELECT pg_notify('postclock_wake', %s)"
COUNT_UNRECORDED = """
SELECT count(*) FROM deliveries
 WHERE wake_at < now() + interval '1 hour' AND state <> 'published'
"""
COUNT_STATES = """
SELECT state, count(*) FROM deliveries WHERE due_at < now() + interval '1 hour' GROUP BY state
"""
FORGET_STATEMENTS = """
SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = %s), 0)
"""
COUNT_STATEMENTS = """
SELECT coalesce(sum(calls) FILTER (WHERE NOT bound), 0)::bigint,
       coalesce(sum(calls) FILTER (WHERE bound), 0)::bigint,
       coalesce(sum(total_exec_time), 0)
  FROM (SELECT calls, total_exec_time,
               query ~* '^(begin|commit|rollback|start transaction)' AS bound
          FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
         WHERE d.datname = %s AND s.toplevel) AS told
"""


def make_accounts(connection: Connection, ring: KeyRing, server: str, count: int) -> None:
    """``count`` connected accounts in one workspace, each with sealed secrets of its own."""
    workspace = new_id()
    ids = [new_id() for _ in range(count)]
    accounts = [[i, workspace, str(i), f"account{n}", server] for n, i in enumerate(ids)]
    credentials = [[i, workspace, *seal(ring, i, {"token": str(i)})] for i in ids]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(MAKE_WORKSPACE, [workspace])
        cursor.executemany(MAKE_ACCOUNT, accounts)
        cursor.executemany(MAKE_CREDENTIALS, credentials)


def fill(connection: Connection, plan: Plan) -> None:
    """The posts of ``plan``, armed, spread over all accounts in turn; nodes are told."""
    with connection.transaction():
        connection.execute(
            FILL,
            {"prefix": plan.prefix, "first": plan.first_us, "span": plan.span_us,
             "count": plan.count},
        )  # fmt: skip
        connection.execute(WAKE, [str(plan.first_us)])


def settle(connection: Connection) -> None:
    """Bring statistics up to date and write everything out, so that no run pays for the last."""
    connection.execute("VACUUM (ANALYZE)")
    connection.execute("CHECKPOINT")


def count_unrecorded(connection: Connection) -> int:
    """How many deliveries of this hour have not been recorded as published."""
    return int(_only(connection, COUNT_UNRECORDED))


def states(connection: Connection) -> dict[str, int]:
    """How many deliveries of this hour and before are in each state."""
    rows = connection.execute(COUNT_STATES).fetchall()
    return {str(state): int(count or 0) for state, count in rows}


def forget_statements(connection: Connection, database: str) -> None:
    """Count the statements of ``database`` from here on."""
    connection.execute(FORGET_STATEMENTS, [database])


def count_statements(connection: Connection, database: str) -> tuple[int, int, float]:
    """Statements, BEGIN and COMMIT and ROLLBACK, and milliseconds they took."""
    row = connection.execute(COUNT_STATEMENTS, [database]).fetchone()
    assert row is not None
    return int(row[0] or 0), int(row[1] or 0), float(row[2] or 0)


def create_database(connection: Connection, name: str) -> None:
    """An empty database."""
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def drop_database(connection: Connection, name: str) -> None:
    """Remove a database, whoever is connected."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    connection.execute(drop.format(sql.Identifier(name)))


def version(connection: Connection) -> str:
    """PostgreSQL's version."""
    return str(_only(connection, "SHOW server_version"))


def _only(connection: Connection, statement: str) -> int | float | str:
    row = connection.execute(statement).fetchone()
    assert row is not None
    assert row[0] is not None
    return row[0]
