"""Fixtures that every test may ask for."""

from tests.fixtures.databases import admin, dsn, pool, server
from tests.fixtures.servers import api, serve_app
from tests.fixtures.workspaces import database, ring, team

pytest_plugins = ["tests.architecture.loopback"]

__all__ = ["admin", "api", "database", "dsn", "pool", "ring", "serve_app", "server", "team"]
