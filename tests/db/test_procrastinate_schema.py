"""Procrastinate's tables are those that the installed Procrastinate wants."""

from __future__ import annotations

import importlib
import pkgutil

import psycopg
from procrastinate.schema import SchemaManager
from psycopg.rows import DictRow

from postclock.db.engine import sync_engine
from postclock.db.migrations import versions
from postclock.db.migrations.procrastinate_schema import SCHEMA, applied, bring_up_to_date, deltas

Admin = psycopg.Connection[DictRow]

COLUMNS = """
SELECT table_name, column_name, udt_name, is_nullable, column_default
  FROM information_schema.columns WHERE table_schema = %s ORDER BY 1, 2
"""
FUNCTIONS = """
SELECT proname, pg_get_function_arguments(p.oid) AS arguments, prosrc FROM pg_proc p
 WHERE pronamespace = %s::regnamespace ORDER BY 1, 2
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = %s ORDER BY 1"


def catalog(admin: Admin, schema: str) -> list[list[str]]:
    """What there is in ``schema``, without its name."""
    asked = [admin.execute(one, [schema]).fetchall() for one in (COLUMNS, FUNCTIONS, INDEXES)]
    return [[str(row).replace(f"{schema}.", "") for row in rows] for rows in asked]


def test_the_newest_of_our_migrations_covers_the_newest_of_theirs() -> None:
    """If this fails, Procrastinate has new tables: a migration must call bring_up_to_date."""
    modules = [
        importlib.import_module(f"{versions.__name__}.{one.name}")
        for one in pkgutil.iter_modules(versions.__path__)
    ]
    covered = max(getattr(module, "PROCRASTINATE", "") for module in modules)
    assert covered == deltas()[-1].name


def test_the_tables_are_as_its_own_schema_makes_them(dsn: str, admin: Admin) -> None:
    with admin.transaction():
        admin.execute("CREATE SCHEMA wanted")
        admin.execute("SET LOCAL search_path TO wanted")
        admin.execute(SchemaManager.get_schema())
    made = catalog(admin, SCHEMA)
    assert all(made)
    assert made == catalog(admin, "wanted")


def test_tables_of_an_older_version_are_brought_up_to_date_once(dsn: str, admin: Admin) -> None:
    """As an installation that began with the version before the last change of the tables."""
    wanted = catalog(admin, SCHEMA)
    older = [path for path in deltas() if path.name < "03.04"]
    with admin.transaction():
        admin.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
        admin.execute(f"CREATE SCHEMA {SCHEMA}")
        admin.execute(f"SET LOCAL search_path TO {SCHEMA}")
        for path in older:
            admin.execute(path.read_text().encode())
        admin.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{older[-1].name}'")
    assert catalog(admin, SCHEMA) != wanted
    for _ in range(2):
        with sync_engine(dsn) as engine, engine.begin() as connection:
            bring_up_to_date(connection)
            assert applied(connection) == deltas()[-1].name
    assert [sorted(part) for part in catalog(admin, SCHEMA)] == [sorted(part) for part in wanted]
