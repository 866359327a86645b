"""Where a process spends its time: a flame graph by py-spy, from outside."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.child import ROOT, Child

PY_SPY = ROOT / ".cache" / "bench" / "bin" / "py-spy"


@contextmanager
def profiled(process: Child, folder: Path | None) -> Iterator[None]:
    """Sample ``process`` into ``folder`` during the block; nothing without a folder."""
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    graph = folder / f"node-{process.pid}.svg"
    command = [str(PY_SPY), "record", "--pid", str(process.pid), "--rate", "200"]
    spy = subprocess.Popen([*command, "--output", str(graph)], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        spy.send_signal(signal.SIGINT)
        spy.wait(30)
        print(f"▸ {graph}", flush=True)
