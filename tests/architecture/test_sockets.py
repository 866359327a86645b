"""Rule 9: tests use real parts on this machine; the network is shut and warnings are errors."""

from __future__ import annotations

import ast
import re
import socket
import tomllib
from collections.abc import Iterator

import pytest

from tests.architecture.loopback import NetworkReached, guard, is_loopback
from tests.architecture.sources import ROOT, TESTS, dotted, named, parsed, python_files

PATCHERS = {"mock.patch", "unittest.mock.patch", "monkeypatch.setattr", "patch.object", "patch"}
MOCK = re.compile(r"^(unittest\.)?mock$|^pytest_mock$")


def patches(tree: ast.AST) -> Iterator[int]:
    """The lines that put something in place of a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) in PATCHERS:
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and MOCK.search(node.module or ""):
            yield node.lineno
        if isinstance(node, ast.Import) and any(MOCK.search(a.name) for a in node.names):
            yield node.lineno


def test_the_network_is_shut() -> None:
    with socket.socket() as outside, pytest.raises(NetworkReached):
        outside.connect(("192.0.2.1", 9))
    with pytest.raises(NetworkReached):
        socket.create_connection(("example.org", 80), timeout=1)


def test_this_machine_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as here:
        socket.create_connection(here.getsockname(), timeout=5).close()


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        (("127.0.0.1", 80), True), (("::1", 80, 0, 0), True), ("/run/socket", True),
        (("localhost", 80), True), (("10.0.0.1", 80), False), (("192.0.2.1", 80), False),
        (("example.org", 80), False), (("2001:db8::1", 80, 0, 0), False),
    ],
)  # fmt: skip
def test_only_loopback_stays(address: object, stays: bool) -> None:
    assert is_loopback(address) is stays
    if not stays:
        with pytest.raises(NetworkReached):
            guard("socket.connect", (None, address))


def test_warnings_are_errors() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert options["filterwarnings"][0] == "error"


def test_nothing_is_put_in_place_of_a_name() -> None:
    found = {named(path): list(patches(parsed(path))) for path in python_files(TESTS)}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "bad",
    [
        "from unittest.mock import Mock",
        "import unittest.mock",
        "monkeypatch.setattr(service, 'create', fake)",
        "with patch('postclock.http.Http'): pass",
    ],
)
def test_a_patch_would_be_found(bad: str) -> None:
    assert list(patches(ast.parse(bad)))
