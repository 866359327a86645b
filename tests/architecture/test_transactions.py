"""Rule 4: one request, one transaction, committed at the edge; no network inside one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from postclock.db.session import Database
from postclock.http import Http
from tests.architecture.sources import PACKAGE, dotted, in_package, parsed, python_files

COMMITS = {
    "db/session.py": "the edge of every request",
    "db/migrate.py": "lets go of the lock that migrations wait for",
}


def commits(tree: ast.AST) -> Iterator[int]:
    """The lines that commit a transaction by hand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".commit"):
            yield node.lineno


def test_few_files_commit() -> None:
    found = {in_package(p) for p in python_files(PACKAGE) if list(commits(parsed(p)))}
    assert found == set(COMMITS)


def test_a_request_is_committed_in_one_place() -> None:
    assert len(list(commits(parsed(PACKAGE / "db" / "session.py")))) == 1


def test_a_commit_elsewhere_would_be_found() -> None:
    assert list(commits(ast.parse("async def f(tx):\n    await tx.session.commit()"))) == [2]


@pytest.mark.parametrize("transaction", ["as_user", "as_system"])
async def test_no_request_leaves_inside_a_transaction(database: Database, transaction: str) -> None:
    opened = database.as_system() if transaction == "as_system" else database.as_user(None)
    async with Http(1) as http, opened:
        with pytest.raises(RuntimeError, match="a transaction is open"):
            await http.request("GET", "http://127.0.0.1:9/")
