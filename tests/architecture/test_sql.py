"""Rule 3: SQL stands with its feature in ``queries.py``, in full, named by its verb."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PACKAGE, in_package, parsed, python_files, strings

BUILDERS = {"select", "text", "update", "insert", "delete", "func", "literal", "exists", "sql"}
STATEMENT = re.compile(r"^\s*(SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|WITH\s+\w+\s+AS)\s")

EXCEPTIONS = {
    "doctor.py": "asks for version, clock and last housekeeping, whatever the schema",
    "scheduler/record.py": "the call of one function of the database, beside what it takes",
}
"""What stands elsewhere and why. A line here may be removed; adding one is a decision."""


def sql_in(tree: ast.AST) -> Iterator[str]:
    """Where SQL is written or built."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in DRIVERS:
            names = {alias.name for alias in node.names} & BUILDERS
            if names:
                yield f"line {node.lineno}: imports {', '.join(sorted(names))}"
        if isinstance(node, ast.Import) and any(a.name == "sqlalchemy" for a in node.names):
            yield f"line {node.lineno}: imports sqlalchemy"
    for text in strings(tree):
        if STATEMENT.search(str(text.value)):
            yield f"line {text.lineno}: a statement"


DRIVERS = {"sqlalchemy", "psycopg"}


def _has_its_place(path: str) -> bool:
    return path.endswith("queries.py") or path.startswith("db/")


def test_sql_stands_in_queries() -> None:
    found = {in_package(path): list(sql_in(parsed(path))) for path in python_files(PACKAGE)}
    elsewhere = {path for path, places in found.items() if places and not _has_its_place(path)}
    assert elsewhere == set(EXCEPTIONS), {path: found[path] for path in elsewhere}


@pytest.mark.parametrize(
    "bad",
    [
        "from sqlalchemy import select",
        "from sqlalchemy.sql import text",
        "import sqlalchemy as sa",
        "from psycopg import sql",
        'X = "SELECT 1"',
        'X = """\nUPDATE posts SET topic = 1"""',
        'X = "WITH a AS (SELECT 1) SELECT 2"',
    ],
)
def test_sql_elsewhere_would_be_found(bad: str) -> None:
    assert list(sql_in(ast.parse(bad)))


@pytest.mark.parametrize(
    "good", ["from sqlalchemy import ForeignKey", '"""SELECT in a docstring"""', 'x = "Select one"']
)
def test_other_things_are_free(good: str) -> None:
    assert not list(sql_in(ast.parse(good)))
