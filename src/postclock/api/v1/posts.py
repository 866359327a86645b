"""Posts: list, create, read, update, delete; publish, retry, check, copy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from postclock.api.bodies import Body, Text
from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.api.errors import ProblemItem
from postclock.api.paging import Cursor, Limit, page, read_cursor
from postclock.errors import Invalid, Problem
from postclock.services.posts import queries, schedule, service
from postclock.services.posts.content import ACCOUNTS_KEY
from postclock.services.posts.model import Delivery, Filter, Post, PostView, Status, Wish

router = APIRouter(prefix="/posts", tags=["posts"])


class Words(Body):
    """What is said on one platform, or to one account."""

    text: Text = Field("", examples=["Hello from Postclock"])


class Content(BaseModel):
    """What a post says: a text per platform, and texts of their own for single accounts."""

    model_config = ConfigDict(
        extra="allow",
        populate_by_name=True,
        json_schema_extra={"examples": [{"twitter": {"text": "Hello from Postclock"}}]},
    )
    __pydantic_extra__: dict[str, Words] = Field(init=False)

    accounts: dict[UUID, Words] = Field(default_factory=dict)
    publish_log: Any = Field(
        None, alias="_publishLog", description="Written by Postclock; ignored when sent."
    )

    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        told = {name: words.model_dump() for name, words in (self.model_extra or {}).items()}
        own = {str(key): words.model_dump() for key, words in self.accounts.items()}
        return told | ({ACCOUNTS_KEY: own} if own else {})


class PostWish(Body):
    """What an author asks for; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "topic": "Launch",
                    "platforms": ["twitter", "bluesky"],
                    "content": {
                        "twitter": {"text": "We are live"},
                        "bluesky": {"text": "We are live"},
                    },
                    "status": "scheduled",
                    "scheduled_at": "2027-03-01T09:30:00+01:00",
                }
            ]
        }
    )

    topic: Text | None = Field(None, max_length=200)
    content: Content | None = None
    platforms: list[Text] | None = Field(None, max_length=50)
    accounts: list[UUID] | None = Field(None, max_length=50)
    status: Literal["draft", "ready_to_publish", "scheduled"] | None = None
    scheduled_at: Text | None = Field(
        None,
        max_length=60,
        description="ISO 8601; without an offset it is the time on a clock in `time_zone`.",
    )
    time_zone: Text | None = Field(None, max_length=60, examples=["Europe/Berlin"])
    fold: Literal[0, 1] | None = Field(
        None, description="Which of two, where the clock shows this time twice."
    )

    def wish(self) -> Wish:
        return Wish(
            topic=self.topic, content=self.content.plain() if self.content else None,
            platforms=self.platforms, accounts=self.accounts, status=self.status,
            scheduled_at=self.scheduled_at, time_zone=self.time_zone, fold=self.fold,
        )  # fmt: skip


class DeliveryError(BaseModel):
    code: str
    message: str


class DeliveryOut(BaseModel):
    """One post to one account: the unit that is timed, sent and retried."""

    id: UUID
    platform: str
    account_id: UUID
    handle: str
    state: str
    due_at: datetime
    next_at: datetime | None = Field(description="When Postclock acts on it next.")
    sent_at: datetime | None
    accepted_at: datetime | None
    late_ms: float | None = Field(description="`sent_at` − `due_at`, in milliseconds.")
    remote_id: str | None
    permalink: str | None
    failures: int
    error: DeliveryError | None

    @classmethod
    def of(cls, row: Delivery, handle: str) -> DeliveryOut:
        error = (
            DeliveryError(code=row.error_code or "failed", message=row.error_message)
            if row.error_message
            else None
        )
        return cls(
            id=row.id, platform=row.platform, account_id=row.account_id, handle=handle,
            state=row.state, due_at=row.due_at, next_at=row.wake_at, sent_at=row.sent_at,
            accepted_at=row.accepted_at, late_ms=row.late_ms, remote_id=row.remote_id,
            permalink=row.permalink, failures=row.failures, error=error,
        )  # fmt: skip


