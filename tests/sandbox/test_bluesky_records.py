"""What Bluesky's twin takes as a post, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from postclock.sandbox.dag_cbor import cid
from tests.sandbox.bluesky_repo import ACCOUNT, POST, RKEY, open_repo, record
from tests.sandbox.rig import Api

pytestmark = pytest.mark.asyncio

DID = ACCOUNT[0]
TEXT = "Héllo 🌍 see https://ex.org/a #tést @alice.bsky.social"

FACETS = [
    {
        "index": {"byteStart": 16, "byteEnd": 32},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://ex.org/a"}],
    },
    {
        "index": {"byteStart": 33, "byteEnd": 39},
        "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "tést"}],
    },
    {
        "index": {"byteStart": 40, "byteEnd": 58},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": DID}],
    },
]


def facet(start: Any, end: Any) -> list[dict[str, Any]]:
    return [{**FACETS[0], "index": {"byteStart": start, "byteEnd": end}}]


GOOD = {
    "300 families": record("👨‍👩‍👧‍👦" * 30 + "a" * 270),
    "empty text": record(""),
    "facets": record(TEXT, facets=FACETS),
    "langs and tags": record(langs=["en", "pt-BR"], tags=["a", "b"]),
    "an offset": {**record(), "createdAt": "2026-11-22T10:00:00+01:00"},
    "an unknown feature": record(
        TEXT, facets=[{**FACETS[0], "features": [{"$type": "org.example.new"}]}]
    ),
    "a card": record(
        embed={
            "$type": "app.bsky.embed.external",
            "external": {"uri": "https://ex.org", "title": "", "description": ""},
        }
    ),
    "a quote": record(
        embed={
            "$type": "app.bsky.embed.record",
            "record": {"uri": f"at://{DID}/{POST}/{RKEY}", "cid": cid(record())},
        }
    ),
    "no type": {"text": "x", "createdAt": "2026-11-22T09:00:00Z"},
}


@pytest.mark.parametrize("name", GOOD)
async def test_a_good_record_is_taken(api: Api, name: str) -> None:
    repo = await open_repo(api)
    answer = await repo.write("createRecord", record=GOOD[name])
    assert answer.json.get("validationStatus") == "valid"


BAD: dict[str, tuple[Any, str]] = {
    "301 graphemes": (record("a" * 301), "Record/text must not be longer than 300 graphemes"),
    "3001 bytes": (record("👨‍👩‍👧‍👦" * 121), "Record/text must not be longer than 3000"),
    "no text": ({"createdAt": "2026-11-22T09:00:00Z"}, 'must have the property "text"'),
    "no date": ({"text": "x"}, 'must have the property "createdAt"'),
    "a date without zone": ({**record(), "createdAt": "2026-11-22T09:00:00"}, "createdAt"),
    "a day that is not": ({**record(), "createdAt": "2026-02-31T09:00:00Z"}, "createdAt"),
    "four languages": (record(langs=["en"] * 4), "Record/langs"),
    "nine tags": (record(tags=["a"] * 9), "Record/tags"),
    "a long tag": (record(tags=["a" * 65]), "Record/tags/0"),
    "a facet past the end": (record("hi", facets=facet(0, 3)), "Record/facets/0/index"),
    "a facet of nothing": (record("hi", facets=facet(1, 1)), "Record/facets/0/index"),
    "a facet inside é": (record("é", facets=facet(0, 1)), "Record/facets/0/index"),
    "a facet of text": (record("hi", facets=facet("0", 1)), "Record/facets/0/index/byteStart"),
    "overlapping facets": (record("hello", facets=facet(0, 3) + facet(2, 5)), "overlap"),
    "facets of no list": (record(facets={}), "Record/facets must be an array"),
    "a relative link": (
        record("hi", facets=[{**facet(0, 1)[0], "features": [
            {"$type": "app.bsky.richtext.facet#link", "uri": "ex.org"}]}]),
        "features/0/uri",
    ),
    "a reply to nothing": (record(reply={"root": {}}), "Record/reply/root/uri"),
    "another type": ({**record(), "$type": "app.bsky.feed.like"}, "Invalid $type"),
    "a fraction": (record(mood=0.5), "fraction"),
    "a huge number": (record(mood=2**60), "out of range"),
    "half a surrogate": (record("\ud800"), "surrogate"),
    "NUL": (record("a\0"), "Record/text"),
    "a list": ([], "Input/record must be an object"),
    "a bad link": (record(mood={"$link": "zzz"}), "CID"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_record_is_refused(api: Api, name: str) -> None:
    bad, words = BAD[name]
    repo = await open_repo(api)
    answer = await repo.write("createRecord", record=bad)
    assert (answer.status, answer.json["error"]) == (400, "InvalidRequest")
    assert words in answer.json["message"]
    assert (await api("GET", "/ledger")).json == []
