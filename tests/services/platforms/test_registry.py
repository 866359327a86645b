"""The list of platforms."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from postclock.http import Http
from postclock.services.platforms.answers import AnswerTable
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.registry import PLATFORMS, build_platforms

from .scripted import OwnedClock

DOCS = Path(__file__).parents[3] / "docs" / "platforms"


def test_every_platform_is_listed_once_with_what_people_see() -> None:
    names = [platform.name for platform in PLATFORMS]
    assert sorted(set(names)) == sorted(names)
    assert {platform.capabilities.label for platform in PLATFORMS} >= {"X", "Bluesky", "Mastodon"}
    assert all(platform.capabilities.text.maximum > 0 for platform in PLATFORMS)


@pytest.mark.asyncio
async def test_each_is_built_under_its_name(http: Http, clock: OwnedClock) -> None:
    built = build_platforms(http, clock)
    assert list(built) == [platform.name for platform in PLATFORMS]
    for name, platform in built.items():
        assert platform.name == name
        empty = [problem.code for problem in platform.check(Draft(""))]
        long = Draft("a" * (platform.capabilities.text.maximum + 1))
        lengthy = [problem.code for problem in platform.check(long)]
        if platform.capabilities.needs_media:
            assert "media_needed" in empty
            assert {"media_needed", "text_too_long"} <= {*lengthy}
        else:
            assert (empty, lengthy) == (["text_missing"], ["text_too_long"])
        label = platform.capabilities.label
        assert platform.check(long)[0].message.startswith(f"{label} counts ")


@pytest.mark.parametrize("name", [platform.name for platform in PLATFORMS])
def test_each_platforms_page_tells_every_code_of_its_answers(name: str) -> None:
    table: AnswerTable = import_module(f"postclock.services.platforms.{name}").ANSWERS
    page = (DOCS / f"{name}.md").read_text("utf-8")
    codes = {row.code for row in table.rows} | {"server_error", "answer_unclear", "not_sent"}
    assert {code for code in codes if f"`{code}`" not in page} == set()
