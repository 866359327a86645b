"""Anything in any order: the core's statements keep what they promise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from psycopg.rows import DictRow, dict_row

from postclock.db.engine import node_pool
from postclock.scheduler.model import Claim, Receipt
from postclock.scheduler.record import Ending
from postclock.scheduler.states import RESTING, TRANSITIONS, State
from tests.scheduler import steps
from tests.scheduler.rows import Rows, second
from tests.scheduler.test_post_status import told

HANDS = frozenset({State.CLAIMED, State.SENDING, State.UNKNOWN})


class Core(RuleBasedStateMachine):
    """Two nodes, people, crashes and late answers on four posts; ``rows`` is set by the test."""

    rows: Rows
    dsn: str
    claims: Bundle[Claim] = Bundle("claims")
    sent: Bundle[Claim] = Bundle("sent")
    looking: Bundle[Claim] = Bundle("looking")
    endings: Bundle[Ending] = Bundle("endings")

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.pool = node_pool(self.dsn, "postclock-machine", size=2)
        self.loop.run_until_complete(self.pool.open())
        self.clock = 0.0
        self.rows.sql.execute("DELETE FROM posts")
        self.accounts = [self.rows.account("twitter"), self.rows.account("bluesky")]
        self.posts = [self.rows.post(*self.accounts) for _ in range(4)]
        self.before: dict[UUID, DictRow] = {}
        self.receipts = 0
        self.doubts: list[Claim] = []

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.run_until_complete(self.pool.close())
            self.loop.close()

    def run(self, step: Any) -> Any:
        return self.loop.run_until_complete(step)

    @property
    def now(self) -> Any:
        return second(self.clock)

    # people -------------------------------------------------------------------------------------

    @rule(post=st.integers(0, 3), which=st.sampled_from([[0], [1], [0, 1]]), due=st.integers(-5, 5))
    def arm(self, post: int, which: list[int], due: int) -> None:
        accounts = [self.accounts[i] for i in which]
        self.may_be_refused(
            post, lambda key: self.rows.arm(key, accounts, second(self.clock + due), self.now)
        )

    @rule(post=st.integers(0, 3))
    def disarm(self, post: int) -> None:
        self.may_be_refused(post, lambda key: self.rows.disarm(key, self.now))

    def may_be_refused(self, post: int, act: Any) -> None:
        key = self.posts[post]
        moving = {d["state"] for d in self.rows.deliveries(key)} & {"sending", "unknown"}
        if not moving:
            act(key)
            return
        with pytest.raises(psycopg.Error, match="already publishing"):
            act(key)

    # nodes --------------------------------------------------------------------------------------

    @rule(target=claims, limit=st.integers(1, 4), node=st.sampled_from(["n1", "n2"]))
    def claim(self, limit: int, node: str) -> Any:
        claims = self.claim_now(limit, node)
        return multiple(*(one for one in claims if one.state is State.CLAIMED))

    def claim_now(self, limit: int, node: str) -> list[Claim]:
        claims: list[Claim] = self.run(steps.claim(self.pool, self.now, limit=limit, node=node))
        self.doubts += [one for one in claims if one.state is State.UNKNOWN]
        return claims

    @rule(target=looking)
    def begin_a_look(self) -> Any:
        doubts, self.doubts = self.doubts, []
        return multiple(*doubts)

    @rule(target=sent, limit=st.integers(1, 4), node=st.sampled_from(["n1", "n2"]))
    def claim_and_intend(self, limit: int, node: str) -> Any:
        claims = self.claim_now(limit, node)
        self.every_move_is_in_the_table()
        self.run(steps.intend(self.pool, *claims, now=self.now))
        return multiple(*(one for one in claims if one.state is State.CLAIMED))

    @rule(target=sent, claims=st.lists(claims, min_size=1, max_size=4))
    def intend(self, claims: list[Claim]) -> Any:
        live = {(d["id"], d["fence"]) for d in self.deliveries() if d["state"] == "claimed"}
        went = self.run(steps.intend(self.pool, *claims, now=self.now))
        going = [c for c in claims if (c.delivery_id, c.fence) in live]
        assert went == {c.delivery_id for c in going}
        return multiple(*going)

    @rule(claim=claims)
    def release(self, claim: Claim) -> None:
        self.run(steps.release(self.pool, claim, self.now))

    @rule(
        target=endings, claim=sent, late=st.integers(1, 30),
        how=st.sampled_from(["published", "retry", "failed", "unknown"]),
    )  # fmt: skip
    def answer(self, claim: Claim, how: str, late: int) -> Ending:
        """What a node makes of its attempt; it may be recorded now, later, twice or never."""
        match how:
            case "published":
                self.receipts += 1
                return steps.published(claim, f"r{self.receipts}", self.now)
            case "retry":
                return steps.retry(claim, second(self.clock + late), self.now)
            case "failed":
                return steps.failed(claim, self.now)
            case _:
                return steps.unknown(claim, second(self.clock + late), self.now)

    @rule(
        target=endings, claim=looking, late=st.integers(1, 30),
        state=st.sampled_from(["published", "scheduled", "unknown", "unconfirmed", "failed"]),
    )  # fmt: skip
    def look(self, claim: Claim, state: str, late: int) -> Ending:
        receipt = None
        if state == "published":
            self.receipts += 1
            receipt = Receipt(f"r{self.receipts}")
        wake_at = second(self.clock + late) if state in {"scheduled", "unknown"} else None
        return steps.looked(claim, State(state), self.now, wake_at, receipt)

    @rule(endings=st.lists(endings, min_size=1, max_size=4))
    def record(self, endings: list[Ending]) -> None:
        self.run(steps.record(self.pool, *endings, now=self.now))

    @rule(seconds=st.sampled_from([1, 5, 16, 41]))
    def expire(self, seconds: int) -> None:
        self.clock += seconds

    # what holds always --------------------------------------------------------------------------

    def deliveries(self) -> list[DictRow]:
        return self.rows.all("SELECT * FROM deliveries ORDER BY id")

    @invariant()
    def every_move_is_in_the_table(self) -> None:
        if not hasattr(self, "before"):
            return
        rows = {d["id"]: d for d in self.deliveries()}
        for key, was in self.before.items():
            now = rows[key]
            then, here = State(was["state"]), State(now["state"])
            assert now["fence"] >= was["fence"]
            assert here in self.reachable(then), (then, here)
            if then is State.PUBLISHED:
                assert now["remote_id"] == was["remote_id"]
        self.before = rows

    @staticmethod
    def reachable(then: State) -> set[State]:
        """Staying is a renewed lease, or nothing at all; a receipt is proof from anywhere."""
        return {then, State.PUBLISHED, *TRANSITIONS[then]}

    @invariant()
    def what_does_not_rest_has_a_moment(self) -> None:
        if hasattr(self, "before"):
            for d in self.deliveries():
                assert (d["wake_at"] is None) == (State(d["state"]) in RESTING)
                assert (d["remote_id"] is not None) == (d["state"] == "published")

    @invariant()
    def at_most_one_holds_it(self) -> None:
        if hasattr(self, "before"):
            open_attempts = self.rows.all(
                "SELECT delivery_id, count(*) AS n FROM attempts WHERE ended_at IS NULL"
                " GROUP BY delivery_id HAVING count(*) > 1"
            )
            assert open_attempts == []
            for d in self.deliveries():
                assert d["node"] is None or State(d["state"]) in HANDS

    @invariant()
    def posts_say_what_their_deliveries_say(self) -> None:
        if hasattr(self, "before"):
            for post in self.posts:
                states = [State(d["state"]) for d in self.rows.deliveries(post)]
                assert self.rows.status(post) == told(states)


@pytest.fixture
def machine(dsn: str) -> Iterator[type[Core]]:
    with psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as admin:
        Core.rows, Core.dsn = Rows(admin), dsn
        yield Core


@pytest.mark.slow
def test_the_core_keeps_its_promises_in_any_order(machine: type[Core]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=50, stateful_step_count=50, deadline=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
