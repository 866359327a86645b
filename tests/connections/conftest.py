"""A PostgreSQL of the test's own, and a line to it that breaks on demand."""

from tests.fixtures.pgbouncer import pgbouncer
from tests.fixtures.postgres import postgres

__all__ = ["pgbouncer", "postgres"]
