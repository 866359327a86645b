"""Brings a database to the schema this version needs."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from postclock.db.engine import sync_engine

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


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
