"""The repository's Markdown pages, and the little of Markdown that the tests read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_OURS = {
    ".git",
    ".venv",
    ".cache",
    "node_modules",
    ".next",
    "out",
    "test-results",
    ".hypothesis",
}
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
SOURCE = re.compile(r"\b(?:src|srcset|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


def pages() -> list[Path]:
    """Every page of ours."""
    found: list[Path] = []
    for place, folders, files in os.walk(ROOT):
        folders[:] = sorted(set(folders) - NOT_OURS)
        found += [Path(place, name) for name in sorted(files) if name.endswith(".md")]
    return found


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(text: str) -> str:
    """``text`` without its blocks of code."""
    return FENCE.sub("", text)


def links(text: str) -> Iterator[str]:
    """Where the page points to."""
    for groups in LINK.findall(prose(text)):
        yield from filter(None, groups)
    yield from SOURCE.findall(prose(text))


def anchors(text: str) -> set[str]:
    """The names of the page's headings, as a reader's browser calls them."""
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(text))]
    return {heading.strip().replace(" ", "-") for heading in plain}


def block(text: str, heading: str) -> str:
    """What stands under ``heading``, up to the next one of its rank."""
    parts = re.split(rf"^{re.escape(heading)}$", text, maxsplit=1, flags=re.MULTILINE)
    assert len(parts) == 2, f"there is no heading {heading!r}"
    rank = heading.partition(" ")[0]
    return re.split(rf"^{rank} ", parts[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in ``text``, without their heads."""
    cells = [[cell.strip() for cell in row.split("|")] for row in ROW.findall(text)]
    dividers = [i for i, row in enumerate(cells) if set("".join(row)) <= set("- :")]
    heads = {i - 1 for i in dividers} | set(dividers)
    return [row for i, row in enumerate(cells) if i not in heads]
