"""uv installs from where pip is set to install from."""

from __future__ import annotations

import sys
from pathlib import Path

from package_index import pip_settings, translated, uv_environment

LISTING = """\
:env:.index-url='https://env.example/simple'
global.index-url='https://global.example/simple'
global.extra-index-url='https://one.example file:///nowhere/at/all'
install.find-links='/nowhere/wheels'
"""


def test_the_nearest_setting_wins() -> None:
    assert pip_settings(LISTING)["index-url"] == "https://env.example/simple"


def test_places_that_are_not_there_are_left_out() -> None:
    assert translated(pip_settings(LISTING)) == {
        "UV_DEFAULT_INDEX": "https://env.example/simple",
        "UV_INDEX": "https://one.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_folders_that_are_there_are_handed_on(tmp_path: Path) -> None:
    given = translated({"find-links": f"file://{tmp_path} {tmp_path}", "no-index": "true"})
    assert given == {"UV_FIND_LINKS": f"file://{tmp_path},{tmp_path}", "UV_NO_INDEX": "1"}


def test_nothing_set_changes_nothing() -> None:
    assert translated({}) == {}


def test_uvs_own_settings_are_left_alone() -> None:
    set_up = {"UV_DEFAULT_INDEX": "https://own.example", "HOME": "/nonexistent"}
    assert uv_environment(Path(sys.executable), set_up) == {}
