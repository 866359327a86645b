"""Child processes: started, listened to, measured, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from postclock.processes import TIED

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
STOP_PATIENCE = 20.0
TICKS = os.sysconf("SC_CLK_TCK")


class Child:
    """One process; what it says is kept."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._said:
                self.lines.append(line)
                self._said.notify_all()

    def wait_for(self, word: str, seconds: float = PATIENCE) -> str:
        """The first line with ``word``; raises with all that was said if there is none."""

        deadline = time.monotonic() + seconds
        while (line := self._line_with(word)) is None and time.monotonic() < deadline:
            if self.process.poll() is not None:
                self._reader.join(5)
                line = self._line_with(word)
                break
            with self._said:
                self._said.wait(0.05)
        if line is None:
            raise RuntimeError(f"never said {word!r}:\n{''.join(self.lines[-30:])}")
        return line

    def _line_with(self, word: str) -> str | None:
        return next((line for line in list(self.lines) if word in line), None)

    def wait(self, seconds: float) -> None:
        """Wait for its end; raises when it ends badly."""
        code = self.process.wait(seconds)
        self._reader.join(5)
        if code:
            raise RuntimeError(f"ended with {code}:\n{''.join(self.lines[-30:])}")

    def stop(self) -> None:
        """Ask it to end, and make it end."""
        if self.process.poll() is None:
            self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_PATIENCE)
        # It leads a group of its own, so that nothing it started outlives it.
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def rss_mb(self) -> float:
        """Resident memory of the process and its children, in MB (2^20 bytes)."""
        return sum(_rss_pages(pid) for pid in family(self.pid)) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu_seconds(self) -> float:
        """Processor time used so far by the process and its living children."""
        return sum(_cpu_ticks(pid) for pid in family(self.pid)) / TICKS


@contextmanager
def child(
    command: Sequence[str], env: Mapping[str, str] | None = None, python: Path | None = None
) -> Iterator[Child]:
    """``python -m <command>`` of this repository, until the block ends."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("POSTCLOCK_", "DATABASE_"))}
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    process = subprocess.Popen(
        [str(python or sys.executable), "-m", *command], text=True, cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**own, "PYTHONPATH": paths, TIED: "1", **(env or {})}, start_new_session=True,
    )  # fmt: skip
    running = Child(process)
    try:
        yield running
    finally:
        running.stop()


def wait_until(done: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Whether ``done`` came true within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        pause(every)
    return True


def pause(seconds: float) -> None:
    """Let time pass."""
    threading.Event().wait(max(seconds, 0))


def family(pid: int) -> list[int]:
    """``pid`` and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for below in task.read_text().split():
            found += family(int(below))
    return found


def _rss_pages(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])


def _cpu_ticks(pid: int) -> int:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(after_name[11]) + int(after_name[12])
