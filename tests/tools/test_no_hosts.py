"""The repository says what is installed and with which hash, never from where."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {".git", ".venv", ".cache", "node_modules", ".next", "out"}
SOURCE_OPTIONS = re.compile(
    r"^\s*-{0,2}(?:(?:extra-)?index(?:-url)?|default-index|find-links|trusted-host|registry"
    r"|@[\w-]+:registry)\b\s*[=\s]",
    re.MULTILINE,
)
"""What names a place to install from in a requirements file, .npmrc, pip.conf or TOML."""


def ours(*endings: str) -> list[Path]:
    """The repository's files whose names end so, without what the set-up or a tool made."""
    found: list[Path] = []
    for place, folders, files in os.walk(ROOT):
        folders[:] = [name for name in sorted(folders) if name not in NOT_OURS]
        found += [Path(place, name) for name in sorted(files) if name.endswith(endings)]
    return found


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("lock", ours(".lock", "requirements.txt"), ids=named)
def test_python_locks_name_no_address(lock: Path) -> None:
    assert "://" not in lock.read_text()


@pytest.mark.parametrize("lock", ours("package-lock.json"), ids=named)
def test_npm_locks_name_no_address_of_a_package(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"]
    remote = [name for name, package in packages.items() if "://" in package.get("resolved", "")]
    assert remote == []


@pytest.mark.parametrize("settings", ours(".toml", ".npmrc", "pip.conf", ".cfg", ".in"), ids=named)
def test_settings_name_no_place_to_install_from(settings: Path) -> None:
    assert SOURCE_OPTIONS.findall(settings.read_text()) == []


@pytest.mark.parametrize(
    "line", ["--index-url https://x", "registry=https://x", 'index-url = "x"', "@a:registry=x"]
)
def test_a_place_to_install_from_would_be_found(line: str) -> None:
    assert SOURCE_OPTIONS.search(f"first\n{line}\n")
