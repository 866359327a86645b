"""The core's statements with a test's usual arguments, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import DictRow

from postclock.db.engine import Pool
from postclock.scheduler import held_queries, queries
from postclock.scheduler import record as recording
from postclock.scheduler.held_queries import Hold, Limits
from postclock.scheduler.model import Claim, Receipt, Staged, Window
from postclock.scheduler.queries import Leases
from postclock.scheduler.record import Ending
from postclock.scheduler.states import State
from tests.scheduler.rows import NOW

LEASES = Leases()
SEND_LEASE = LEASES.look
LIMITS = Limits()
TIGHT = Limits({"twitter": [Window(2, 60)]})
"""Two posts a minute: soon an account must wait."""


async def claim(
    pool: Pool,
    now: datetime = NOW,
    *,
    lead: timedelta = timedelta(seconds=1),
    limit: int = 100,
    node: str = "n1",
    posts: Sequence[UUID] | None = None,
    looks: bool = True,
    stages: bool = True,
) -> list[Claim]:
    async with pool.connection() as connection:
        return await queries.claim_due(
            connection, node=node, now=now, lead=lead, leases=LEASES, limit=limit, posts=posts,
            looks=looks, stages=stages,
        )  # fmt: skip


def claim_values(now: datetime, limit: int) -> dict[str, object]:
    """The claim's own parameters: everything that is due, nothing ahead."""
    return {
        "node": "n1", "now": now, "lead": timedelta(0), "lease": LEASES.claim,
        "look_lease": LEASES.look, "stage_lease": LEASES.stage, "limit": limit, "looks": True,
        "stages": True, "posts": None,
    }  # fmt: skip


async def claim_one(pool: Pool, now: datetime = NOW, *, node: str = "n1") -> Claim:
    (only,) = await claim(pool, now, node=node)
    return only


async def intend(pool: Pool, *claims: Claim, now: datetime = NOW) -> set[UUID]:
    async with pool.connection() as connection:
        going = [(one, {"key": str(one.fence)}) for one in claims]
        went, _ = await held_queries.intend(
            connection, going, now=now, lease=SEND_LEASE, limits=LIMITS
        )
    return {delivery for delivery, _ in went}


async def try_to_intend(
    pool: Pool, *claims: Claim, now: datetime = NOW
) -> tuple[set[Hold], set[Hold]]:
    """Those that go, and those whose account must wait, for its quota is tight."""
    async with pool.connection() as connection:
        going = [(one, {"key": str(one.fence)}) for one in claims]
        return await held_queries.intend(connection, going, now=now, lease=SEND_LEASE, limits=TIGHT)


async def park(pool: Pool, *claims: Claim, now: datetime = NOW) -> None:
    async with pool.connection() as connection:
        await held_queries.park(
            connection, claims, now=now, ahead=timedelta(seconds=1), limits=TIGHT
        )


async def save(pool: Pool, claimed: Claim, so_far: Staged, now: datetime = NOW) -> bool:
    async with pool.connection() as connection:
        return await held_queries.save_staged(
            connection, claimed, so_far, now=now, lease=LEASES.stage
        )


async def send(pool: Pool, now: datetime = NOW, *, node: str = "n1") -> Claim:
    """Claim the only thing due and intend it."""
    claimed = await claim_one(pool, now, node=node)
    assert await intend(pool, claimed, now=now) == {claimed.delivery_id}
    return claimed


async def record(
    pool: Pool, *endings: Ending, now: datetime = NOW
) -> tuple[list[DictRow], list[DictRow]]:
    async with pool.connection() as connection, connection.transaction():
        return await recording.record(connection, endings, now=now)


def published(claimed: Claim, remote_id: str = "r1", at: datetime = NOW) -> Ending:
    return Ending(
        claim=claimed, ended_at=at, state=State.PUBLISHED, attempt="published", sent_at=at,
        late_ms=1.0, receipt=Receipt(remote_id, f"https://x.example/{remote_id}", at),
    )  # fmt: skip


def retry(claimed: Claim, wake_at: datetime, at: datetime = NOW, *, counts: bool = True) -> Ending:
    return Ending(
        claim=claimed, ended_at=at, state=State.SCHEDULED, wake_at=wake_at, failed=counts,
        attempt="retry", sent_at=at, error_code="busy", error_message="Busy.", answer="Busy.",
    )  # fmt: skip


def blocked(claimed: Claim, until: datetime, at: datetime = NOW) -> Ending:
    """The platform takes nothing more from this account for a while."""
    return replace(retry(claimed, until, at, counts=False), blocked_until=until)


def failed(claimed: Claim, at: datetime = NOW, message: str = "Refused.") -> Ending:
    return Ending(
        claim=claimed, ended_at=at, state=State.FAILED, failed=True, attempt="rejected",
        sent_at=at, error_code="refused", error_message=message, answer=message,
    )  # fmt: skip


def unknown(claimed: Claim, wake_at: datetime, at: datetime = NOW) -> Ending:
    return Ending(
        claim=claimed, ended_at=at, state=State.UNKNOWN, wake_at=wake_at, failed=True,
        attempt="unknown", sent_at=at, error_code="lost", error_message="Answer lost.",
    )  # fmt: skip


def staged(claimed: Claim, at: datetime = NOW) -> Ending:
    """Everything is uploaded: it rests until its moment."""
    return Ending(
        claim=claimed, ended_at=at, state=State.STAGED, wake_at=max(claimed.due_at, at),
        stage_failures=0, staged={"media": ["whole"]},
    )  # fmt: skip


def looked(
    claimed: Claim,
    state: State,
    at: datetime = NOW,
    wake_at: datetime | None = None,
    receipt: Receipt | None = None,
    *,
    resend: bool = False,
) -> Ending:
    """The ending of a look: nothing was attempted."""
    return Ending(
        claim=claimed, ended_at=at, state=state, wake_at=wake_at, looks=claimed.looks + 1,
        resend=resend, receipt=receipt,
    )  # fmt: skip


async def release(pool: Pool, claimed: Claim, wake_at: datetime) -> None:
    async with pool.connection() as connection:
        await held_queries.release(connection, [(claimed, wake_at)], now=wake_at)
