"""The ledger: the twins' only memory, and its journal."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest

from postclock.sandbox.ledger import Entry, Ledger
from tests.sandbox.rig import MORNING, Api, Running


def entry(number: int = 1, platform: str = "twitter", account: str = "12") -> Entry:
    at = MORNING + timedelta(milliseconds=number)
    return Entry(
        platform=platform,
        account=account,
        handle=f"h{account}",
        id=str(number),
        text=f"text {number} Ünïcode",
        received_at=at,
        accepted_at=at,
        key=f"k{number}",
        record={"n": number},
    )


def test_a_journal_brings_everything_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ledger.jsonl"
    with closing(Ledger(path)) as first:
        kept, gone, changed = (first.accept(entry(number)) for number in (1, 2, 3))
        first.delete(gone, MORNING)
        first.revise(changed, "new", {"n": 33})
        before = [shown.public() for shown in first.entries()]
    with closing(Ledger(path)) as second:
        assert [shown.public() for shown in second.entries()] == before
        assert second.get("twitter", gone.id) is None
        restored = second.keyed("twitter", "12", "k3")
        assert restored is not None
        assert (restored.text, restored.record) == ("new", {"n": 33})
        assert second.same_text("twitter", "12", kept.text) is not None
        second.accept(entry(4))
    with closing(Ledger(path)) as third:
        assert [shown.id for shown in third.timeline("twitter", "12")] == ["4", "3", "1"]


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with closing(Ledger(path)) as first:
        first.accept(entry(1))
        first.accept(entry(2))
    path.write_bytes(path.read_bytes()[:-20])
    with closing(Ledger(path)) as second:
        assert [shown.id for shown in second.entries()] == ["1"]
        second.accept(entry(3))
    with closing(Ledger(path)) as third:
        assert [shown.id for shown in third.entries()] == ["1", "3"]


def test_a_line_damaged_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with closing(Ledger(path)) as first:
        first.accept(entry(1))
    path.write_bytes(b"not json\n" + path.read_bytes())
    with pytest.raises(ValueError, match="line 1 is damaged"):
        Ledger(path)


def test_entries_are_found_by_platform_and_account() -> None:
    ledger = Ledger()
    ledger.accept(entry(1, "twitter", "12"))
    ledger.accept(entry(2, "mastodon", "12"))
    ledger.accept(entry(3, "twitter", "13"))
    assert [e.id for e in ledger.entries()] == ["1", "2", "3"]
    assert [e.id for e in ledger.entries("twitter")] == ["1", "3"]
    assert [e.id for e in ledger.entries(account="12")] == ["1", "2"]
    assert [e.id for e in ledger.entries("twitter", "12")] == ["1"]
    assert ledger.entries("bluesky") == []


def test_a_create_costs_the_same_with_20000_entries() -> None:
    """Looking up and committing does not slow down as the ledger grows."""

    def thousand(ledger: Ledger, first: int) -> float:
        start = perf_counter()
        for number in range(first, first + 1000):
            ledger.same_text("twitter", "12", f"text {number}")
            ledger.keyed("twitter", "12", f"k{number}")
            ledger.accept(entry(number))
            ledger.latest("twitter")
        return perf_counter() - start

    ledger = Ledger()
    times = [thousand(ledger, first) for first in range(0, 21_000, 1000)]
    assert len(ledger.entries("twitter", "12")) == 21_000
    assert min(times[-3:]) < 10 * min(times[:3])


@pytest.mark.asyncio
async def test_the_ledger_is_filtered_and_cut_over_http(
    api: Api, running: Running, twitter_token: str, mastodon_token: str
) -> None:
    for number in range(3):
        running.clock.advance(milliseconds=1)
        json = {"text": f"n{number}"}
        await api("POST", "/twitter/2/tweets", token=twitter_token, json=json)
    status = {"status": "m"}
    await api("POST", "/mastodon/api/v1/statuses", token=mastodon_token, json=status)
    everything = (await api("GET", "/ledger")).json
    assert [e["text"] for e in everything] == ["n0", "n1", "n2", "m"]
    assert set(everything[0]) == {
        "platform", "account", "handle", "id", "text", "media", "received_at", "accepted_at",
        "deleted_at",
    }  # fmt: skip
    assert everything[0]["received_at"] == "2026-11-22T09:00:00.005321Z"
    assert (await api("GET", "/ledger?platform=mastodon")).json == everything[3:]
    assert (await api("GET", "/ledger?platform=bluesky")).json == []
    account = everything[0]["account"]
    assert (await api("GET", f"/ledger?account={account}")).json == everything[:3]
    assert (await api("GET", "/ledger?limit=2")).json == everything[2:]
    for query in ("limit=0", "limit=x", "limit=-1", "color=red"):
        assert (await api("GET", f"/ledger?{query}")).status == 422
