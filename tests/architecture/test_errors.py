"""Rule 5: errors are a closed tree, and nothing swallows what it does not know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from postclock import errors
from postclock.errors import PostclockError
from tests.architecture.sources import PACKAGE, in_package, parsed, python_files

SWALLOWERS = {
    "publishing/publisher.py": "the edge of publishing: whatever happens there is an outcome",
    "scheduler/recorder.py": "what was sent is written down, even if telling of it stumbles",
}

DRAWN = re.compile(r"[├└]── (\w+)\s+(\d{3})")
BROAD = {"Exception", "BaseException"}


def swallowing(tree: ast.AST) -> Iterator[int]:
    """The lines that catch everything and do not raise again."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _raises(node):
            yield node.lineno


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_is_broad(one) for one in caught.elts)
    return caught is None or (isinstance(caught, ast.Name) and caught.id in BROAD)


def _raises(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise)


def all_errors(root: type[PostclockError] = PostclockError) -> Iterator[type[PostclockError]]:
    for child in root.__subclasses__():
        yield child
        yield from all_errors(child)


def test_the_tree_is_the_one_that_is_drawn() -> None:
    drawn = {(name, int(status)) for name, status in DRAWN.findall(errors.__doc__ or "")}
    assert drawn == {(error.__name__, error.status) for error in all_errors()}


def test_the_tree_is_closed() -> None:
    assert {error.__module__ for error in all_errors()} == {"postclock.errors"}


@pytest.mark.parametrize("error", list(all_errors()), ids=lambda error: error.__name__)
def test_each_error_says_what_it_is(error: type[PostclockError]) -> None:
    assert {"status", "title"} <= set(vars(error))
    assert 400 <= error.status < 600
    assert (error.__doc__ or "").strip().endswith(".")


def test_nothing_swallows_what_it_does_not_know() -> None:
    found = {in_package(p): list(swallowing(parsed(p))) for p in python_files(PACKAGE)}
    assert {path for path, lines in found.items() if lines} == set(SWALLOWERS), found


@pytest.mark.parametrize("caught", ["", " Exception", " BaseException", " (ValueError, Exception)"])
def test_a_swallower_would_be_found(caught: str) -> None:
    assert list(swallowing(ast.parse(f"try:\n    f()\nexcept{caught}:\n    pass"))) == [3]


def test_raising_again_is_free() -> None:
    bad_luck = "try:\n    f()\nexcept Exception as e:\n    raise Known from e"
    assert not list(swallowing(ast.parse(bad_luck)))
