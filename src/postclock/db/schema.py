"""Which schema a database has, and whether it is this version's: asked by everybody at the start.

It needs neither Alembic nor SQLAlchemy, which a node would otherwise read in for one question.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from postclock.db.engine import conninfo
from postclock.errors import Unavailable

VERSIONS = Path(__file__).parent / "migrations" / "versions"
HEAD = max(file.name[:4] for file in VERSIONS.glob("[0-9]*.py"))
"""The schema this version needs: that of its last migration."""

HAS_SCHEMA = "SELECT to_regclass('alembic_version') IS NOT NULL"
REVISION = "SELECT version_num FROM alembic_version"
BYPASSES = """
SELECT coalesce(bool_or(rolsuper OR rolbypassrls), true) FROM pg_roles
 WHERE rolname = 'postclock_api'
"""


def revision(dsn: str) -> str | None:
    """The schema that the database has; None for none of ours."""
    with psycopg.connect(conninfo(dsn, "postclock-cli"), prepare_threshold=None) as connection:
        return _revision(connection)


def _revision(connection: psycopg.Connection) -> str | None:
    has_schema = connection.execute(HAS_SCHEMA).fetchone()
    if not has_schema or not has_schema[0]:
        return None
    row = connection.execute(REVISION).fetchone()
    return str(row[0]) if row else None


def require_current(dsn: str) -> None:
    """Raise Unavailable unless the schema is this version's and the API's role obeys RLS."""
    with psycopg.connect(conninfo(dsn, "postclock-cli"), prepare_threshold=None) as connection:
        have = _revision(connection)
        if have != HEAD:
            raise Unavailable(
                "schema_outdated",
                f"The database is at schema {have or 'none'}, this version needs {HEAD}: "
                "run `postclock migrate` first.",
            )
        bypasses = connection.execute(BYPASSES).fetchone()
    if bypasses is None or bypasses[0]:
        raise Unavailable(
            "role_bypasses_rls",
            "The role postclock_api bypasses row-level security: "
            "run `ALTER ROLE postclock_api NOSUPERUSER NOBYPASSRLS`.",
        )
