"""How X counts: the contract sheet's vectors, its own conformance file, and a second oracle."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from twitter_text import parse_tweet

from postclock.sandbox.twitter_text import links, shortened, weight

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi http://test.co", 26),
        ("http://test.co", 23),
        ("字" * 160, 320),
        ("A\u0301B", 2),
        ("H🐱☺" + FAMILY, 7),
        ("😷👾😡🔥💩", 10),
        ("🙋🏽👨‍🎤", 4),
        (FAMILY * 140, 280),
        ("1\u20e3", 2),
        ("https://www.twitter.com/aloha " * 10, 240),
    ],
)
def test_the_sheets_vectors(text: str, expected: int) -> None:
    assert weight(text) == expected


def test_xs_own_conformance_file(platform_data: Path) -> None:
    suite = yaml.safe_load((platform_data / "twitter-text-validate.yml").read_text("utf-8"))
    cases = [
        case
        for name, group in suite["tests"].items()
        if name.startswith(("Weighted", "Unicode"))
        for case in group
        if name != "WeightedTweetsCounterTest"
    ]
    wrong = [
        (case["description"], case["expected"]["weightedLength"], weight(case["text"]))
        for case in cases
        if weight(case["text"]) != case["expected"]["weightedLength"]
    ]
    assert cases
    assert wrong == []


PIECES = st.sampled_from(
    [
        *["a", "Z ", "é", "字", "ก", " ", "\n", ".", ",", "!", "(", ")", "@me ", "#tag ", "$", "-"],
        *["😀", "👍🏽", FAMILY, "🇩🇪", "❤️", "☺", "©", "#️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
        *[
            "https://example.com/a?b=c#d",
            "http://a.b.co.uk",
            "example.com",
            "foo.invalid",
            "x.de/y",
        ],
        *["https://en.wikipedia.org/wiki/A_(b)", "http://t.co/abc", "a@b.com", "https://", ".com"],
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_agrees_with_another_implementation(text: str) -> None:
    assert weight(text) == parse_tweet(text).weightedLength


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    returned, urls = shortened(text)
    assert len(urls) == len(links(text))
    for url in urls:
        start, end = url["start"], url["end"]
        assert isinstance(start, int)
        assert isinstance(end, int)
        assert returned[start:end] == url["url"]
    assert weight(text) >= 0
