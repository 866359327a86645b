"""Rule 2: time comes from the Clock, and no test sleeps."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import (
    PACKAGE,
    ROOT,
    TESTS,
    dotted,
    named,
    parsed,
    python_files,
)

BANNED = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "time.time", "time.sleep",
    "asyncio.sleep",
}  # fmt: skip
SLEEPS = {"time.sleep", "asyncio.sleep", "sleep"}
TABLE = re.compile(r"CREATE TABLE.*?^\)", re.DOTALL | re.MULTILINE)
INSTANT = re.compile(r"^\s+(\w+)\s+timestamptz\b", re.MULTILINE)


def sleeps(tree: ast.AST) -> Iterator[int]:
    """The lines that sleep by the machine's clock."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) in SLEEPS:
            yield node.lineno


def test_ruff_bans_every_other_clock() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "TID" in lint["select"]
    assert set(lint["flake8-tidy-imports"]["banned-api"]) >= BANNED
    allowed = {f for f, rules in lint["per-file-ignores"].items() if "TID251" in rules}
    assert allowed == {"src/postclock/clock.py", "tools/**"}


@pytest.mark.parametrize("call", ["datetime.datetime.now()", "time.time()", "asyncio.sleep(1)"])
def test_ruff_finds_a_clock_in_the_package(call: str) -> None:
    source = f"import {call.partition('.')[0]}\n\n{call}\n"
    ruff = Path(sys.executable).with_name("ruff")
    looked = subprocess.run(
        [ruff, "check", "--select", "TID251", "--stdin-filename", PACKAGE / "x.py", "-"],
        input=source, capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert looked.returncode == 1
    assert "postclock.clock.Clock" in looked.stdout


def test_no_test_sleeps() -> None:
    found = {named(path): list(sleeps(parsed(path))) for path in python_files(TESTS)}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize("bad", ["time.sleep(1)", "await asyncio.sleep(0)", "sleep(2)"])
def test_a_sleep_would_be_found(bad: str) -> None:
    assert list(sleeps(ast.parse(f"async def test():\n    {bad}")))


def test_columns_of_instants_end_in_at() -> None:
    scripts = [p.read_text() for p in (PACKAGE / "db/migrations/versions").glob("*.sql")]
    tables = [table for script in scripts for table in TABLE.findall(script)]
    columns = {name for table in tables for name in INSTANT.findall(table)}
    assert "wake_at" in columns
    assert {name for name in columns if not name.endswith("_at")} == set()
