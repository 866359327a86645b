"""Directories of ours: made with an exact owner and mode; nobody else's is ever changed."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o700
PASSABLE = 0o711
"""Root's own: the server's user may pass through, but not look around."""


def make_data_dir(path: Path) -> Path:
    """The data directory, made with its missing parents; an existing one is left as it is.

    Root's are 0711, because its PostgreSQL runs as another user; a plain user's are 0700.
    """
    missing = [place for place in (path, *path.parents) if not place.exists()]
    for place in reversed(missing):
        make_directory(place, _mode())
    return path


def make_directory(path: Path, mode: int, uid: int = -1, gid: int = -1) -> None:
    """Make ``path``, or correct it if it is there: only for directories that are ours alone."""
    try:
        path.mkdir(PRIVATE)
    except FileExistsError:
        if path.is_symlink() or not path.is_dir():
            raise
    os.chown(path, uid, gid, follow_symlinks=False)
    path.chmod(mode)


def is_private(path: Path, uid: int) -> bool:
    """Whether ``path`` is a real directory of ``uid``'s that nobody else may enter."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and found.st_mode & 0o777 == PRIVATE


def write_private(path: Path, text: str) -> None:
    """Put ``text`` into ``path`` (0600), whole or not at all."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def temporary_data_dir() -> Iterator[Path]:
    """A data directory that is gone afterwards, which root's PostgreSQL can reach too."""
    path = Path(tempfile.gettempdir()) / f"postclock-{secrets.token_hex(8)}"
    path.mkdir(PRIVATE)
    path.chmod(_mode())
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _mode() -> int:
    return PASSABLE if os.geteuid() == 0 else PRIVATE
