"""docs/decisions: numbered without a gap, one page each, of one shape."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, named

PAGES = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PARTS = ["## Context", "## Decision", "## Consequences"]
LONGEST = 60


def test_numbers_have_no_gap() -> None:
    assert [int(page.name[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_decision_is_one_page_of_one_shape(page: Path) -> None:
    text = page.read_text()
    assert re.match(rf"# {page.name[:4]}\. \S", text)
    assert re.findall(r"^## .*$", text, re.MULTILINE) == PARTS
    assert len(text.splitlines()) <= LONGEST
