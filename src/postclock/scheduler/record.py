"""Recording what happened: one call that moves deliveries, and with them their posts.

The statements are the database's function ``postclock_record`` (migration 0002).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from postclock.scheduler.model import Claim, Receipt, Staged
from postclock.scheduler.queries import Connection
from postclock.scheduler.states import State


@dataclass(frozen=True, slots=True)
class Ending:
    """What is to be recorded of one delivery: where it goes, and what its attempt showed.

    ``attempt`` is the outcome's word (``attempts.outcome``), None when nothing was attempted
    (a look, a staging, or a claim that could not be prepared). ``stage_failures`` and ``staged``
    are written when given; ``restage`` forgets what was uploaded. ``blocked_until`` holds for the
    whole account.
    """

    claim: Claim
    ended_at: datetime
    state: State
    wake_at: datetime | None = None
    failed: bool = False
    looks: int = 0
    resend: bool = False
    stage_failures: int | None = None
    staged: Staged | None = None
    restage: bool = False
    attempt: str | None = None
    answered: bool = False
    sent_at: datetime | None = None
    late_ms: float | None = None
    receipt: Receipt | None = None
    blocked_until: datetime | None = None
    error_code: str | None = None
    error_message: str | None = None
    answer: str | None = None


RECORD = "SELECT * FROM postclock_record(%(endings)s, %(now)s)"


async def record(
    connection: Connection, endings: Sequence[Ending], *, now: datetime
) -> tuple[list[DictRow], list[DictRow]]:
    """Write what happened: the deliveries that moved, and what became of their posts.

    Rows of the first list: id, post_id, state (``twice`` when the platform holds it twice); of
    the second: post_id, workspace_id, was, status, removed, deliveries (what there is to say of
    each). An ending whose fence was lost moves nothing unless it brings a
    receipt.
    """
    values = {"endings": Jsonb([_values(one) for one in endings]), "now": now}
    rows = await (await connection.execute(RECORD, values)).fetchall()
    return [row for row in rows if row["id"]], [row for row in rows if not row["id"]]


def _values(ending: Ending) -> Mapping[str, Any]:
    receipt = ending.receipt
    return {
        "id": str(ending.claim.delivery_id), "fence": ending.claim.fence,
        "post_id": str(ending.claim.post_id), "account_id": str(ending.claim.target.account_id),
        "was": State.SENDING if ending.attempt else ending.claim.state, "state": ending.state,
        "wake_at": ending.wake_at, "failed": ending.failed, "looks": ending.looks,
        "resend": ending.resend, "stage_failures": ending.stage_failures,
        "staged": ending.staged, "restage": ending.restage,
        "attempt": ending.attempt, "answered": ending.answered,
        "ended_at": ending.ended_at, "sent_at": ending.sent_at,
        "late_ms": ending.late_ms, "remote_id": _storable(receipt.remote_id) if receipt else None,
        "permalink": _storable(receipt.permalink) if receipt else None,
        "accepted_at": receipt.accepted_at if receipt else None,
        "blocked_until": ending.blocked_until,
        "error_code": ending.error_code, "error_message": _storable(ending.error_message),
        "answer": _storable(ending.answer),
        "note": _storable(receipt.note) or None if receipt else None,
    }  # fmt: skip


def _storable(text: str | None) -> str | None:
    """What a platform said, without what PostgreSQL cannot store: NUL and half surrogate pairs."""
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
