"""Rule 1: the machine of states is one table in one file, and few places write ``state``.

The table itself is compared with the database and the diagram in tests/scheduler/test_states.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PACKAGE, in_package, parsed, python_files, strings

WRITERS = {"scheduler/queries.py", "scheduler/held_queries.py"}
"""Beside them only the migrations, whose functions arm, intend, park and record."""

SQL_WRITE = re.compile(
    r"\bUPDATE\s+deliveries\b.*?\bSET\b.*?\bstate\s*=|\bINSERT\s+INTO\s+deliveries\b",
    re.IGNORECASE | re.DOTALL,
)


def writes_of_state(tree: ast.AST) -> Iterator[str]:
    """Where a delivery's state is written: by SQL, by assignment, or through a mapped class."""
    for text in strings(tree):
        if SQL_WRITE.search(str(text.value)):
            yield f"line {text.lineno}: SQL"
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr == "state":
                    yield f"line {node.lineno}: assignment"
        if isinstance(node, ast.Call) and _makes_delivery(node):
            yield f"line {node.lineno}: a mapped delivery"


def _makes_delivery(call: ast.Call) -> bool:
    called = call.func
    if isinstance(called, ast.Name) and called.id == "Delivery":
        return True
    changes = isinstance(called, ast.Attribute) and called.attr == "values"
    return changes and any(keyword.arg == "state" for keyword in call.keywords)


def test_only_the_core_writes_states() -> None:
    found = {
        in_package(path): list(writes_of_state(parsed(path)))
        for path in python_files(PACKAGE)
        if in_package(path) not in WRITERS and "migrations" not in path.parts
    }
    assert {path: writes for path, writes in found.items() if writes} == {}


def test_the_core_does_write_them() -> None:
    for path in WRITERS:
        assert list(writes_of_state(parsed(PACKAGE / path)))


@pytest.mark.parametrize(
    "bad",
    [
        'Q = "UPDATE deliveries d\\n SET wake_at = NULL, state = %s WHERE id = %s"',
        'Q = "insert into deliveries (id) values (1)"',
        "delivery.state = 'failed'",
        "update(deliveries).values(state='failed')",
        "session.add(Delivery(id=1))",
    ],
)
def test_a_write_elsewhere_would_be_found(bad: str) -> None:
    assert list(writes_of_state(ast.parse(bad)))


@pytest.mark.parametrize(
    "good",
    ['Q = "SELECT state FROM deliveries WHERE state = 1"', "x = row.state", '"UPDATE deliveries"'],
)
def test_reading_is_free(good: str) -> None:
    assert not list(writes_of_state(ast.parse(good)))
