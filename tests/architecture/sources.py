"""The repository's own Python, read as text and as trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "postclock"
TESTS = ROOT / "tests"
TOOLS = ROOT / "tools"
BENCH = ROOT / "bench"


def python_files(folder: Path) -> list[Path]:
    """The Python files below ``folder``, without what npm installed."""
    return [p for p in sorted(folder.rglob("*.py")) if "node_modules" not in p.parts]


def named(path: Path) -> str:
    """``path`` as the repository calls it."""
    return path.relative_to(ROOT).as_posix()


def in_package(path: Path) -> str:
    """``path`` as the package calls it: ``scheduler/queries.py``."""
    return path.relative_to(PACKAGE).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), named(path))


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every string constant that is not a docstring or another text standing for itself."""
    alone = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for an attribute or a name, else nothing."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
