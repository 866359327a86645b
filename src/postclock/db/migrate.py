"""Brings a database to the schema this version needs."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from postclock.db.engine import sync_engine
from postclock.errors import Unavailable

LOCK = 0x506F7374  # one migration at a time: an advisory lock of our own


def migrate(dsn: str) -> None:
    """Apply every missing migration, once, whoever else starts at the same moment."""
    with sync_engine(dsn) as engine, engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        try:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        finally:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()


def require_current(dsn: str) -> None:
    """Raise Unavailable unless the schema is this version's and the API's role obeys RLS."""
    with sync_engine(dsn) as engine, engine.connect() as connection:
        have = MigrationContext.configure(connection).get_current_revision()
        need = ScriptDirectory.from_config(_config()).get_current_head()
        if have != need:
            raise Unavailable(
                "schema_outdated",
                f"The database is at schema {have or 'none'}, this version needs {need}: "
                "run `postclock migrate` first.",
            )
        if connection.scalar(sa.text(BYPASSES)):
            raise Unavailable(
                "role_bypasses_rls",
                "The role postclock_api bypasses row-level security: "
                "run `ALTER ROLE postclock_api NOSUPERUSER NOBYPASSRLS`.",
            )


BYPASSES = """
SELECT coalesce(bool_or(rolsuper OR rolbypassrls), true) FROM pg_roles
 WHERE rolname = 'postclock_api'
"""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
