"""What the ledgers say came of it all: nothing twice, nothing lost, nothing early."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.rows import DictRow

from postclock.scheduler.states import State
from tests.chaos.mute import Mute
from tests.chaos.world import World
from tests.scheduler.test_post_status import told

Key = tuple[str, str, str]
"""Platform, account there, words: every post has words of its own."""

DELIVERIES = """
SELECT d.id, d.post_id, d.state, d.due_at, d.remote_id, d.platform, d.error_message,
       a.remote_id AS account, p.status, p.content -> d.platform ->> 'text' AS text,
       (SELECT coalesce(array_agg(t.node), '{}') FROM attempts t WHERE t.delivery_id = d.id
           AND t.outcome = 'unknown' AND t.sent_at IS NULL) AS silent_nodes,
       (SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY number), '[]') FROM attempts t
         WHERE t.delivery_id = d.id) AS attempts,
       EXISTS (SELECT FROM attempts t WHERE t.delivery_id = d.id AND t.sent_at IS NOT NULL) AS left
  FROM deliveries d JOIN accounts a ON a.id = d.account_id JOIN posts p ON p.id = d.post_id
"""


@dataclass
class Verdict:
    """Counts, and whatever breaks the promise; each of those lists must be empty."""

    posts: int = 0
    deliveries: int = 0
    published: int = 0
    after_bytes: int = 0
    died_between: int = 0
    twice: list[Any] = field(default_factory=list)
    lost: list[Any] = field(default_factory=list)
    early: list[Any] = field(default_factory=list)
    groundless: list[Any] = field(default_factory=list)
    misreported: list[Any] = field(default_factory=list)

    @property
    def broken(self) -> dict[str, list[Any]]:
        """What went wrong, by its name; empty when the promise held."""
        lists = {
            "accepted twice": self.twice, "lost": self.lost, "early": self.early,
            "unconfirmed without ground": self.groundless, "misreported": self.misreported,
        }  # fmt: skip
        return {name: found for name, found in lists.items() if found}

    def __str__(self) -> str:
        unconfirmed = self.after_bytes + self.died_between + len(self.groundless)
        return (
            f"{self.posts:,} posts ({self.deliveries:,} deliveries), {len(self.twice)} accepted"
            f" twice, {len(self.lost)} lost, {len(self.early)} early, {unconfirmed} unconfirmed"
            f" ({self.after_bytes} after bytes had left, {self.died_between} of nodes killed"
            " between their intent and its record)"
        )


def judge(world: World) -> Verdict:
    """Compare what the deliveries say with what the platforms hold."""
    accepted: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for entry in world.accepted():
        accepted[_key(entry)].append(entry)
    received = {_key(entry) for entry in world.received()}
    rows = world.query(DELIVERIES)
    verdict = Verdict(posts=len({row["post_id"] for row in rows}), deliveries=len(rows))
    verdict.twice = [(key, entries) for key, entries in accepted.items() if len(entries) > 1]
    for row in rows:
        _judge_one(verdict, row, accepted[_key(row)], _key(row) in received, world.killed)
    _judge_posts(verdict, rows)
    return verdict


def _key(row: Mapping[str, Any]) -> Key:
    return row["platform"], row["account"], row["text"]


def _judge_one(
    verdict: Verdict,
    row: DictRow,
    accepted: list[dict[str, Any]],
    received: bool,
    killed: Collection[int],
) -> None:
    match State(row["state"]):
        case State.PUBLISHED if row["remote_id"] in {str(e["id"]) for e in accepted}:
            verdict.published += 1
        case State.UNCONFIRMED if received if row["platform"] == Mute.name else row["left"]:
            verdict.after_bytes += 1
        case State.UNCONFIRMED if {_pid(node) for node in row["silent_nodes"]} & set(killed):
            verdict.died_between += 1
        case State.UNCONFIRMED:
            verdict.groundless.append(row)
        case _:
            verdict.lost.append(row)
    if accepted and _first_received(accepted) < row["due_at"]:
        verdict.early.append((row, accepted))


def _judge_posts(verdict: Verdict, rows: list[DictRow]) -> None:
    states: dict[Any, list[State]] = defaultdict(list)
    for row in rows:
        states[row["post_id"]].append(State(row["state"]))
    said = {row["post_id"]: row["status"] for row in rows}
    verdict.misreported = [
        (post, said[post], Counter(found))
        for post, found in states.items()
        if said[post] != told(found)
    ]


def _first_received(accepted: list[dict[str, Any]]) -> datetime:
    return min(datetime.fromisoformat(entry["received_at"]) for entry in accepted)


def _pid(node: str) -> int:
    """A node's name holds its process id."""
    return int(node.rsplit(":", 2)[1])
