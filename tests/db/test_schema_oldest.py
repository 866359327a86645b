"""The schema on the oldest PostgreSQL that is promised, where this machine has one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from postclock.db.migrate import migrate
from postclock.db.schema import require_current
from postclock.db.serveruser import ServerUser, server_user
from tests.scheduler.rows import Rows

PROGRAMS = Path("/usr/lib/postgresql/15/bin")

pytestmark = pytest.mark.skipif(
    not (PROGRAMS / "initdb").exists(), reason=f"there is no PostgreSQL 15 in {PROGRAMS}"
)


def run(user: ServerUser, *command: str | Path) -> None:
    done = user.run(command)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def oldest() -> Iterator[str]:
    """The address of a new PostgreSQL 15, reached by its socket alone."""
    user = server_user()
    home = Path(tempfile.mkdtemp(prefix="postclock-15-"))
    data = home / "data"
    try:
        if user.switch:
            os.chown(home, user.uid, user.gid)
        run(user, PROGRAMS / "initdb", "-D", data, "-U", "postgres", "-A", "trust",
            "-E", "UTF8", "-N")  # fmt: skip
        options = f"-c listen_addresses='' -c fsync=off -k {home}"
        control = PROGRAMS / "pg_ctl"
        run(user, control, "start", "-w", "-D", data, "-l", home / "log", "-o", options)
        try:
            yield make_conninfo("", host=str(home), user="postgres", dbname="postgres")
        finally:
            run(user, control, "stop", "-w", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(home)


def test_it_takes_the_migrations_and_arms(oldest: str) -> None:
    migrate(oldest)
    require_current(oldest)
    with psycopg.connect(oldest, autocommit=True, row_factory=dict_row) as admin:
        rows = Rows(admin)
        assert rows.one("SHOW server_version")["server_version"].startswith("15.")
        post = rows.post(rows.account())
        assert (rows.state(post), rows.status(post)) == ("scheduled", "scheduled")
