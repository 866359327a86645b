"""What passes between each client and its twin is what was recorded: a change on the wire is seen.

After a change that is meant: ``python -m tests.platforms.record``, and the difference is reviewed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.conformance.stage import Served, serving
from tests.platforms.played import HERE, Play, played, plays, written

PLAYS = list(plays())
LARGEST = 60_000
AGAIN = "if this is meant (or new): python -m tests.platforms.record"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as one:
        yield one


@pytest.mark.parametrize("play", PLAYS, ids=str)
async def test_it_passes_as_recorded(play: Play, served: Served) -> None:
    kept = play.place.read_text("utf-8") if play.place.is_file() else "[]"
    recorded = json.loads(kept)
    assert json.loads(await played(play, served)) == recorded, AGAIN


def test_what_is_recorded_is_still_played_and_can_be_read() -> None:
    kept = set(HERE.rglob("*.json"))
    assert kept - {play.place for play in PLAYS} == set(), AGAIN
    assert [path for path in kept if path.stat().st_size > LARGEST] == []


def test_nothing_that_is_drawn_by_lot_is_recorded() -> None:
    at = "http://127.0.0.1:4711"
    token = "sandbox-access-" + "a" * 32
    one = {"url": f"{at}/sandbox/example/x", "aud": "did:web:127.0.0.1%3A4711", "token": token}
    told = json.loads(written([one, {"file": f"{at}/files/1.png", "token": token}], at))
    assert told == [
        {"url": "/example/x", "aud": "did:web:postclock.test", "token": "<token-1>"},
        {"file": "https://postclock.test/files/1.png", "token": "<token-1>"},
    ]
