"""On a hosted PostgreSQL nobody is superuser: a plain owner who may make roles is enough."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from postclock.clock import HostClock
from postclock.db.migrate import migrate
from postclock.db.schema import require_current
from postclock.db.session import open_database
from tests.fixtures.workspaces import make_team
from tests.proof.rig import arm_all, write_posts


@pytest.fixture
def owned(server: str) -> Iterator[str]:
    """An empty database whose owner is no superuser and does not bypass row-level security."""
    name = f"plain_{uuid4().hex[:12]}"
    role = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as connection:
        make = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD 'plain'").format(role)
        connection.execute(make)
        # Roles are the cluster's: another test's database may have made the API's role before.
        exists = "SELECT 1 FROM pg_roles WHERE rolname = 'postclock_api'"
        if connection.execute(exists).fetchone():
            grant = sql.SQL("GRANT postclock_api TO {} WITH ADMIN OPTION").format(role)
            connection.execute(grant)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
    yield make_conninfo(server, dbname=name, user=name, password="plain")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(role))
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


async def test_a_plain_owner_migrates_writes_and_schedules(owned: str) -> None:
    migrate(owned)
    migrate(owned)
    require_current(owned)
    database = open_database(owned, "postclock-test", HostClock())
    team = await make_team(database)
    posts = await write_posts(database, team, 3)
    await arm_all(database, team, posts, 60)
    async with database.as_system() as tx:
        counted = await tx.session.execute(text("SELECT count(*), min(status) FROM posts"))
        assert tuple(counted.one()) == (3, "scheduled")
    stranger = await make_team(database, "eve")
    async with database.as_user(stranger.who.user_id) as tx:
        seen = await tx.session.scalar(text("SELECT count(*) FROM posts"))
        assert seen == 0
    await database.close()
