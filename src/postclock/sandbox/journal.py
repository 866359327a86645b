"""The ledger's memory on disk: a JSON line for each change, replayed at the start."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Journal:
    """A file of JSON lines. Each line is handed to the system before its change is answered."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")

    def replay(self) -> Iterator[Mapping[str, Any]]:
        """Every whole line since the beginning; a torn last line is cut off.

        Raises ValueError, naming the line, when a line before the last is damaged.
        """
        kept = 0
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    break
                kept += len(line)
                yield self._read(line, number)
        self._file.truncate(kept)

    def write(self, change: Mapping[str, Any]) -> None:
        """Append one change."""
        self._file.write(json.dumps(change, separators=(",", ":")).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read(self, line: bytes, number: int) -> Mapping[str, Any]:
        try:
            change: Mapping[str, Any] = json.loads(line)
        except ValueError as error:
            raise ValueError(
                f"{self._path}, line {number} is damaged; move the file away"
            ) from error
        return change
