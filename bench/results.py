"""Result files: one a bench, and what is read from them."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

FOLDER = Path(__file__).parent / "results"
Runs = list[dict[str, Any]]


def write(folder: Path, name: str, result: dict[str, Any]) -> None:
    """Keep the result of one bench in place of an older one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """All results, by bench."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def at(run: dict[str, Any], *path: str) -> float | None:
    """The number under ``path``; None where there is none."""
    value: Any = run
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return None if value is None else float(value)


def middle(runs: Runs, *path: str) -> float | None:
    """The median over all runs that have it."""
    values = [value for run in runs if (value := at(run, *path)) is not None]
    return median(values) if values else None


def total(runs: Runs, *path: str) -> int:
    """The sum over all runs."""
    return round(sum(at(run, *path) or 0 for run in runs))
