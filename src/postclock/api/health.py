"""Whether the program is alive, and whether it can do its work."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy import exc

from postclock.api.deps import PartsOf
from postclock.db.trouble import words_of
from postclock.publishing.alarms import OVERDUE
from postclock.publishing.queries import read_overview

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    status: str = "ok"


class Readiness(BaseModel):
    """Whether posts go out; `reasons` says what keeps them."""

    status: str = Field(examples=["ok"])
    database: bool
    nodes: int = Field(description="Publishing nodes that listen.")
    oldest_overdue_seconds: float | None
    reasons: list[str]


@router.get("/healthz")
async def healthz() -> Alive:
    """200 while the process answers."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Readiness}})
async def readyz(parts: PartsOf, response: Response) -> Readiness:
    """200 while the database answers, a node listens (where one is expected) and due work moves."""
    try:
        async with parts.database.as_system() as tx:
            overview = await read_overview(tx)
            now = tx.now
    except (exc.SQLAlchemyError, OSError) as error:
        response.status_code = 503
        return Readiness(
            status="unavailable", database=False, nodes=0, oldest_overdue_seconds=None,
            reasons=[words_of(error)],
        )  # fmt: skip
    reasons = []
    overdue = now - overview.oldest_overdue_at if overview.oldest_overdue_at else None
    if parts.settings.scheduler == "exact" and overview.nodes == 0:
        reasons.append("No publishing node listens.")
    if overdue and overdue > OVERDUE:
        reasons.append(f"Due work has not moved for {overdue.total_seconds():.0f} s.")
    if parts.clock.disagrees:
        reasons.append(
            f"This machine's clock and the database's are "
            f"{abs(parts.clock.difference.total_seconds()):.0f} s apart."
        )
    if reasons:
        response.status_code = 503
    return Readiness(
        status="unavailable" if reasons else "ok", database=True, nodes=overview.nodes,
        oldest_overdue_seconds=overdue.total_seconds() if overdue else None, reasons=reasons,
    )  # fmt: skip