class PostOut(BaseModel):
    """A post as it is stored, with its deliveries."""

    id: UUID
    workspace_id: UUID
    author_id: UUID | None
    topic: str
    platforms: list[str]
    accounts: list[UUID]
    content: dict[str, Any] = Field(examples=[{"twitter": {"text": "Hello from Postclock"}}])
    status: Status
    scheduled_at: datetime | None
    local_time: str | None
    time_zone: str | None
    fold: int | None
    publish_retry_count: int
    publish_error: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    deliveries: list[DeliveryOut]

    @classmethod
    def of(cls, view: PostView) -> PostOut:
        post = view.post
        return cls(
            id=post.id, workspace_id=post.workspace_id, author_id=post.author_id, topic=post.topic,
            platforms=post.platforms, accounts=post.account_ids, content=post.content,
            status=post.status,
            scheduled_at=post.scheduled_at,
            local_time=post.local_time.isoformat() if post.local_time else None,
            time_zone=post.time_zone, fold=post.fold,
            publish_retry_count=post.publish_retry_count, publish_error=post.publish_error,
            version=post.version, created_at=post.created_at, updated_at=post.updated_at,
            deliveries=[DeliveryOut.of(row, handle) for row, handle in view.deliveries],
        )  # fmt: skip


class PostPage(BaseModel):
    items: list[PostOut]
    next_cursor: str | None


class CountOut(BaseModel):
    platform: str
    account_id: UUID
    count: int
    maximum: int
    unit: str


class CheckOut(BaseModel):
    """What is wrong with a post that is not saved yet, and how long its texts are."""

    problems: list[ProblemItem]
    counts: list[CountOut]


class PublishWish(Body):
    undo_seconds: int = Field(0, ge=0, le=60, description="How long it can still be taken back.")


class AttemptOut(BaseModel):
    """One try of a delivery, committed before a byte was sent."""

    delivery_id: UUID
    platform: str
    number: int
    node: str
    intended_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    answer: str | None


class AttemptList(BaseModel):
    items: list[AttemptOut]


STATUSES = frozenset(Status.__args__)  # type: ignore[attr-defined]


def _shown(response: Response, view: PostView) -> PostOut:
    response.headers["ETag"] = f'"{view.post.version}"'
    return PostOut.of(view)


def _statuses(given: str | None) -> list[str]:
    named = [name.strip() for name in (given or "").split(",") if name.strip()]
    wrong = [name for name in named if name not in STATUSES]
    if wrong:
        message = f"“{wrong[0][:40]}” is not a status. There are: {', '.join(sorted(STATUSES))}."
        problems = [Problem("status_unknown", message, "status")]
        raise Invalid("status_unknown", message, problems=problems)
    return named


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    bare = if_match.strip().removeprefix("W/").strip('"')
    if not (bare.isascii() and bare.isdigit() and len(bare) < 10):
        message = 'If-Match must be the ETag of the post, such as "3".'
        problems = [Problem("if_match_invalid", message, "If-Match")]
        raise Invalid("if_match_invalid", message, problems=problems)
    return int(bare)


def _place(post: Post) -> tuple[datetime, UUID]:
    return post.scheduled_at or post.created_at, post.id


