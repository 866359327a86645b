"""Anything in any order: the core's statements keep what they promise."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
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
from postclock.scheduler.queries import CLAIM_DUE
from postclock.scheduler.record import Ending
from postclock.scheduler.states import RESTING, State, may_become
from tests.scheduler import steps
from tests.scheduler.people import PAUSABLE, People, Refused
from tests.scheduler.rows import Rows, second
from tests.scheduler.test_post_status import told

HANDS = frozenset({State.CLAIMED, State.STAGING, State.SENDING, State.UNKNOWN})
NODES = st.sampled_from(["n1", "n2"])
SOON = st.integers(1, 30)
EXAMPLES = int(os.environ.get("EXAMPLES", "40"))
"""So many lives of fifty steps each."""


class Core(RuleBasedStateMachine):
    """Two nodes, people, crashes and late answers on a few posts; ``rows`` is set by the test.

    A crash is what never happens to a claim or an ending any more: rules take them in any order,
    also late, also twice, also never.
    """

    rows: Rows
    dsn: str
    claims: Bundle[Claim] = Bundle("claims")
    stagings: Bundle[Claim] = Bundle("stagings")
    sent: Bundle[Claim] = Bundle("sent")
    looking: Bundle[Claim] = Bundle("looking")
    endings: Bundle[Ending] = Bundle("endings")

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.pool = node_pool(self.dsn, "postclock-machine", size=2)
        self.loop.run_until_complete(self.pool.open())
        self.clock = 0.0
        self.people = People(self.rows)
        self.before: dict[UUID, DictRow] = {}
        self.receipts = self.databases = 0
        self.doubts: list[Claim] = []
        self.uploads: list[Claim] = []

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.run_until_complete(self.pool.close())
            self.loop.close()

    def run(self, step: Any) -> Any:
        return self.loop.run_until_complete(step)

    @property
    def now(self) -> datetime:
        return second(self.clock)

    def receipt(self) -> str:
        self.receipts += 1
        return f"r{self.receipts}"

    # people -------------------------------------------------------------------------------------

    @rule(post=st.integers(0, 3), which=st.sampled_from([[0], [1], [0, 1]]), due=st.integers(-5, 9),
          uploads=st.booleans())  # fmt: skip
    def create_edit_or_move(self, post: int, which: list[int], due: int, uploads: bool) -> None:
        at = second(self.clock + due)
        self.may_be_refused(post, lambda: self.people.arm(post, which, at, self.now, uploads))

    @rule(post=st.integers(0, 3))
    def cancel(self, post: int) -> None:
        self.may_be_refused(post, lambda: self.people.cancel(post, self.now))

    def may_be_refused(self, post: int, act: Callable[[], None]) -> None:
        moving = self.people.states(post) & {"sending", "unknown"}
        if not moving:
            act()
            return
        with pytest.raises(Refused, match="already publishing"):
            act()

    @rule(what=st.sampled_from(PAUSABLE))
    def pause(self, what: str) -> None:
        self.people.pause(what, self.now)
        assert self.people.held_up_in_hand(self.now) == 0, "a node still holds what is paused"

    @rule(what=st.sampled_from(PAUSABLE))
    def resume(self, what: str) -> None:
        self.people.resume(what, self.now)

    @rule(post=st.integers(0, 3), there=st.booleans())
    def settle(self, post: int, there: bool) -> None:
        """A person looked: it is there, or it is to be sent again."""
        self.people.settle(post, self.receipt() if there else None, self.now)

    # nodes --------------------------------------------------------------------------------------

    @rule(target=claims, limit=st.integers(1, 4), node=NODES, looks=st.booleans(),
          stages=st.booleans())  # fmt: skip
    def claim(self, limit: int, node: str, looks: bool, stages: bool) -> Any:
        claims: list[Claim] = self.run(
            steps.claim(self.pool, self.now, limit=limit, node=node, looks=looks, stages=stages)
        )
        claims = self.people.in_order(claims)
        found = {state: [c for c in claims if c.state is state] for state in HANDS}
        assert looks or not found[State.UNKNOWN]
        assert stages or not found[State.STAGING]
        self.doubts += found[State.UNKNOWN]
        self.uploads += found[State.STAGING]
        return multiple(*found[State.CLAIMED])

    @rule(target=looking)
    def begin_a_look(self) -> Any:
        doubts, self.doubts = self.doubts, []
        return multiple(*doubts)

    @rule(target=stagings)
    def begin_a_staging(self) -> Any:
        uploads, self.uploads = self.uploads, []
        return multiple(*uploads)

    @rule(staging=stagings)
    def save(self, staging: Claim) -> None:
        kept = self.run(steps.save(self.pool, staging, {"media": [staging.fence]}, now=self.now))
        row = self.people.delivery(staging.delivery_id)
        assert kept == (row["fence"] == staging.fence and row["state"] == "staging")

    @rule(target=endings, staging=stagings, late=SOON, whole=st.booleans())
    def stage(self, staging: Claim, late: int, whole: bool) -> Ending:
        if whole:
            return steps.staged(staging, self.now)
        return steps.looked(staging, State.SCHEDULED, self.now, second(self.clock + late))

    @rule(target=sent, claims=st.lists(claims, min_size=1, max_size=4))
    def intend(self, claims: list[Claim]) -> Any:
        live = {(d["id"], d["fence"]) for d in self.deliveries() if d["state"] == "claimed"}
        going, shut = self.run(steps.try_to_intend(self.pool, *claims, now=self.now))
        assert going <= live
        assert {c.hold for c in claims} & live <= going | shut
        self.run(steps.park(self.pool, *(c for c in claims if c.hold in shut), now=self.now))
        return multiple(*(c for c in claims if c.hold in going))

    @rule(claim=st.one_of(claims, stagings))
    def release(self, claim: Claim) -> None:
        self.run(steps.release(self.pool, claim, self.now))

    @rule(target=endings, claim=st.one_of(claims, stagings),
          state=st.sampled_from(["held", "missed", "failed"]))  # fmt: skip
    def turn_away(self, claim: Claim, state: str) -> Ending:
        """Paused, too late, refused before anything left."""
        return steps.looked(claim, State(state), self.now)

    @rule(target=endings, claim=sent, late=SOON,
          how=st.sampled_from(["published", "retry", "failed", "unknown"]))  # fmt: skip
    def answer(self, claim: Claim, how: str, late: int) -> Ending:
        """What a node makes of its attempt; it may be recorded now, later, twice or never."""
        match how:
            case "published":
                return steps.published(claim, self.receipt(), self.now)
            case "retry":
                return steps.retry(claim, second(self.clock + late), self.now)
            case "failed":
                return steps.failed(claim, self.now)
            case _:
                return steps.unknown(claim, second(self.clock + late), self.now)

    @rule(target=endings, claim=looking, late=SOON, state=st.sampled_from(
        ["published", "scheduled", "unknown", "unconfirmed", "failed"]))  # fmt: skip
    def find(self, claim: Claim, state: str, late: int) -> Ending:
        receipt = Receipt(self.receipt()) if state == "published" else None
        wake_at = second(self.clock + late) if state in {"scheduled", "unknown"} else None
        return steps.looked(claim, State(state), self.now, wake_at, receipt)

    @rule(endings=st.lists(endings, min_size=1, max_size=4))
    def record(self, endings: list[Ending]) -> None:
        self.run(steps.record(self.pool, *endings, now=self.now))

    @rule(seconds=st.sampled_from([1, 5, 16, 41, 130, 700]))
    def expire(self, seconds: int) -> None:
        self.clock += seconds

    @rule()
    def fail_over(self) -> None:
        """Another database than before: what was due lately is doubted."""
        self.databases += 1
        self.people.recognize(f"database {self.databases}", self.now)

    # what holds always --------------------------------------------------------------------------

    def deliveries(self) -> list[DictRow]:
        return self.rows.all("SELECT * FROM deliveries ORDER BY id")

    @invariant()
    def the_promises_hold(self) -> None:
        if not hasattr(self, "before"):
            return
        rows = {d["id"]: d for d in self.deliveries()}
        for key, now in rows.items():
            self.is_whole(now)
            if key in self.before:
                self.may_follow(self.before[key], now)
        self.before = rows
        assert self.people.open_twice() == []
        for post, (status, states) in self.people.said().items():
            assert status == told(states), post

    @staticmethod
    def is_whole(row: DictRow) -> None:
        """What does not rest has a moment, a receipt means published, and one node holds it."""
        state = State(row["state"])
        assert (row["wake_at"] is None) == (state in RESTING)
        assert (row["remote_id"] is not None) == (state is State.PUBLISHED)
        assert row["node"] is None or state in HANDS

    @staticmethod
    def may_follow(was: DictRow, now: DictRow) -> None:
        then, here = State(was["state"]), State(now["state"])
        assert now["fence"] >= was["fence"]
        assert then is here or may_become(then, here), (then, here)
        if then is State.PUBLISHED:
            assert now["remote_id"] == was["remote_id"]

    @invariant()
    def what_is_due_can_be_claimed(self) -> None:
        if not hasattr(self, "before"):
            return
        due = {key for key, row in self.before.items() if row["wake_at"] and
               row["wake_at"] <= self.now}  # fmt: skip
        with self.rows.sql.transaction(force_rollback=True):
            values = steps.claim_values(self.now, limit=99)
            found = self.rows.sql.execute(CLAIM_DUE, values).fetchall()
        assert {row["id"] for row in found} == due


@pytest.fixture
def machine(dsn: str) -> Iterator[type[Core]]:
    with psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as admin:
        Core.rows, Core.dsn = Rows(admin), dsn
        yield Core


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_core_keeps_its_promises_in_any_order(machine: type[Core]) -> None:
    """What fails is told at once, with what repeats it; to make it smaller takes many minutes."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=50, deadline=None, print_blob=True,
            database=None, phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
