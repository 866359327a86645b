"""Who is behind ``postmaster.pid``: PostgreSQL's note of its running server.

After kill -9 or a power cut the note stays, and its process id may by now be anybody's.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

NOBODY = 2**31 - 2
"""A process id above what any system gives out."""


def running(data: Path) -> int | None:
    """The process id of the server that runs on the data directory ``data``, or None."""
    pid = _noted(data)
    return pid if pid is not None and _is_postmaster(pid, data) else None


def forget_stranger(data: Path) -> None:
    """Correct a note that names a live process which is not the server.

    PostgreSQL would refuse to start. Only the number is replaced: the note's other lines let
    PostgreSQL see whether a killed server's children still use the shared memory.
    """
    pid = _noted(data)
    if pid is None or _is_postmaster(pid, data):
        return
    handle = os.open(_note(data), os.O_RDWR | os.O_NOFOLLOW)
    with os.fdopen(handle, "r+") as file:
        _, *rest = file.read().split("\n")
        file.seek(0)
        file.truncate()
        file.write("\n".join((str(NOBODY), *rest)))


def is_ready(data: Path) -> bool:
    """Whether the server has noted that it takes connections."""
    return _lines(data)[-1:] == ["ready"]


def _note(data: Path) -> Path:
    return data / "postmaster.pid"


def _lines(data: Path) -> list[str]:
    try:
        return [line.strip() for line in _note(data).read_text().splitlines()]
    except OSError:
        return []


def _noted(data: Path) -> int | None:
    first = _lines(data)[:1]
    return int(first[0]) if first and first[0].isdigit() else None


def _is_postmaster(pid: int, data: Path) -> bool:
    process = Path("/proc", str(pid))
    if not Path("/proc/self").exists():
        return _command_name(pid).endswith("postgres")
    try:
        at_home = os.path.samefile(process / "cwd", data)
        return at_home and (process / "comm").read_text().strip() == "postgres"
    except OSError:
        return False


def _command_name(pid: int) -> str:
    asked = subprocess.run(
        ["/bin/ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()
