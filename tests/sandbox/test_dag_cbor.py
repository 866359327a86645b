"""Content identifiers and record keys: the contract sheet's vectors."""

import pytest

from postclock.sandbox.bluesky_tid import TID, tid
from postclock.sandbox.dag_cbor import NotEncodable, cid, encode, raw_cid

POST = "app.bsky.feed.post"
FIRST = "bafyreibuffalw3ubmvdifwlwt73y72ayg6k4trh5uzciyg4bu3ielbrakq"


def test_a_posts_cid() -> None:
    record = {"$type": POST, "text": "Hello", "createdAt": "2026-11-22T09:00:00.000Z"}
    assert cid(record) == FIRST
    assert cid(dict(reversed(record.items()))) == FIRST


def test_a_replys_cid() -> None:
    first = {"uri": f"at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/{POST}/3n2vatvvt2223", "cid": FIRST}
    reply = {
        "$type": POST,
        "text": "World",
        "createdAt": "2026-11-22T09:00:00.001Z",
        "reply": {"root": first, "parent": first},
    }
    assert cid(reply) == "bafyreifoxi7d5piogf5o7xihrawb3f7o4ymd4tzkr45gvwrgwhlwh5velq"


def test_a_blobs_cid() -> None:
    assert raw_cid(b"hello") == "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "f6"),
        (True, "f5"),
        (23, "17"),
        (24, "1818"),
        (1000, "1903e8"),
        (1_000_000, "1a000f4240"),
        (2**53 - 1, "1b001fffffffffffff"),
        (-1, "20"),
        (-1000, "3903e7"),
        ([1, "a"], "82016161"),
        ({"bb": 1, "a": 2}, "a2616102626262" + "01"),
        ({"$bytes": "AQI"}, "420102"),
    ],
)
def test_the_encoding(value: object, expected: str) -> None:
    assert encode(value).hex() == expected


def test_what_has_no_encoding_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    for value in (0.5, 2**53, "\ud800", {"$link": 5}, {"$bytes": "?"}, deep):
        with pytest.raises(NotEncodable):
            encode(value)


@pytest.mark.parametrize(
    ("micros", "clock_id", "expected"),
    [
        (1_795_338_000_000_000, 1, "3n2vatvvt2223"),
        (1_700_000_000_000_000, 5, "3ke6kg3wk2227"),
        (0, 0, "2222222222222"),
    ],
)
def test_record_keys(micros: int, clock_id: int, expected: str) -> None:
    assert tid(micros, clock_id) == expected
    assert TID.fullmatch(expected)
