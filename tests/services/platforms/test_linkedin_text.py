"""LinkedIn's little text: escaped, and read back as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postclock.sandbox.linkedin_text import read_commentary
from postclock.services.platforms.linkedin_text import little_text, plain_text, utf16_length

RESERVED = "\\|{}@[]()<>#*_~"
MENTION = "@[Acme (UK) Ltd](urn:li:organization:12)"


@pytest.mark.parametrize(
    ("text", "commentary"),
    [
        ("plain", "plain"),
        ("Doors (at 9) *now*", r"Doors \(at 9\) \*now\*"),
        (RESERVED, "".join(f"\\{sign}" for sign in RESERVED)),
        ("#Café and #foo_bar", r"#Café and #foo\_bar"),
        ("C# #1 ##x a#b &#39;", r"C\# \#1 \#\#x a\#b &\#39;"),
        ("ada@example.org @ada", r"ada\@example.org \@ada"),
        (f"By {MENTION}!", r"By @[Acme \(UK\) Ltd](urn:li:organization:12)!"),
        ("@[Ada](urn:li:person:a_b-C)", "@[Ada](urn:li:person:a_b-C)"),
        ("@[Ada](urn:li:share:1)", r"\@\[Ada\]\(urn:li:share:1\)"),
        ("https://ex.org/a_b?utm_x=1#z", r"https://ex.org/a\_b?utm\_x=1\#z"),
        (r"{hashtag|\#|x}", r"\{hashtag\|\\\#\|x\}"),
    ],
)
def test_what_stands_for_itself_is_escaped(text: str, commentary: str) -> None:
    assert little_text(text) == commentary
    assert plain_text(commentary) == text


def test_underscores_of_links_may_stay_bare() -> None:
    text = "a_b https://ex.org/a_b?utm_x=(1)"
    bare = little_text(text, bare_underscores=True)
    assert bare == r"a\_b https://ex.org/a_b?utm_x=\(1\)"


def test_hashtags_come_back_as_templates() -> None:
    assert plain_text(r"See {hashtag|\#|foo\_bar} and {hashtag|#|x}\.") == r"See #foo_bar and #x\."


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_every_text_comes_back(text: str) -> None:
    assert plain_text(little_text(text)) == text


@given(st.text(st.sampled_from(RESERVED + "ab1 \n.:/é😀"), max_size=60))
def test_nothing_is_cut_and_the_twin_reads_the_same(text: str) -> None:
    kept = read_commentary(little_text(text))
    assert kept.shown == text
    assert plain_text(kept.stored) == text


@pytest.mark.parametrize(("text", "length"), [("abc", 3), ("😀", 2), ("é", 1), ("\ud800", 1)])
def test_utf16_units(text: str, length: int) -> None:
    assert utf16_length(text) == length
