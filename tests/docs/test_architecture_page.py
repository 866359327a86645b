"""ARCHITECTURE.md: its table is the tree, its layers are the import contracts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.docs.pages import ROOT, block, rows

PAGE = (ROOT / "ARCHITECTURE.md").read_text()
CODE = re.compile(r"`([^`]+)`")
MADE = {"__pycache__", "node_modules", "out", ".next", "test-results", "coverage", "results"}


def folders(place: Path) -> set[str]:
    """The folders right below ``place`` that hold files of ours."""
    found = [p for p in place.iterdir() if p.is_dir() and p.name not in MADE]
    return {p.relative_to(ROOT).as_posix() for p in found if any(p.rglob("*.*"))}


def packages() -> set[str]:
    """Every package of src/postclock."""
    found = (ROOT / "src" / "postclock").rglob("__init__.py")
    return {p.parent.relative_to(ROOT).as_posix() for p in found}


def tree() -> set[str]:
    """What the table must name."""
    shown = {p for p in folders(ROOT / "web") if not Path(p).name.startswith(".")}
    return (
        packages()
        | folders(ROOT / "tests")
        | shown
        | folders(ROOT / "docs")
        | {"tools", "bench", "bench/peers"}
    )


def test_the_table_is_the_tree() -> None:
    table = rows(block(PAGE, "## Folders"))
    named = {name.rstrip("/") for row in table for name in CODE.findall(row[0])}
    assert named == tree()


def test_every_program_at_the_top_is_explained() -> None:
    modules = {p.name for p in (ROOT / "src/postclock").glob("*.py")} - {"__init__.py"}
    assert modules - set(CODE.findall(block(PAGE, "## Files at the top"))) == set()


def test_the_layers_are_the_contracts() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contract = settings["tool"]["importlinter"]["contracts"][0]
    drawn = re.search(r"```text\n(.*?)```", block(PAGE, "## Imports go one way"), re.DOTALL)
    assert drawn is not None
    assert drawn[1].split("\n")[:-1] == contract["layers"]


def test_there_is_one_diagram() -> None:
    assert PAGE.count("```mermaid") == 1


def test_where_do_i_add_names_files_there_are() -> None:
    table = rows(block(PAGE, "## Where do I add …"))
    paths = {path for row in table for path in CODE.findall(row[1]) if "/" in path}
    existing = {path for path in paths if "<" not in path}
    assert {path for path in existing if not (ROOT / path).exists()} == set()
