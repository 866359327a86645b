"""Rich text as the AT protocol writes it: links and tags as spans of UTF-8 bytes (sheet 3b).

Mentions are left as plain text: a mention needs the other account's identifier, which only a
network call can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import regex

from postclock.services.platforms.links import find_links
from postclock.services.platforms.text import byte_length, graphemes

MAX_TAG = 64
MAX_TAG_BYTES = 640

_TAG = regex.compile(r"(?<!\S)[#\uff03](?!\ufe0f)(?P<tag>[^\s\u00ad\u200b-\u200d\u2060\u20e2]++)")
_TAIL = regex.compile(r"\p{P}++$")
_ONLY_DIGITS = regex.compile(r"[\d\p{P}]*+")


def facets(text: str) -> list[dict[str, Any]]:
    """The facets of ``text``, in order, never overlapping."""
    spans = sorted([*_links(text), *_tags(text)], key=lambda span: span[0])
    found = []
    last = 0
    for start, end, feature in spans:
        if start >= last:
            found.append({"index": _index(text, start, end), "features": [feature]})
            last = end
    return found


def _links(text: str) -> Iterator[tuple[int, int, dict[str, str]]]:
    for link in find_links(text):
        yield link.start, link.end, {"$type": "app.bsky.richtext.facet#link", "uri": link.url}


def _tags(text: str) -> Iterator[tuple[int, int, dict[str, str]]]:
    for found in _TAG.finditer(text):
        tag = _TAIL.sub("", found["tag"])
        if _ONLY_DIGITS.fullmatch(tag):
            continue
        if graphemes(tag) <= MAX_TAG and byte_length(tag) <= MAX_TAG_BYTES:
            end = found.start("tag") + len(tag)
            yield found.start(), end, {"$type": "app.bsky.richtext.facet#tag", "tag": tag}


def _index(text: str, start: int, end: int) -> dict[str, int]:
    before = byte_length(text[:start])
    return {"byteStart": before, "byteEnd": before + byte_length(text[start:end])}
