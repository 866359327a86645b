"""Procrastinate's tables, from the files it comes with, in a schema of their own.

Its schema.sql makes them; its migrations bring older ones up to date. The last of those that the
tables contain is written down as the schema's comment, so that each is applied once, whatever
version made them.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from procrastinate.schema import SchemaManager

SCHEMA = "procrastinate"


def deltas() -> list[Path]:
    """Procrastinate's migrations, oldest first: their names begin with its version."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def bring_up_to_date(connection: sa.Connection) -> None:
    """Make the tables, or apply what has been added since; in the caller's transaction."""
    run = connection.exec_driver_sql
    exists = connection.scalar(sa.text("SELECT to_regnamespace(:schema)"), {"schema": SCHEMA})
    if exists:
        scripts = [path.read_text() for path in deltas() if path.name > applied(connection)]
    else:
        run(f"CREATE SCHEMA {SCHEMA}")
        scripts = [SchemaManager.get_schema()]
    run(f"SET LOCAL search_path TO {SCHEMA}")
    for script in scripts:
        run(script.replace("%", "%%"))
    run("SET LOCAL search_path TO DEFAULT")
    run(f"COMMENT ON SCHEMA {SCHEMA} IS '{deltas()[-1].name}'")


def applied(connection: sa.Connection) -> str:
    """The last of Procrastinate's migrations that the tables contain."""
    asked = sa.text("SELECT obj_description(to_regnamespace(:schema), 'pg_namespace')")
    return str(connection.scalar(asked, {"schema": SCHEMA}) or "")
