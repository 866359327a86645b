"""Work that is done once for each state of what it is made from."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"


class SetupError(Exception):
    """A sentence that says what is missing and how to get it."""


@dataclass(frozen=True)
class Step:
    """One piece of set-up; ``key`` is a digest of all its inputs, ``stamp`` the last key done."""

    name: str
    key: str
    stamp: Path
    outputs: Sequence[Path]
    work: Callable[[], None]

    def is_done(self) -> bool:
        """Whether the work was finished with these inputs and its results are there."""
        try:
            noted = self.stamp.read_text()
        except OSError:
            return False
        return noted == self.key and all(output.exists() for output in self.outputs)

    def ensure(self) -> None:
        """Do the work if it is not done; the stamp is written only after success."""
        if self.is_done():
            return
        say(self.name)
        self.stamp.unlink(missing_ok=True)
        began = time.monotonic()
        self.work()
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(self.key)
        say(f"{self.name}: done in {time.monotonic() - began:.1f} s")


def say(words: str) -> None:
    """One line about the progress."""
    print(f"▸ {words}", flush=True)


def digest(*parts: str | Path) -> str:
    """A digest of strings and of the contents of files; a missing file counts as such."""
    total = hashlib.sha256()
    for part in parts:
        content = b"text:" + part.encode() if isinstance(part, str) else _content(part)
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def tree(top: Path, *, without: Iterable[str]) -> list[str | Path]:
    """All files under ``top`` with their names, for ``digest``; but none named in ``without``."""
    left_out = set(without)
    found: list[str | Path] = []
    for place, folders, files in os.walk(top):
        folders[:] = sorted(set(folders) - left_out)
        for name in sorted(set(files) - left_out):
            path = Path(place, name)
            found += [str(path.relative_to(top)), path]
    return found


def run(command: Sequence[str | Path], env: Mapping[str, str], cwd: Path = ROOT) -> None:
    """Run ``command`` and let its words through; raises SetupError when it fails."""
    done = subprocess.run(command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        words = " ".join(Path(part).name if Path(part).is_absolute() else str(part)
                         for part in command)  # fmt: skip
        raise SetupError(f"`{words}` failed (exit code {done.returncode}); its words are above.")


@contextmanager
def alone() -> Iterator[None]:
    """One set-up at a time: two terminals do not write the same files."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _content(path: Path) -> bytes:
    try:
        return b"file:" + path.read_bytes()
    except FileNotFoundError:
        return b"missing"
