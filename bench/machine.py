"""On what it was measured."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.peers.contract import Place
from bench.rivals import NAMES, Rival, missing
from postclock.clock import HostClock

PACKAGES = ("aiohttp", "psycopg", "uvloop", "cryptography")


def machine(postgres: str) -> dict[str, Any]:
    """Processor, cores, memory, kernel, versions and the day."""
    return {
        "date": HostClock().now().date().isoformat(),
        "cpu": _told("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gb": round(int(_told("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": postgres,
        "packages": {name: version(name) for name in PACKAGES},
        "load_before": os.getloadavg()[0],
    }


def peers() -> dict[str, Any]:
    """Version and settings of each peer, or why it is left out."""
    nowhere = Place("", "", 0)
    return {
        name: {"left_out": why} if (why := missing(name)) else Rival(name, nowhere, None).about()
        for name in NAMES
    }


def _told(path: str, name: str) -> str:
    """The first value of ``name`` in a file of ``name: value`` lines."""
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"
