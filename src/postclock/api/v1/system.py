"""How the installation is doing, and what needs a person."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from postclock.api.deps import PartsOf, Signed
from postclock.publishing import system_queries as queries
from postclock.publishing.alarms import Findings, alarms
from postclock.services.people.zones import rules_version

router = APIRouter(prefix="/system", tags=["system"])


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class DueOut(BaseModel):
    """Deliveries that wait past their moment, in the whole installation."""

    overdue: int = Field(description=f"At most {queries.MOST_COUNTED} are counted.")
    oldest_overdue_seconds: float | None
    moves: bool = Field(description="False when the oldest has waited for over a minute.")


class NeedAPersonOut(_Read):
    """The workspace's deliveries that only a person can move on."""

    held: int
    unconfirmed: int
    missed: int


class PunctualityOut(_Read):
    """How late the workspace's posts of the last 24 hours left, in milliseconds."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


class NodeOut(_Read):
    name: str
    since: datetime | None


class AlarmOut(_Read):
    """One thing that needs an operator, and what to do."""

    code: str = Field(examples=["no_node_listens"])
    message: str


class ServerOut(BaseModel):
    """What runs, and on what: shown to owners and admins."""

    version: str = Field(description="Of Postclock.")
    database_version: str
    tzdata_version: str = Field(examples=["2026f"])
    clock_offset_ms: float = Field(description="By how much this server's clock is behind.")
    synchronous_standby: bool = Field(
        description="Without one, a failover of the database is outside the promise."
    )
    notification_queue_usage: float
    oldest_transaction_seconds: float
    housekeeping_at: datetime | None
    nodes: list[NodeOut]
    warnings: list[AlarmOut]


class SystemOut(BaseModel):
    scheduler: Literal["exact", "cron", "off"]
    nodes_listening: int
    due: DueOut
    need_a_person: NeedAPersonOut
    punctuality: PunctualityOut
    server: ServerOut | None = Field(description="Null for those who may not administer.")


@router.get("")
async def get_system(parts: PartsOf, who: Signed) -> SystemOut:
    """Whether posts go out, how punctually, and what needs a person."""
    async with parts.database.as_user(who.user_id) as tx:
        people = await queries.need_a_person(tx, who.workspace_id)
        late = await queries.punctuality(tx, who.workspace_id)
    async with parts.database.as_system() as tx:
        nodes = await queries.listening_nodes(tx)
        overdue, oldest_at = await queries.overdue(tx)
        server = await queries.database_server(tx)
    found = Findings(
        tx.now, parts.settings.scheduler == "exact", len(nodes), oldest_at,
        parts.clock.offset_ms, server,
    )  # fmt: skip
    seconds = found.overdue.total_seconds() if oldest_at else None
    return SystemOut(
        scheduler=parts.settings.scheduler,
        nodes_listening=len(nodes),
        due=DueOut(overdue=overdue, oldest_overdue_seconds=seconds, moves=found.moves),
        need_a_person=NeedAPersonOut.model_validate(people),
        punctuality=PunctualityOut.model_validate(late),
        server=_server(found, nodes) if who.may_administer else None,
    )


def _server(found: Findings, nodes: list[queries.Node]) -> ServerOut:
    return ServerOut(
        version=version("postclock"),
        database_version=found.server.version,
        tzdata_version=rules_version(),
        clock_offset_ms=found.offset_ms,
        synchronous_standby=found.server.synchronous,
        notification_queue_usage=found.server.notifications,
        oldest_transaction_seconds=found.server.oldest_snapshot,
        housekeeping_at=found.server.housekeeping_at,
        nodes=[NodeOut.model_validate(node) for node in nodes],
        warnings=[AlarmOut.model_validate(alarm) for alarm in alarms(found)],
    )
