"""What is a link in a text and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postclock.services.platforms.links import find_links

LINKS = {
    "see http://test.co now": ["http://test.co"],
    "https://example.com/path/to?search=foo&lang=en.": [
        "https://example.com/path/to?search=foo&lang=en"
    ],
    "HTTPS://www.ExaMPLE.COM/index.html": ["HTTPS://www.ExaMPLE.COM/index.html"],
    "http://example.com:8080/a#!/b": ["http://example.com:8080/a#!/b"],
    "(https://en.org/wiki/Clock_(time))": ["https://en.org/wiki/Clock_(time)"],
    "wow (example.com), really": ["example.com"],
    "example.com中国語 and これは日本語です。example.com": ["example.com", "example.com"],
    "http://日本語.jp/x": ["http://日本語.jp/x"],
    "日本語.jp": [],
    "http://xn--wgv71a119e.jp": ["http://xn--wgv71a119e.jp"],
    "me@example.com @example.com #example.com $example.com": [],
    "http://localhost:8000/ http://127.0.0.1/ v1.2.3 e.g. readme.nosuchtld": [],
    "a.co,b.co": ["a.co", "b.co"],
    "-example.com _example.com /example.com": [],
    "http://a_b.example.com": ["http://a_b.example.com"],
    "http://example_b.com": [],
    "http://" + "a" * 64 + ".com": [],
    "example.com?q=1": ["example.com"],
    "http://example.com?q=1": ["http://example.com?q=1"],
    "http://example.com…": ["http://example.com"],
    "http://foobar.پاکستان/": ["http://foobar.پاکستان/"],
}


@pytest.mark.parametrize(("text", "links"), LINKS.items())
def test_links(text: str, links: list[str]) -> None:
    assert [link.written for link in find_links(text)] == links


def test_a_link_without_a_scheme_leads_to_https() -> None:
    assert [link.url for link in find_links("a.co http://b.co")] == ["https://a.co", "http://b.co"]


PIECES = [
    "http://",
    "https://",
    "a.co",
    "x_y.com",
    "中.jp",
    "/p(a)",
    "?q=1",
    " ",
    "@",
    ".",
    "é",
    "😷",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join))
def test_links_are_in_order_and_never_overlap(text: str) -> None:
    last = 0
    for link in find_links(text):
        assert last <= link.start < link.end
        assert text[link.start : link.end] == link.written
        last = link.end
