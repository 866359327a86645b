"""What goes in and comes out where accounts are connected."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from postclock.api.bodies import Body, Text
from postclock.services.accounts.visits import Seen
from postclock.services.accounts.ways import Errand


class ConnectWish(Body):
    """What is to be connected."""

    way: Text = Field("", max_length=60, description="One of the platform's `ways`.")
    server: Text | None = Field(
        None, max_length=300, description="Where the way asks for one: its name or address."
    )
    account_id: UUID | None = Field(
        None, description="The account to connect again; it keeps its posts."
    )
    sandbox: bool = Field(False, strict=True, description="Whether to connect a pretend profile.")

    def errand(self, platform: str) -> Errand:
        return Errand(platform, self.way, self.server, self.account_id, self.sandbox)


class TypedWish(ConnectWish):
    """What is to be connected by typing."""

    platform: Text = Field(max_length=60, examples=["bluesky"])
    fields: dict[str, Text] = Field(
        max_length=20, description="What a person typed, by the names of the way's `fields`."
    )


class PickWish(Body):
    profiles: list[Text] = Field(
        min_length=1, max_length=200, description="The `remote_id` of each profile to connect."
    )


class StartOut(BaseModel):
    """Where the browser goes. The answer sets the cookie that must come back with it."""

    authorize_url: str
    visit_id: UUID


class ProfileOut(BaseModel):
    """A profile that the login opens."""

    remote_id: str
    handle: str
    name: str
    avatar_url: str | None
    kind: str = Field(description="What it is, where a login opens several kinds.")
    server: str | None
    problem: str = Field(description="Why it cannot be connected; empty: it can.")
    account_id: UUID | None = Field(description="The account it has here already.")


class VisitProblem(BaseModel):
    code: str = Field(examples=["consent_denied"])
    message: str


class VisitOut(BaseModel):
    """What became of a person's way to a platform. It is kept for ten minutes."""

    id: UUID
    platform: str
    way: str
    sandbox: bool
    account_id: UUID | None = Field(description="The account that is connected again.")
    status: Literal["started", "failed", "pick", "connected"] = Field(
        description="`pick`: choose among `profiles` and send them to `connect`."
    )
    problem: VisitProblem | None
    profiles: list[ProfileOut]
    accounts: list[UUID] = Field(description="What was connected.")
    expires_at: datetime

    @classmethod
    def of(cls, seen: Seen) -> VisitOut:
        stored, inside = seen.stored, seen.inside
        problem = inside.problem
        return cls(
            id=stored.id, platform=stored.platform, way=stored.way, sandbox=stored.sandbox,
            account_id=stored.account_id, status=seen.status,
            problem=VisitProblem(code=problem.code, message=problem.message) if problem else None,
            profiles=[
                ProfileOut(
                    remote_id=one.remote_id, handle=one.handle, name=one.name,
                    avatar_url=one.avatar_url, kind=one.kind, server=one.server,
                    problem=one.problem, account_id=seen.known.get(one.remote_id),
                )
                for one in inside.profiles
            ],
            accounts=list(inside.accounts), expires_at=stored.expires_at,
        )  # fmt: skip
