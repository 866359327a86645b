"""Registration by a front end: “this stored post goes out then”. The stored post decides."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from postclock.api.bodies import Body, Text
from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.api.v1.post_shapes import PostOut
from postclock.services.posts import queries, schedule, service

router = APIRouter(prefix="/content", tags=["register"])


class Registration(Body):
    """A stored post, its moment and one of its platforms."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "post_id": "0199f0a4-5b7e-7c3d-9a55-0b1c2d3e4f50",
                    "scheduled_at": "2027-03-01T08:30:00Z",
                    "platform": "twitter",
                }
            ]
        }
    )

    post_id: UUID
    scheduled_at: Text = Field(max_length=60)
    platform: Text = Field(max_length=40)


class Registered(BaseModel):
    registered: bool = True
    changed: bool
    post: PostOut


@router.post("/register-scheduled")
async def register_scheduled(
    body: Registration, tx: UserTx, who: Signed, parts: PartsOf
) -> Registered:
    """Have a stored post published at its moment; the same again changes nothing."""
    post = await service.require_changeable(tx, who, body.post_id)
    asked = schedule.asked_moment(post, body.scheduled_at, tx.now)
    changed = await schedule.register(tx, who, parts.platforms, post, asked, body.platform)
    return Registered(changed=changed, post=PostOut.of(await queries.view(tx, post)))
