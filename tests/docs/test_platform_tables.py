"""README's table of what platforms can, and the settings' of quotas, are what the code says."""

from __future__ import annotations

import re

from postclock.services.platforms.client import Client
from postclock.services.platforms.quotas import DECLARED
from postclock.services.platforms.registry import PLATFORMS
from tests.docs.pages import ROOT

NONE = "–"
SPANS = {3 * 3600: "3 hours", 24 * 3600: "a day"}


def rows(page: str, head: str) -> dict[str, list[str]]:
    """A table's rows by their first cell; ``head`` begins its first line."""
    table = (ROOT / page).read_text("utf-8").partition(f"\n{head}")[2].partition("\n\n")[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {first: rest for first, *rest in lines}


def row_of(platform: type[Client], table: dict[str, list[str]]) -> list[str]:
    label = platform.capabilities.label
    found = [row for name, row in table.items() if re.split("[:,]| Pages", name)[0] == label]
    assert len(found) == 1, f"{label} has {len(found)} rows"
    return found[0]


def test_readme_says_what_each_platform_can() -> None:
    table = rows("README.md", "| | text, links")
    assert len(table) == len(PLATFORMS)
    for platform in PLATFORMS:
        able = platform.capabilities
        text, pictures, videos, threads, polls, comment, back = row_of(platform, table)
        assert text.startswith("with") == able.needs_media, platform.name
        assert able.images
        if able.images.most > 1:
            assert str(able.images.most) in pictures, platform.name
        assert (videos == NONE) == (able.videos is None), platform.name
        assert [kind for kind in ("reel", "story") if kind in able.kinds] == [
            kind for kind, word in (("reel", "reels"), ("story", "stories")) if word in videos
        ], platform.name
        assert threads.partition(",")[0] == (str(able.thread) if able.thread > 1 else NONE)
        assert (polls == "yes") == ("poll" in platform.options.model_fields), platform.name
        assert (comment == "yes") == able.first_comment, platform.name
        assert (back != NONE) == able.deletes, platform.name


def test_the_settings_say_which_quotas_are_declared() -> None:
    told = {
        name.strip("`"): cells[0] for name, cells in rows(
            "docs/reference/settings.md", "| platform | default |"
        ).items()
    }  # fmt: skip
    declared = {
        name: " and ".join(f"{one.limit} in {SPANS[one.seconds]}" for one in windows)
        for name, windows in DECLARED.items()
    }
    assert told == declared
