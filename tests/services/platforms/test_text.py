"""Problems in a text, as sentences; and texts compared past what networks change."""

from __future__ import annotations

import pytest

from postclock.services.platforms.capabilities import TextLimits
from postclock.services.platforms.text import comparable, graphemes, text_problems

LIMITS = TextLimits(5, "characters", "graphemes", maximum_bytes=12)


def sentences(text: str) -> list[str]:
    return [problem.message for problem in text_problems("Net", text, graphemes(text), LIMITS)]


def test_a_good_text_has_no_problem() -> None:
    assert sentences("hello") == []


@pytest.mark.parametrize("text", ["", " ", "\n\t\u2003"])
def test_a_text_of_nothing(text: str) -> None:
    assert sentences(text) == ["Net needs a text: write something."]


def test_a_long_text() -> None:
    assert sentences("hello you") == ["Net counts 9 of 5 characters: shorten by 4."]


def test_a_text_of_few_but_big_characters() -> None:
    assert sentences("👨‍👩‍👧‍👦") == [
        "Net takes 12 bytes and this text has 25: "
        "shorten it, or use fewer emoji and joined characters."
    ]


def test_every_problem_is_told_at_once() -> None:
    found = text_problems("Net", "a\0b\ud800\0xyz", 8, LIMITS, frozenset("x"))
    assert [(problem.code, problem.field) for problem in found] == [
        ("text_forbidden_character", "text"),
        ("text_forbidden_character", "text"),
        ("text_forbidden_character", "text"),
        ("text_too_long", "text"),
    ]
    assert found[1].message == "Net cannot take the character U+D800 (position 4): remove it."


@pytest.mark.parametrize(
    ("text", "count"), [("e\u0301", 1), ("👨‍👩‍👧‍👦", 1), ("🇩🇪🇫🇷", 2), ("\r\n", 1), ("ab", 2)]
)
def test_graphemes(text: str, count: int) -> None:
    assert graphemes(text) == count


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("e\u0301", "é"),
        ("a\r\n\n b ", "a b"),
        ("see Example.COM", "see http://example.com/"),
        ("see http://a.co/Path", "see https://A.co/Path/"),
    ],
)
def test_what_networks_change_is_no_difference(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "A"), ("a", "a."), ("http://a.co/Path", "http://a.co/path"), ("a b", "ab")],
)
def test_what_a_person_changes_is_a_difference(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)
