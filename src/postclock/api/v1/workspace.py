"""The workspace one is in: its settings, and its pause."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from postclock.api.bodies import Body, Text
from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.errors import Forbidden
from postclock.services.people import queries, service
from postclock.services.people.model import LatePolicy, Who, Workspace
from postclock.services.posts import pauses

router = APIRouter(prefix="/workspace", tags=["workspace"])

AfterPublishing = Literal["keep", "remove"]
AfterFailure = Literal["failed", "draft"]


class WorkspaceOut(BaseModel):
    id: UUID
    name: str
    time_zone: str
    after_publishing: AfterPublishing
    after_failure: AfterFailure = Field(description="What a post becomes that failed for good.")
    late_policy: LatePolicy = Field(description="What new posts begin with.")
    paused_at: datetime | None = Field(description="Since when nothing of it goes out.")
    role: str

    @classmethod
    def of(cls, workspace: Workspace, who: Who) -> WorkspaceOut:
        return cls(
            id=workspace.id, name=workspace.name, time_zone=workspace.time_zone,
            after_publishing=workspace.after_publishing, after_failure=workspace.after_failure,
            late_policy=workspace.late_policy, paused_at=workspace.paused_at, role=who.role,
        )  # fmt: skip


class WorkspaceWish(Body):
    name: Text | None = Field(None, max_length=200)
    time_zone: Text | None = Field(None, max_length=60)
    after_publishing: AfterPublishing | None = None
    after_failure: AfterFailure | None = None
    late_policy: LatePolicy | None = None


class PauseOut(BaseModel):
    """The pause as it now is, and what that did to what was waiting."""

    paused_at: datetime | None
    deliveries: int = Field(
        description="How many stopped on their way (pausing) or go on (resuming)."
    )

    @classmethod
    def of(cls, pause: pauses.Pause) -> PauseOut:
        return cls(paused_at=pause.paused_at, deliveries=pause.deliveries)


@router.get("")
async def get_workspace(tx: UserTx, who: Signed) -> WorkspaceOut:
    """The workspace one is in."""
    return WorkspaceOut.of(await queries.get_workspace(tx, who.workspace_id), who)


@router.put("")
async def update_workspace(body: WorkspaceWish, tx: UserTx, who: Signed) -> WorkspaceOut:
    """Change the settings that are given; owners and admins only."""
    if not who.may_administer:
        raise Forbidden("role_forbids", f"Your role ({who.role}) may not change the workspace.")
    given = body.model_dump(exclude_none=True)
    workspace = await service.update_workspace(tx, who, service.WorkspaceChange(**given))
    event = Event(
        who.workspace_id, Kind.WORKSPACE_CHANGED, "Workspace settings changed",
        actor_id=who.user_id, details=given,
    )  # fmt: skip
    await audit.append(tx, event)
    return WorkspaceOut.of(workspace, who)


@router.post("/pause")
async def pause_workspace(parts: PartsOf, who: Signed) -> PauseOut:
    """Let nothing of the workspace go out until it is resumed; owners and admins only."""
    return PauseOut.of(await pauses.pause(parts.database, who, pauses.of_workspace()))


@router.post("/resume")
async def resume_workspace(parts: PartsOf, who: Signed) -> PauseOut:
    """Go on; what is late meanwhile goes by its late policy."""
    return PauseOut.of(await pauses.resume(parts.database, who, pauses.of_workspace()))
