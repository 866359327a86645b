"""The first owner, and signing in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from postclock.api.bodies import Body, Text
from postclock.api.deps import (
    COOKIE,
    Parts,
    PartsOf,
    SystemTx,
    UserTx,
    is_secure,
    require_same_origin,
    signed_in,
)
from postclock.api.v1.workspace import WorkspaceOut
from postclock.db.session import Tx
from postclock.services.accounts import service as accounts
from postclock.services.people import queries, service
from postclock.services.people.model import User, Who

router = APIRouter(tags=["auth"])


class FirstOwnerNeeded(BaseModel):
    needed: bool


class FirstOwner(Body):
    """Who begins this installation; `token` is in the link that was printed at the start."""

    token: Text = Field(max_length=200)
    email: Text = Field(max_length=254, examples=["ada@example.org"])
    password: Text = Field(max_length=500, description="At least 10 characters.")
    name: Text = Field(max_length=200, examples=["Ada"])
    workspace_name: Text = Field("", max_length=200)
    time_zone: Text = Field("UTC", max_length=60, examples=["Europe/Berlin"])


class Credentials(Body):
    email: Text = Field(max_length=254)
    password: Text = Field(max_length=500)


class UserOut(BaseModel):
    id: UUID
    email: str
    name: str
    mail_notices: bool = Field(description="Whether they are mailed what needs them.")

    @classmethod
    def of(cls, user: User) -> UserOut:
        return cls(id=user.id, email=user.email, name=user.name, mail_notices=user.mail_notices)


class NoticesWish(Body):
    mail: bool = Field(strict=True, description="Whether to be mailed what needs a person.")


class SessionOut(BaseModel):
    """Who is signed in, where, and what time it is here."""

    user: UserOut
    workspace: WorkspaceOut
    server_time: datetime
    sandbox_url: str = Field(examples=["/sandbox/"])


async def _session(tx: Tx, parts: Parts, who: Who) -> SessionOut:
    user, workspace = await queries.user_and_workspace(tx, who)
    return SessionOut(
        user=UserOut.of(user),
        workspace=WorkspaceOut.of(workspace, who),
        server_time=tx.now,
        sandbox_url=parts.settings.sandbox_url_given or "/sandbox/",
    )


def _give_cookie(request: Request, response: Response, parts: Parts, token: str) -> None:
    response.set_cookie(
        COOKIE, token, max_age=int(service.SESSION_LIFE.total_seconds()), path="/", httponly=True,
        samesite="lax", secure=is_secure(request, parts.settings),
    )  # fmt: skip


def own_pages_only(request: Request, parts: PartsOf) -> None:
    """No other site's page may sign a browser in or out; programs without a browser may."""
    if request.headers.get("origin") or request.headers.get("sec-fetch-site"):
        require_same_origin(request, parts.settings)


OwnPages = Depends(own_pages_only)


@router.get("/auth/first-owner")
async def first_owner_needed(tx: SystemTx) -> FirstOwnerNeeded:
    """Whether this installation still waits for its first owner; public."""
    return FirstOwnerNeeded(needed=await service.owner_needed(tx))


@router.post("/auth/first-owner", status_code=201, dependencies=[OwnPages])
async def create_first_owner(
    body: FirstOwner, tx: SystemTx, parts: PartsOf, request: Request, response: Response
) -> SessionOut:
    """Begin: a person, their workspace, and a sandbox account for each platform."""
    await service.check_setup_token(tx, body.token)
    new = service.NewOwner(
        body.email, body.name, body.password, body.workspace_name, body.time_zone
    )
    who = await service.create_owner(tx, new)
    await accounts.connect(
        tx, parts.ring, who.workspace_id, parts.sandbox_accounts(who.workspace_id)
    )
    _give_cookie(request, response, parts, await service.open_session(tx, who))
    return await _session(tx, parts, who)


@router.post("/auth/sign-in", dependencies=[OwnPages])
async def sign_in(
    body: Credentials, tx: SystemTx, parts: PartsOf, request: Request, response: Response
) -> SessionOut:
    """Open a session, kept in an HttpOnly cookie."""
    who, token = await service.sign_in(tx, body.email, body.password)
    _give_cookie(request, response, parts, token)
    return await _session(tx, parts, who)


@router.post("/auth/sign-out", status_code=204, dependencies=[OwnPages])
async def sign_out(tx: SystemTx, request: Request, response: Response) -> None:
    """End the session of this browser."""
    if token := request.cookies.get(COOKIE):
        await service.sign_out(tx, token)
    response.delete_cookie(COOKIE, path="/")


@router.get("/auth/session")
async def get_session(
    tx: UserTx, parts: PartsOf, who: Annotated[Who, Depends(signed_in)]
) -> SessionOut:
    """Who is signed in."""
    return await _session(tx, parts, who)


@router.put("/auth/notices")
async def put_notices(
    body: NoticesWish, tx: UserTx, who: Annotated[Who, Depends(signed_in)]
) -> UserOut:
    """Say whether one is mailed what needs a person; notifications in the app stay."""
    return UserOut.of(await service.want_mail(tx, who, wanted=body.mail))
