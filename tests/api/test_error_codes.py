"""Every error code of the source is in docs/reference/errors.md, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from postclock.api.errors import FRAMEWORK
from postclock.api.unacceptable import CODES, SENTENCES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "errors.md"
SOURCE = ROOT / "src" / "postclock"
TREES = [ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")]
IN_SQL = re.compile(r"error_code = (?:CASE [^']*?THEN )?'(\w+)'")
CODE = re.compile(r"[a-z]+(_[a-z]+)*")

PLACES = {
    "Problem": 0, "__init__": 0, "_problem": 0, "_invalid": 0, "_refused": 0, "refused": 0,
    "Row": 1,
    "GraphRow": 1, "problem_response": 2, "invalid": 0, "Return": 1,
}  # fmt: skip
"""Calls that take a code, and which of their arguments it is; errors' own classes come first."""


def errors() -> set[str]:
    """The names of all classes of the two closed trees."""
    known = {"PostclockError", "PlatformError"}
    classes = [n for tree in TREES for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    while True:
        more = {
            c.name for c in classes for b in c.bases if isinstance(b, ast.Name) and b.id in known
        }
        if more <= known:
            return known
        known |= more


def constants(node: ast.AST) -> Iterator[str]:
    """The texts that ``node`` may be; not what a condition compares with or a table is asked by."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)
    elif isinstance(node, ast.Subscript):
        yield from constants(node.value)
    else:
        for inner in ast.iter_child_nodes(node):
            yield from constants(inner)


def in_the_source() -> set[str]:
    places = dict.fromkeys(errors(), 0) | PLACES
    found: list[str] = []
    for node in (n for tree in TREES for n in ast.walk(tree)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            at = places.get(name)
            if at is not None and len(node.args) > at and isinstance(node.args[at], ast.Constant):
                found += constants(node.args[at])
        elif isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["code"]:
            found += constants(node.value)
        elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            found += constants(node.value.elts[0])  # a finding: its code, its words, its place
    found += [code for path in SOURCE.rglob("*.sql") for code in IN_SQL.findall(path.read_text())]
    tables = [code for code, _ in SENTENCES.values()] + list(CODES.values())
    tables += [code for _, code, _ in FRAMEWORK.values()]
    return {code for code in [*found, *tables] if CODE.fullmatch(code)}


def test_the_page_lists_every_code_and_nothing_else() -> None:
    listed = re.findall(r"^\| `(\w+)` \| .{10,} \|$", PAGE.read_text(), re.MULTILINE)
    assert len(listed) == len(set(listed))
    code = in_the_source() | {"http_error"}
    assert (sorted(code - set(listed)), sorted(set(listed) - code)) == ([], [])
