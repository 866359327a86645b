"""Databases for the benches on one durable PostgreSQL, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from bench import queries
from bench.plan import Plan, pending
from postclock.crypto import KeyRing
from postclock.db.directories import temporary_data_dir
from postclock.db.embedded import EmbeddedPostgres
from postclock.db.migrate import migrate

RING = KeyRing({"bench": b"b" * 32})
SETTINGS = {"shared_preload_libraries": "pg_stat_statements"}
"""All else is as Postclock sets it up for everybody: fsync and synchronous_commit are on."""


@contextmanager
def durable_postgres() -> Iterator[str]:
    """The PostgreSQL that comes along, in a directory of its own; the address of its database."""
    with temporary_data_dir() as home, EmbeddedPostgres(Path(home), SETTINGS) as dsn:
        yield dsn


class Database:
    """One database of a bench."""

    def __init__(self, server: str, name: str) -> None:
        self.name = name
        host = psycopg.conninfo.conninfo_to_dict(server)
        self.url = (
            f"postgresql://{host['user']}:{host['password']}@/{name}"
            f"?host={host['host']}&port={host.get('port', 5432)}"
        )
        self.sql: queries.Connection = psycopg.connect(self.url, autocommit=True)

    def close(self) -> None:
        self.sql.close()

    def add(self, plan: Plan) -> None:
        """The posts of ``plan``."""
        queries.fill(self.sql, plan)

    def settle(self) -> None:
        queries.settle(self.sql)


class Databases:
    """Makes databases on one server and remembers them, for filling takes long."""

    def __init__(self, dsn: str) -> None:
        self._server = dsn
        self._made: dict[str, Database] = {}
        self.sql: queries.Connection = psycopg.connect(
            make_conninfo(dsn, dbname="postgres"), autocommit=True
        )
        self.sql.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def close(self) -> None:
        """Drop everything that was made."""
        for name in list(self._made):
            self.drop(name)
        self.sql.close()

    def empty(self, use: str) -> Database:
        """A new database, for ``use``."""
        name = f"bench_{use}_{uuid4().hex[:8]}"
        queries.create_database(self.sql, name)
        made = self._made[name] = Database(self._server, name)
        return made

    def drop(self, name: str) -> None:
        self._made.pop(name).close()
        queries.drop_database(self.sql, name)

    def of_postclock(self, server: str, accounts: int, waiting: int) -> Database:
        """Postclock's schema with accounts, and ``waiting`` posts that are due later."""
        database = self.empty(f"postclock_{waiting}")
        migrate(database.url)
        queries.make_accounts(database.sql, RING, server, accounts)
        if waiting:
            database.add(pending("later", waiting))
        database.settle()
        return database
