"""Weighted length, by the sheet's vectors and by the published conformance cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from postclock.errors import Problem
from postclock.services.platforms.capabilities import TextLimits
from postclock.services.platforms.text import text_problems
from postclock.services.platforms.weighted import INVALID, weighted_length

FAMILY = "👨‍👩‍👧‍👦"
VECTORS = {
    "Hi http://test.co": 26,
    "http://test.co": 23,
    "中" * 160: 320,
    "A\u0301B": 2,
    f"H🐱☺{FAMILY}": 7,
    "😷👾😡🔥💩": 10,
    "🙋🏽👨‍🎤": 4,
    FAMILY * 140: 280,
    "1\u20e3": 2,
    "https://www.twitter.com/aloha " * 10: 240,
    "🇩🇪🇫🇷": 4,
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": 2,
    "©": 1,
    "©\ufe0f": 2,
    "test.co/path?q=1 and not-a-link.nosuchtld": 48,
}
SECTIONS = ("WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest")


def problems_of(text: str) -> list[Problem]:
    limits = TextLimits(280, "characters", "weighted")
    return text_problems("X", text, weighted_length(text), limits, INVALID)


@pytest.mark.parametrize(("text", "length"), VECTORS.items())
def test_vectors(text: str, length: int) -> None:
    assert weighted_length(text) == length


@pytest.mark.parametrize("section", SECTIONS)
def test_published_lengths_and_validity(platform_data: Path, section: str) -> None:
    published = (platform_data / "twitter-text-validate.yml").read_text("utf-8")
    cases: list[dict[str, Any]] = yaml.safe_load(published)["tests"][section]
    wanted = {
        case["text"]: (case["expected"]["weightedLength"], case["expected"]["valid"])
        for case in cases
    }
    assert len(cases) > 1
    assert {text: (weighted_length(text), not problems_of(text)) for text in wanted} == wanted


def test_published_validity(platform_data: Path) -> None:
    published = yaml.safe_load((platform_data / "twitter-text-validate.yml").read_text("utf-8"))
    cases = [case for case in published["tests"]["tweets"] if "14" not in case["description"]]
    assert cases  # those with 140 or 141 are of the time before the doubling
    assert [not problems_of(case["text"]) for case in cases] == [case["expected"] for case in cases]


@given(st.text())
def test_any_text_has_a_length_between_half_and_twice_its_code_points(text: str) -> None:
    assert 0 <= weighted_length(text) <= 23 * len(text)


def test_time_grows_with_the_text_and_not_faster() -> None:
    for piece in ("a", "a.", "(", "中", "x.com", "x.com中", "😷\u200d", "http://", "/(", "@a."):
        assert weighted_length(piece * (200_000 // len(piece))) > 0
