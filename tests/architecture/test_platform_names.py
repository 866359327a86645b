"""Rule 6: what is special about a platform is only in that platform's file and in its twin."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from postclock.services.platforms.registry import PLATFORMS
from tests.architecture.sources import PACKAGE, in_package, parsed, python_files, strings

NAMES = re.compile("|".join(platform.name for platform in PLATFORMS), re.IGNORECASE)
AT_HOME = ("services/platforms/", "sandbox/")
EXAMPLES = {"examples", "example", "json_schema_extra"}


def platform_names(tree: ast.AST) -> Iterator[str]:
    """Where a platform is named by code: not by a docstring, not in an example of the contract."""
    shown = {id(node) for example in _examples(tree) for node in ast.walk(example)}
    for text in strings(tree):
        if id(text) not in shown and NAMES.search(str(text.value)):
            yield f"line {text.lineno}: {str(text.value)[:40]!r}"
    for node in ast.walk(tree):
        if any(NAMES.search(name) for name in _identifiers(node)):
            yield f"line {getattr(node, 'lineno', 0)}: a name"


def _examples(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (k.value for k in node.keywords if k.arg in EXAMPLES)


def _identifiers(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ImportFrom(module=module):
            return [module or "", *(alias.name for alias in node.names)]
        case ast.Import():
            return [alias.name for alias in node.names]
        case _:
            return []


def test_no_platform_is_named_elsewhere() -> None:
    found = {
        in_package(path): list(platform_names(parsed(path)))
        for path in python_files(PACKAGE)
        if not in_package(path).startswith(AT_HOME)
    }
    assert {path: places for path, places in found.items() if places} == {}


def test_no_platform_is_named_in_sql() -> None:
    named = [p.name for p in PACKAGE.rglob("*.sql") if NAMES.search(p.read_text())]
    assert named == []


@pytest.mark.parametrize("platform", [platform.name for platform in PLATFORMS])
def test_platforms_do_not_name_each_other(platform: str) -> None:
    others = {other.name for other in PLATFORMS} - {platform}
    tree = parsed(PACKAGE / "services" / "platforms" / f"{platform}.py")
    mentioned = [t for t in strings(tree) if any(o in str(t.value).lower() for o in others)]
    assert [text.value for text in mentioned] == []


@pytest.mark.parametrize(
    "bad",
    [
        'if platform == "twitter": pass',
        "from postclock.services.platforms.bluesky import Bluesky",
        "def send_to_mastodon(): pass",
        "limits.twitter = 280",
        'LABEL = f"Bluesky {x}"',
    ],
)
def test_a_name_elsewhere_would_be_found(bad: str) -> None:
    assert list(platform_names(ast.parse(bad)))


@pytest.mark.parametrize(
    "good", ['"""X, once Twitter."""', 'f(examples=["twitter"])', "# mastodon\nx = 1"]
)
def test_words_and_examples_are_free(good: str) -> None:
    assert not list(platform_names(ast.parse(good)))
