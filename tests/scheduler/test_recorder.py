"""The recorder: whatever one ending holds, the others are written, and it never dies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

import pytest
import pytest_asyncio
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from postclock.clock import HostClock
from postclock.db.engine import Pool
from postclock.scheduler.model import Claim
from postclock.scheduler.ports import Change
from postclock.scheduler.queries import CHANGES_CHANNEL
from postclock.scheduler.record import Ending
from postclock.scheduler.recorder import Recorder
from tests.scheduler.rows import Rows
from tests.scheduler.scripted import ListeningWitness, until
from tests.scheduler.steps import claim, failed, intend, published


class StumblingWitness(ListeningWitness):
    """Stumbles over one post, as code of the layers above may."""

    poison: UUID | None = None

    async def recorded(
        self, connection: AsyncConnection[DictRow], changes: Sequence[Change], now: datetime
    ) -> None:
        if self.poison in {change.post_id for change in changes}:
            raise LookupError("a post nobody can tell about")
        await super().recorded(connection, changes, now)


class Desk:
    """A recorder at work, and what it said was written."""

    def __init__(self, pool: Pool) -> None:
        self.written: list[Ending] = []
        self.witness = StumblingWitness()
        self.recorder = Recorder(pool, self.witness, HostClock(), self.written.append)

    async def write(self, *endings: Ending) -> None:
        before = len(self.written)
        for ending in endings:
            self.recorder.put(ending)
        await until(lambda: len(self.written) == before + len(endings))


@pytest_asyncio.fixture
async def desk(pool: Pool) -> AsyncIterator[Desk]:
    made = Desk(pool)
    made.recorder.start()
    yield made
    await made.recorder.stop()


@pytest_asyncio.fixture
async def sent(pool: Pool, rows: Rows) -> list[Claim]:
    """Five deliveries that are being sent."""
    for _ in range(5):
        rows.post(rows.account())
    claims = await claim(pool)
    await intend(pool, *claims)
    return claims


def states(rows: Rows, claims: Sequence[Claim]) -> list[str]:
    return [rows.state(one.post_id) for one in claims]


async def test_what_was_put_before_the_stop_is_written(
    pool: Pool, rows: Rows, sent: list[Claim]
) -> None:
    desk = Desk(pool)
    desk.recorder.start()
    for one in sent:
        desk.recorder.put(published(one, str(one.delivery_id)))
    await desk.recorder.stop()
    assert states(rows, sent) == ["published"] * 5
    assert {c.post_id: c.status for c in desk.witness.changes} == {
        one.post_id: "published" for one in sent
    }


async def test_one_value_the_database_refuses_holds_up_no_other(
    desk: Desk, rows: Rows, sent: list[Claim]
) -> None:
    rows.sql.execute("ALTER TABLE deliveries ADD CHECK (remote_id <> 'forbidden')")
    words = ["a", "b", "c", "forbidden", "e"]
    await desk.write(*(published(one, word) for one, word in zip(sent, words, strict=True)))
    assert states(rows, sent) == [*["published"] * 3, "sending", "published"]


@pytest.mark.parametrize("text", ["a NUL \x00 in it", "half a \ud800 pair", "\u0000"])
async def test_an_answer_no_database_stores_is_recorded_all_the_same(
    desk: Desk, rows: Rows, sent: list[Claim], text: str
) -> None:
    await desk.write(*(failed(one, message=text) for one in sent))
    assert states(rows, sent) == ["failed"] * 5
    assert {rows.attempts(one.post_id)[0]["outcome"] for one in sent} == {"rejected"}


async def test_a_witness_that_stumbles_holds_up_no_other(
    desk: Desk, rows: Rows, sent: list[Claim]
) -> None:
    desk.witness.poison = sent[2].post_id
    await desk.write(*(published(one, str(one.delivery_id)) for one in sent))
    assert states(rows, sent) == ["published"] * 5
    told = {change.post_id for change in desk.witness.changes}
    assert told == {one.post_id for one in sent} - {sent[2].post_id}


async def test_a_post_that_somebody_holds_is_written_once_it_is_free(
    desk: Desk, pool: Pool, rows: Rows, sent: list[Claim]
) -> None:
    async with pool.connection() as holder, holder.transaction():
        post = sent[0].post_id
        await holder.execute("SELECT 1 FROM posts WHERE id = %s FOR UPDATE", [post])
        await holder.execute("SET LOCAL lock_timeout = 0")
        for one in sent:
            desk.recorder.put(published(one, str(one.delivery_id)))
        await until(rows.lock_waits)
    await until(lambda: len(desk.written) == 5)
    assert states(rows, sent) == ["published"] * 5


async def test_the_servers_are_told_once_a_batch(desk: Desk, rows: Rows, sent: list[Claim]) -> None:
    rows.sql.execute(f"LISTEN {CHANGES_CHANNEL}")
    await desk.write(*(published(one, str(one.delivery_id)) for one in sent))
    payloads = [n.payload for n in rows.sql.notifies(timeout=5, stop_after=1)]
    told = {pair for payload in payloads for pair in payload.split()}
    assert told <= {f"{one.workspace_id}:{one.post_id}" for one in sent}
    assert told
