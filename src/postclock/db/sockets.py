"""The directory of the server's Unix socket, which only its owner may enter."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from postclock.db.directories import PRIVATE, is_private, make_directory, write_private
from postclock.db.serveruser import ServerUser

SOCKET = ".s.PGSQL.5432"
LONGEST = 100
"""In bytes; systems stop at 104 or 108."""


class SocketDirectory:
    """``{home}/run``, or a short one under the system's temporary directory.

    A short one is noted in ``{home}/socket-directory``, so that the next process finds it.
    """

    def __init__(self, home: Path, user: ServerUser) -> None:
        self._beside = home / "run"
        self._note = home / "socket-directory"
        self._user = user

    @property
    def path(self) -> Path:
        """Where it is; of a short one, where it was last prepared."""
        if self._fits():
            return self._beside
        return Path(self._note.read_text()) if self._note.exists() else self._beside

    def is_served(self) -> bool:
        """Whether it is safe and holds a socket."""
        return is_private(self.path, self._user.uid) and (self.path / SOCKET).is_socket()

    def prepare(self) -> None:
        """Make it, empty. Only while no server uses it."""
        if self._fits():
            make_directory(self._beside, PRIVATE, self._user.uid, self._user.gid)
        elif not self._made_again():
            self._make_short()
        for leftover in (SOCKET, f"{SOCKET}.lock"):
            (self.path / leftover).unlink(missing_ok=True)

    def remove(self) -> None:
        """Leave nothing outside the data directory. Only while no server uses it."""
        if not self._fits() and is_private(self.path, self._user.uid):
            self.path.rmdir()
            self._note.unlink()

    def _fits(self) -> bool:
        return len(os.fsencode(self._beside / SOCKET)) <= LONGEST

    def _made_again(self) -> bool:
        """Whether the noted one is ours still, or could be made under the same name."""
        if not self._note.exists():
            return False
        try:
            self.path.mkdir(PRIVATE)
            os.chown(self.path, self._user.uid, self._user.gid)
        except OSError:
            return is_private(self.path, self._user.uid)
        return True

    def _make_short(self) -> None:
        made = Path(tempfile.mkdtemp(prefix="postclock-"))
        os.chown(made, self._user.uid, self._user.gid)
        self._user.require_way_to(made)
        write_private(self._note, str(made))
