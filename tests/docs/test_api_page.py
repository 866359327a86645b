"""The page about the API names every route of the contract."""

from __future__ import annotations

import json
import re

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "api.md"
CONTRACT = ROOT / "web" / "openapi.json"
NAME = re.compile(r"\{\w+\}")


def test_the_page_names_every_route() -> None:
    page = NAME.sub("{}", PAGE.read_text("utf-8"))
    routes = json.loads(CONTRACT.read_text("utf-8"))["paths"]
    short = {NAME.sub("{}", path.removeprefix("/api/v1")): path for path in routes}
    assert [path for name, path in short.items() if name not in page] == []
