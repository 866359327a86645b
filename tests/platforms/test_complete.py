"""Every platform in the registry has all that belongs to one; what is missing is named."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from postclock.sandbox.registry import PLATFORMS as PRETEND
from postclock.services.platforms.client import Client
from postclock.services.platforms.registry import PLATFORMS
from tests.conformance.cases import of_platform
from tests.platforms.played import plays

ROOT = Path(__file__).parents[2]
BESIDE = "Platforms stand beside each other"


def missing(platform: type[Client]) -> Iterator[str]:
    """What is to be added for ``platform``, a sentence each."""
    name = platform.name
    page = f"docs/platforms/{name}.md"
    for path in (page, f"src/postclock/sandbox/{name}.py"):
        if not (ROOT / path).is_file():
            yield f"write {path}"
        elif path == page and "ested against\n" not in (ROOT / path).read_text("utf-8"):
            yield f"say in {path} what it was tested against"
    told = {
        f"platforms/{name}.md": "docs/README.md",
        f"({page})": "README.md",
        f"(`/{name}`": "docs/reference/sandbox.md",
        f"\n  {name}: {{": "web/lib/platforms/brands.ts",
    }
    for words, path in told.items():
        if words not in (ROOT / path).read_text("utf-8"):
            yield f"add {name} to {path}"
    if name not in PRETEND:
        yield "add its twin to src/postclock/sandbox/registry.py"
    if f"postclock.services.platforms.{name}" not in beside():
        yield f"add it to the contract “{BESIDE}” in pyproject.toml"
    for folder in ("services/platforms", "sandbox"):
        if not list((ROOT / "tests" / folder).glob(f"test_{name}*.py")):
            yield f"test it in tests/{folder}/test_{name}.py"
    if not list(of_platform(platform)):
        yield "declare in its Capabilities what it takes: tests/conformance/cases.py finds nothing"
    if not all(play.place.is_file() for play in plays((platform,))):
        yield f"record what passes: python -m tests.platforms.record {name}"


def beside() -> list[str]:
    """The modules of the contract about platforms."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    return next(list(one["modules"]) for one in contracts if one["name"] == BESIDE)


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_nothing_of_it_is_missing(platform: type[Client]) -> None:
    wanted = list(missing(platform))
    assert not wanted, f"{platform.name} is not whole yet:\n  " + "\n  ".join(wanted)


def test_the_twins_are_those_of_the_platforms() -> None:
    assert list(PRETEND) == [platform.name for platform in PLATFORMS]


def test_a_platform_of_which_there_is_nothing_is_told_everything() -> None:
    class Nothing(PLATFORMS[0]):  # type: ignore[valid-type, misc]
        name = "nothing"

    assert len(list(missing(Nothing))) == 11
