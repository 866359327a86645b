"""One PostgreSQL on one data directory: made, started, reached, stopped.

Nothing here locks: ``EmbeddedPostgres`` lets one process at a time in.

    {home}/                  ours; for root 0711, else 0700
      password               0600
      programs/{version}/    root only: a copy of PostgreSQL that its user may run
      data/                  PostgreSQL's own
      log/                   the server's log files
      run/                   the socket
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from postclock.db import postmaster, programs
from postclock.db.directories import PRIVATE, make_directory, write_private
from postclock.db.serveruser import ServerUser
from postclock.db.sockets import SocketDirectory
from postclock.errors import Unavailable

DATABASE = "postclock"
PATIENCE = 300
"""Seconds that recovery after a crash, or a stop, may take."""
PAUSE = 0.05
KEPT_LOGS = 8
DYING = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
"""What PostgreSQL says while the last of a killed server is still going: try again."""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%Y%m%d-%H%M%S.log",
    "log_rotation_age": "0",
    "log_rotation_size": "10MB",
}


class Cluster:
    """PostgreSQL with its files under ``home``, run as ``user``."""

    def __init__(self, home: Path, user: ServerUser, settings: Mapping[str, str]) -> None:
        self._home = home
        self._user = user
        self._settings = dict(settings)
        self._data = home / "data"
        self._log = home / "log"
        self._shelf = home / "programs"
        self._sockets = SocketDirectory(home, user)

    def dsn(self, database: str = DATABASE) -> str:
        """How to reach ``database``; holds the password."""
        host = quote(str(self._sockets.path), safe="")
        password = (self._home / "password").read_text()
        return f"postgresql://postgres:{password}@/{database}?host={host}&port=5432"

    def bring_up(self) -> None:
        """Make, start or adopt the server, and wait until it answers."""
        self._require_own_major()
        self._fetch_programs()
        if not postmaster.running(self._data):
            self._make()
        error: Exception | None = None
        for _ in range(int(PATIENCE / PAUSE)):
            self._start_or_restart()
            try:
                return self._create_database()
            except psycopg.OperationalError as raised:
                error = raised
                if "authentication failed" in str(raised):
                    break
            threading.Event().wait(PAUSE)
        raise Unavailable("database_not_started", f"PostgreSQL does not answer: {error}")

    def stop(self) -> None:
        """Stop the server and wait for its end; open connections are cut."""
        if not postmaster.running(self._data):
            return
        stopped = self._control("stop", "-m", "fast")
        if stopped.returncode and postmaster.running(self._data):
            raise Unavailable("database_not_stopped", f"PostgreSQL does not stop: {stopped.stdout}")
        self._sockets.remove()

    def _require_own_major(self) -> None:
        note = self._data / "PG_VERSION"
        if self._data.exists() and not note.exists():
            raise Unavailable(
                "database_unreadable",
                f"{self._data} is not a PostgreSQL data directory. Move it away, or set"
                " POSTCLOCK_DATA_DIR.",
            )
        if note.exists() and (made_by := note.read_text().strip()) != programs.major():
            raise Unavailable(
                "database_other_major",
                f"{self._data} was made by PostgreSQL {made_by}, and this Postclock brings"
                f" PostgreSQL {programs.major()}. Save your data with the Postclock that made it"
                f" (pg_dump), move {self._data} away, start this one and load the dump; or set"
                " DATABASE_URL.",
            )

    def _fetch_programs(self) -> None:
        if self._user.switch:
            make_directory(self._shelf, 0o755)
            programs.copy_to(self._shelf)

    def _make(self) -> None:
        self._user.require_way_to(self._home)
        if self._user.switch:
            programs.drop_others(self._shelf)
        make_directory(self._log, PRIVATE, self._user.uid, self._user.gid)
        if not (self._home / "password").exists():
            write_private(self._home / "password", secrets.token_urlsafe(32))
        if not self._data.exists():
            self._init()

    def _init(self) -> None:
        """Make the data directory under another name first: half of one is never taken for it."""
        draft = self._home / "data.new"
        if draft.exists():
            shutil.rmtree(draft)
        make_directory(draft, PRIVATE, self._user.uid, self._user.gid)
        secret = self._home / "password.new"
        secret.unlink(missing_ok=True)
        write_private(secret, (self._home / "password").read_text())
        os.chown(secret, self._user.uid, self._user.gid)
        sync = ("--no-sync",) if self._settings.get("fsync") == "off" else ()
        made = self._user.run(
            [
                self._program("initdb"), "-D", draft, "-U", "postgres", "--auth=scram-sha-256",
                f"--pwfile={secret}", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", *sync,
            ]
        )  # fmt: skip
        secret.unlink()
        if made.returncode:
            raise Unavailable("database_not_made", f"initdb failed:\n{made.stdout}")
        draft.rename(self._data)

    def _start_or_restart(self) -> None:
        if not postmaster.running(self._data):
            self._start()
        elif postmaster.is_ready(self._data) and not self._sockets.is_served():
            # Its socket was swept away: it serves those who are connected, and nobody new.
            self._control("stop", "-m", "fast")
            self._start()

    def _start(self) -> None:
        postmaster.forget_stranger(self._data)
        self._sockets.prepare()
        self._drop_old_logs()
        first_words = self._log / "start.log"
        first_words.unlink(missing_ok=True)
        started = self._control("start", "-l", str(first_words), "-o", self._options())
        said = first_words.read_text(errors="replace") if first_words.exists() else ""
        if started.returncode and not any(hint in said for hint in DYING):
            raise Unavailable(
                "database_not_started",
                f"PostgreSQL does not start: {started.stdout}{said[-2000:]}"
                f"Its log is in {self._log}.",
            )

    def _options(self) -> str:
        settings = {
            **SETTINGS,
            "unix_socket_directories": str(self._sockets.path),
            "log_directory": str(self._log),
            **self._settings,
        }
        return shlex.join(f"--{name}={value}" for name, value in settings.items())

    def _drop_old_logs(self) -> None:
        for old in sorted(self._log.glob("postgresql-*.log"))[:-KEPT_LOGS]:
            old.unlink()

    def _control(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        program = self._program("pg_ctl")
        return self._user.run([program, "-D", self._data, "-w", "-t", str(PATIENCE), *arguments])

    def _program(self, name: str) -> Path:
        if self._user.switch:
            return programs.copied(self._shelf) / name
        return programs.installed() / name

    def _create_database(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True, connect_timeout=10) as server:
            asked = "SELECT 1 FROM pg_database WHERE datname = %s"
            if server.execute(asked, [DATABASE]).fetchone() is None:
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
