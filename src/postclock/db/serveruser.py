"""Who PostgreSQL runs as: ourselves, or a system user of ours when we are root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from postclock.errors import Unavailable

SYSTEM_USER = "postclock"
NO_LOGIN = "/usr/sbin/nologin"
WAYS_TO_ADD = (
    ("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
     "--shell", NO_LOGIN, SYSTEM_USER),
    ("adduser", "-S", "-D", "-H", "-s", NO_LOGIN, SYSTEM_USER),
)  # fmt: skip
"""The command of most distributions, then the one of BusyBox."""

ENTER_EACH = 'for place; do cd -- "$place" 2>/dev/null || { printf %s "$place"; exit 1; }; done'


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The owner of the server's files and processes; ``switch``: we are root and become it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self, command: Sequence[str | Path], *, cwd: Path = Path("/")
    ) -> subprocess.CompletedProcess[str]:
        """Run ``command`` as this user, in a session of its own and a bare environment.

        In a session of its own, the terminal's Ctrl-C does not reach it.
        """
        who: dict[str, Any] = {}
        if self.switch:
            who = {"user": self.uid, "group": self.gid, "extra_groups": ()}
        return subprocess.run(
            command, cwd=cwd, env={"PATH": os.defpath, "LC_ALL": "C"}, umask=0o077,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True, check=False, **who,
        )  # fmt: skip

    def require_way_to(self, path: Path) -> None:
        """Raise ``data_dir_closed`` unless this user may enter ``path`` and all above it."""
        way = [str(place) for place in (*reversed(path.parents), path)]
        tried = self.run(["/bin/sh", "-c", ENTER_EACH, "sh", *way])
        if tried.returncode:
            raise Unavailable(
                "data_dir_closed",
                f"PostgreSQL runs as the system user {self.name}, which may not enter"
                f" {tried.stdout or path}. Set POSTCLOCK_DATA_DIR to a directory that every user"
                " may pass through, such as /var/lib/postclock.",
            )


def server_user() -> ServerUser:
    """Ourselves; for root, whom PostgreSQL refuses, the system user, made when missing."""
    if os.geteuid() == 0:
        return _system_user()
    return ServerUser(str(os.geteuid()), os.geteuid(), os.getegid(), switch=False)


def _system_user() -> ServerUser:
    found = _look_up() or _add()
    if found is None or found.pw_uid == 0:
        raise Unavailable(
            "database_user_missing",
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be"
            f" made. Add it (useradd --system {SYSTEM_USER}), start Postclock as a plain user,"
            " or set DATABASE_URL.",
        )
    return ServerUser(found.pw_name, found.pw_uid, found.pw_gid, switch=True)


def _look_up() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None


def _add() -> pwd.struct_passwd | None:
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    for command in WAYS_TO_ADD:
        if program := shutil.which(command[0], path=path):
            subprocess.run([program, *command[1:]], capture_output=True, check=False)
            if found := _look_up():
                return found
    return None
