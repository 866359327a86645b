"""A lock that lives as long as its holder: the kernel lets go of it even after kill -9."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Lockfile:
    """One holder's view of a lock file (flock); others may be in this process or in another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def share(self) -> None:
        """Hold it together with others; waits while somebody holds it alone."""
        fcntl.flock(self._open(), fcntl.LOCK_SH)

    def own(self) -> None:
        """Hold it alone; waits until nobody else does."""
        fcntl.flock(self._open(), fcntl.LOCK_EX)

    def try_own(self) -> bool:
        """Hold it alone if nobody else holds it at all; True if so."""
        try:
            fcntl.flock(self._open(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let go of it; harmless when it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _open(self) -> int:
        if self._handle is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            self._handle = os.open(self._path, flags, 0o600)
        return self._handle