@router.get("")
async def list_posts(
    tx: UserTx,
    who: Signed,
    status: Annotated[Text | None, Query(description="One or more, comma-separated.")] = None,
    platform: Annotated[Text | None, Query(max_length=40)] = None,
    account_id: UUID | None = None,
    search: Annotated[Text | None, Query(max_length=200, description="In topic and text.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PostPage:
    """The workspace's posts, newest moment first."""
    wanted = Filter(_statuses(status), platform, account_id, search)
    rows = await queries.list_posts(
        tx, who.workspace_id, wanted, before=read_cursor(cursor), limit=limit + 1
    )
    shown, following = page(rows, limit, _place)
    views = await queries.views(tx, shown)
    return PostPage(items=[PostOut.of(view) for view in views], next_cursor=following)


@router.post("", status_code=201)
async def create_post(
    body: PostWish,
    tx: UserTx,
    who: Signed,
    parts: PartsOf,
    response: Response,
    idempotency_key: Annotated[
        str | None, Header(max_length=200, pattern=r"^[\x21-\x7e]{1,200}$")
    ] = None,
) -> PostOut:
    """Write a post; with `scheduled_at` it is scheduled, else a draft, unless `status` says so."""
    view = await service.create(tx, who, parts.platforms, body.wish(), key=idempotency_key)
    return _shown(response, view)


@router.post("/check")
async def check_post(body: PostWish, tx: UserTx, who: Signed, parts: PartsOf) -> CheckOut:
    """Every problem this post would have; nothing is saved."""
    problems, counts = await service.check(tx, who, parts.platforms, body.wish())
    return CheckOut(
        problems=[ProblemItem(code=p.code, message=p.message, field=p.field) for p in problems],
        counts=[
            CountOut(
                platform=c.platform, account_id=c.account_id, count=c.count, maximum=c.maximum,
                unit=c.unit,
            )
            for c in counts
        ],
    )  # fmt: skip


@router.get("/{post_id}")
async def read_post(post_id: UUID, tx: UserTx, who: Signed, response: Response) -> PostOut:
    """One post; 404 also after publishing where the workspace removes published posts."""
    return _shown(response, await service.get(tx, who, post_id))


@router.put("/{post_id}")
async def update_post(
    post_id: UUID,
    body: PostWish,
    tx: UserTx,
    who: Signed,
    parts: PartsOf,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=40)] = None,
) -> PostOut:
    """Change what is given; `scheduled` with a moment schedules, `ready_to_publish` unschedules."""
    view = await service.update(
        tx, who, parts.platforms, post_id, body.wish(), version=_version(if_match)
    )
    return _shown(response, view)


@router.delete("/{post_id}", status_code=204)
async def delete_post(post_id: UUID, tx: UserTx, who: Signed) -> None:
    """Put the post away; what is on the platforms stays there."""
    await service.delete(tx, who, post_id)


@router.post("/{post_id}/restore")
async def restore_post(post_id: UUID, tx: UserTx, who: Signed, response: Response) -> PostOut:
    """Undo a delete, within a day."""
    return _shown(response, await service.restore(tx, who, post_id))


@router.post("/{post_id}/duplicate", status_code=201)
async def duplicate_post(post_id: UUID, tx: UserTx, who: Signed, response: Response) -> PostOut:
    """A draft that says the same."""
    return _shown(response, await service.duplicate(tx, who, post_id))


@router.post("/{post_id}/publish")
async def publish_post(
    post_id: UUID,
    tx: UserTx,
    who: Signed,
    parts: PartsOf,
    response: Response,
    body: PublishWish | None = None,
) -> PostOut:
    """Publish now, or `undo_seconds` from now."""
    undo = timedelta(seconds=body.undo_seconds if body else 0)
    post = await service.require_changeable(tx, who, post_id)
    await schedule.publish_now(tx, who, parts.platforms, post, undo)
    return _shown(response, await queries.view(tx, post))


@router.post("/{post_id}/retry")
async def retry_post(
    post_id: UUID, tx: UserTx, who: Signed, parts: PartsOf, response: Response
) -> PostOut:
    """Send again, now, what did not get out."""
    post = await service.require_changeable(tx, who, post_id)
    await schedule.retry(tx, who, parts.platforms, post)
    return _shown(response, await queries.view(tx, post))


@router.get("/{post_id}/attempts")
async def list_attempts(post_id: UUID, tx: UserTx, who: Signed) -> AttemptList:
    """Every try of the post, in order."""
    post = await service.require(tx, who, post_id)
    rows = await queries.list_attempts(tx, post.id)
    return AttemptList(
        items=[
            AttemptOut(
                delivery_id=a.delivery_id, platform=platform, number=a.number, node=a.node,
                intended_at=a.intended_at, sent_at=a.sent_at, ended_at=a.ended_at,
                outcome=a.outcome, answer=a.answer,
            )
            for a, platform in rows
        ]
    )  # fmt: skip
