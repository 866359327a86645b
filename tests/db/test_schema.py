"""The schema: made from nothing, and what the mapped classes say of it is true."""

from __future__ import annotations

import importlib
import pkgutil

import psycopg
import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.dialects.postgresql.base import PGDialect

import postclock
from postclock.db.base import Base
from postclock.db.engine import sync_engine
from postclock.db.migrate import migrate
from postclock.db.schema import HEAD, VERSIONS, require_current
from postclock.errors import Unavailable


def import_models() -> None:
    for module in pkgutil.walk_packages(postclock.__path__, "postclock."):
        if module.name.endswith(".model"):
            importlib.import_module(module.name)


import_models()


def spelled(kind: sa.types.TypeEngine[object]) -> str:
    """A type as PostgreSQL writes it."""
    return str(kind.compile(dialect=PGDialect())).lower()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_a_mapped_class_agrees_with_its_table(dsn: str, table: str) -> None:
    with sync_engine(dsn) as engine:
        inspector = sa.inspect(engine)
        stored = {column["name"]: column for column in inspector.get_columns(table)}
        key = inspector.get_pk_constraint(table)["constrained_columns"]
    mapped = Base.metadata.tables[table]
    said = {c.name: (spelled(c.type), c.nullable) for c in mapped.columns}
    true = {name: (spelled(c["type"]), c["nullable"]) for name, c in stored.items() if name in said}
    assert said == true
    assert {c.name for c in mapped.primary_key.columns} == set(key)


def test_what_must_be_given_is_mapped(dsn: str) -> None:
    """A class that rows are inserted by knows every column without a default."""
    by_the_scheduler = {"deliveries", "attempts"}
    with sync_engine(dsn) as engine:
        inspector = sa.inspect(engine)
        for name, mapped in Base.metadata.tables.items():
            columns = inspector.get_columns(name)
            needed = {c["name"] for c in columns if not c["nullable"] and c["default"] is None}
            missing = needed - {column.name for column in mapped.columns}
            assert name in by_the_scheduler or missing == set(), name


def test_migrating_again_changes_nothing(dsn: str) -> None:
    require_current(dsn)
    migrate(dsn)
    require_current(dsn)


def test_an_older_schema_is_refused_with_what_to_do(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM alembic_version")
    with pytest.raises(Unavailable, match="postclock migrate"):
        require_current(dsn)


def test_the_schema_that_is_needed_is_that_of_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
