"""Every make target has a line of help and stands in a document."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
INTERNAL = {"python"}
"""Steps of other targets; nobody calls them."""

PHONY = re.compile(r"^\.PHONY:(.*)$", re.MULTILINE)
HELPED = re.compile(r"^([a-z][a-z-]*):.*## \S", re.MULTILINE)
CALLED = re.compile(r"\bmake ([a-z][a-z-]*)")


def targets() -> set[str]:
    return set(" ".join(PHONY.findall(MAKEFILE)).split()) - INTERNAL


def test_every_target_has_help() -> None:
    assert targets() == set(HELPED.findall(MAKEFILE))


def test_every_target_stands_in_a_document() -> None:
    said = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    assert targets() - set(re.findall(r"`make ([a-z-]+)", said)) == set()


def test_documents_name_only_targets_there_are() -> None:
    code = re.compile(r"`[^`\n]*`|^```.*?^```", re.DOTALL | re.MULTILINE)
    for page in ("README.md", "CONTRIBUTING.md", "docs/tutorial/first-post.md"):
        named = {t for c in code.findall((ROOT / page).read_text()) for t in CALLED.findall(c)}
        assert named <= targets(), page
