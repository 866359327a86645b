"""Facets (spans of bytes), record keys, and the text that HTML shows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postclock.services.platforms.facets import facets
from postclock.services.platforms.markup import readings
from postclock.services.platforms.tid import tid

TAG = "app.bsky.richtext.facet#tag"
LINK = "app.bsky.richtext.facet#link"


def spans(text: str) -> list[tuple[str, str]]:
    """Each facet's own bytes, and what it says of them."""
    found = []
    for facet in facets(text):
        index, (feature,) = facet["index"], facet["features"]
        piece = text.encode()[index["byteStart"] : index["byteEnd"]].decode()
        found.append((piece, feature.get("uri") or feature["tag"]))
    return found


def test_the_vector_of_the_sheet() -> None:
    assert facets("Héllo 🌍 see https://ex.org/a #tést @alice.bsky.social") == [
        {
            "index": {"byteStart": 16, "byteEnd": 32},
            "features": [{"$type": LINK, "uri": "https://ex.org/a"}],
        },
        {"index": {"byteStart": 33, "byteEnd": 39}, "features": [{"$type": TAG, "tag": "tést"}]},
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#a \uff03b", [("#a", "a"), ("\uff03b", "b")]),
        ("#one, #two! (#three)", [("#one", "one"), ("#two", "two")]),
        ("#1 #12 #1a #! # ##", [("#1a", "1a")]),
        ("no#tag #️⃣", []),
        ("#a.co/b", [("#a.co/b", "a.co/b")]),
        (f"#{'x' * 64} #{'y' * 65}", [(f"#{'x' * 64}", "x" * 64)]),
        ("ex.org!", [("ex.org", "https://ex.org")]),
        ("http://ex.org/#frag #tag", [("http://ex.org/#frag",) * 2, ("#tag", "tag")]),
        ("plain", []),
    ],
)
def test_facets(text: str, found: list[tuple[str, str]]) -> None:
    assert spans(text) == found


PIECES = ["#", "a", " ", "http://a.co/#b", "é", "🌍", "b.co", "1", "!"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_facets_are_whole_characters_and_never_overlap(text: str) -> None:
    last = 0
    for facet, (piece, _) in zip(facets(text), spans(text), strict=True):
        assert last <= facet["index"]["byteStart"] < facet["index"]["byteEnd"]
        assert piece in text
        last = facet["index"]["byteEnd"]


@pytest.mark.parametrize(
    ("micros", "clock_id", "written"),
    [
        (1795338000000000, 1, "3n2vatvvt2223"),
        (1700000000000000, 5, "3ke6kg3wk2227"),
        (0, 0, "2222222222222"),
    ],
)
def test_record_keys(micros: int, clock_id: int, written: str) -> None:
    assert tid(micros, clock_id) == written


@given(st.integers(0, 2**53 - 1), st.integers(0, 1023))
def test_record_keys_are_well_formed_and_sort_by_time(micros: int, clock_id: int) -> None:
    written = tid(micros, clock_id)
    assert re.fullmatch("[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}", written)
    assert written >= tid(max(micros - 1, 0), 0)


@pytest.mark.parametrize(
    ("html", "shown", "addressed"),
    [
        ("<p>Hello<br />you &amp; me</p><p>&lt;b&gt;</p>", "Hello you & me <b>", None),
        (
            '<p>see <a href="https://ex.org/a/long"><span class="invisible">https://</span>'
            '<span class="ellipsis">ex.org/a</span><span class="invisible">/long</span></a>!</p>',
            "see https://ex.org/a/long!",
            None,
        ),
        ('<a href="https://ex.org/whole">ex.org/wh…</a>', "ex.org/wh…", "https://ex.org/whole"),
        (
            '<span class="h-card"><a href="https://h/@u" class="u-url mention">@<span>u</span></a>'
            '</span> <a href="https://h/tags/t" class="mention hashtag">#<span>t</span></a>',
            "@u #t",
            None,
        ),
        ("plain", "plain", None),
        ("<p>unclosed <b>bold", "unclosed bold", None),
    ],
)
def test_what_html_shows(html: str, shown: str, addressed: str | None) -> None:
    assert [" ".join(text.split()) for text in readings(html)] == [shown, addressed or shown]
