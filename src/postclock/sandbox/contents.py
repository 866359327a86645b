"""The bytes of uploaded files, up to a capacity: in memory, or as files in a folder."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

CAPACITY = 64 * 1024 * 1024
"""How many bytes one twin keeps."""


class Contents:
    """Bytes by their SHA-256. Losing some changes no platform's answer, only what can be seen."""

    def __init__(self, folder: Path | None = None, capacity: int = CAPACITY) -> None:
        self._folder = folder
        self._capacity = capacity
        self._memory: dict[str, bytes] = {}
        self._sizes: dict[str, int] = {}
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            found = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
            self._sizes = {path.name: path.stat().st_size for path in found}
        self.used = sum(self._sizes.values())

    def put(self, sha256: str, data: bytes, shown: Container[str]) -> None:
        """Keep bytes; the oldest make room, those no post in ``shown`` uses first."""
        if sha256 in self._sizes or len(data) > self._capacity:
            return
        self._make_room(self._capacity - len(data), shown)
        self._sizes[sha256] = len(data)
        self.used += len(data)
        if self._folder:
            whole = self._folder / f"{sha256}.part"
            whole.write_bytes(data)
            whole.replace(self._folder / sha256)
        else:
            self._memory[sha256] = data

    def read(self, sha256: str) -> bytes | None:
        """The bytes, if they are still kept."""
        if sha256 not in self._sizes:
            return None
        return (self._folder / sha256).read_bytes() if self._folder else self._memory[sha256]

    def drop(self, sha256: str) -> None:
        """Forget bytes."""
        if sha256 not in self._sizes:
            return
        self.used -= self._sizes.pop(sha256)
        self._memory.pop(sha256, None)
        if self._folder:
            (self._folder / sha256).unlink(missing_ok=True)

    def _make_room(self, most: int, shown: Container[str]) -> None:
        while self.used > most:
            unseen = (sha256 for sha256 in self._sizes if sha256 not in shown)
            self.drop(next(unseen, None) or next(iter(self._sizes)))
