"""Every link between pages leads somewhere, and every page can be found."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import ROOT, anchors, links, named, pages


def broken(page: Path, text: str) -> list[str]:
    """The links of ``text``, standing in ``page``, that lead nowhere."""
    return [link for link in links(text) if not urlsplit(link).scheme and not _leads(page, link)]


def _leads(page: Path, link: str) -> bool:
    path, _, anchor = unquote(link).partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or target.suffix != ".md" or anchor in anchors(target.read_text())


@pytest.mark.parametrize("page", pages(), ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page, page.read_text()) == []


@pytest.mark.parametrize(
    "bad",
    ["[x](nowhere.md)", "![x](docs/no.png)", "[x](README.md#no-such)", '<img src="no.png">'],
)
def test_a_broken_link_would_be_found(bad: str) -> None:
    assert broken(ROOT / "README.md", bad)


def test_the_index_names_every_page_of_docs() -> None:
    index = ROOT / "docs" / "README.md"
    listed = {
        (index.parent / link.partition("#")[0]).resolve() for link in links(index.read_text())
    }
    here = {page for page in pages() if page.is_relative_to(index.parent) and page != index}
    assert {named(page) for page in here - listed} == set()
