"""What goes in and comes out where posts are concerned."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from postclock.api.bodies import Body, Text
from postclock.api.errors import ProblemItem
from postclock.services.accounts.model import Account
from postclock.services.media.model import MAX_ALT
from postclock.services.people.model import LatePolicy
from postclock.services.posts.content import ACCOUNTS_KEY
from postclock.services.posts.model import Delivery, PostView, Status, Wish


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("This must be 0 or 1.")  # noqa: TRY004 pydantic reads a ValueError
    return value


Fold = Annotated[Literal[0, 1], BeforeValidator(_number)]


CLEARABLE = ("campaign_id", "late_grace_seconds")
"""Where an explicit null means “none”; elsewhere null is “as it is”."""


class MediaRef(Body):
    """An uploaded picture in a post."""

    id: UUID
    alt: Text | None = Field(
        None, max_length=MAX_ALT, description="Instead of the picture's own alt text."
    )


class Words(Body):
    """What is said on one platform, or to one account, and the pictures with it."""

    text: Text = Field("", examples=["Hello from Postclock"])
    media: list[MediaRef] = Field(default_factory=list, max_length=20)


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
        told = {
            name: {"text": words.text} | _given(words)
            for name, words in (self.model_extra or {}).items()
        }
        own = {str(key): _given(words) for key, words in self.accounts.items()}
        return told | ({ACCOUNTS_KEY: own} if own else {})


def _given(words: Words) -> dict[str, Any]:
    """What was said, and nothing that was not: an account's own words stand beside its
    platform's."""
    return words.model_dump(mode="json", exclude_unset=True, exclude_none=True)


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
    fold: Fold | None = Field(
        None, description="Which of two, where the clock shows this time twice."
    )

    campaign_id: UUID | None = Field(
        None, description="An explicit null takes it out of its campaign."
    )
    late_policy: LatePolicy | None = Field(
        None,
        description="What becomes of it when it could not go out in time; a new post begins with "
        "the workspace's.",
    )
    late_grace_seconds: int | None = Field(
        None, ge=60, le=2_592_000, strict=True,
        description="How late it may still go out by itself. An explicit null: 24 hours for "
        "`publish`, 10 minutes for `ask` and `skip`.",
    )  # fmt: skip

    def wish(self) -> Wish:
        null = [name for name in CLEARABLE if getattr(self, name) is None]
        return Wish(
            topic=self.topic, content=self.content.plain() if self.content else None,
            platforms=self.platforms, accounts=self.accounts, status=self.status,
            scheduled_at=self.scheduled_at, time_zone=self.time_zone, fold=self.fold,
            campaign_id=self.campaign_id, late_policy=self.late_policy,
            late_grace_seconds=self.late_grace_seconds,
            clears=[name for name in null if name in self.model_fields_set] or None,
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
    sandbox: bool = Field(description="Whether it goes to the pretend platforms.")
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
    def of(cls, row: Delivery, account: Account) -> DeliveryOut:
        error = (
            DeliveryError(code=row.error_code or "failed", message=row.error_message)
            if row.error_message
            else None
        )
        return cls(
            id=row.id, platform=row.platform, account_id=row.account_id, handle=account.handle,
            sandbox=account.sandbox,
            state=row.state, due_at=row.due_at, next_at=row.wake_at, sent_at=row.sent_at,
            accepted_at=row.accepted_at, late_ms=row.late_ms, remote_id=row.remote_id,
            permalink=row.permalink, failures=row.failures, error=error,
        )  # fmt: skip


class PostOut(BaseModel):
    """A post as it is stored, with its deliveries."""

    id: UUID
    workspace_id: UUID
    author_id: UUID | None
    campaign_id: UUID | None
    topic: str
    platforms: list[str]
    accounts: list[UUID]
    content: dict[str, Any] = Field(examples=[{"twitter": {"text": "Hello from Postclock"}}])
    status: Status
    scheduled_at: datetime | None
    local_time: str | None
    time_zone: str | None
    fold: int | None
    late_policy: LatePolicy
    late_grace_seconds: int | None
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
            id=post.id, workspace_id=post.workspace_id, author_id=post.author_id,
            campaign_id=post.campaign_id, topic=post.topic,
            platforms=post.platforms, accounts=post.account_ids, content=post.content,
            status=post.status,
            scheduled_at=post.scheduled_at,
            local_time=post.local_time.isoformat() if post.local_time else None,
            time_zone=post.time_zone, fold=post.fold, late_policy=post.late_policy,
            late_grace_seconds=post.late_grace_seconds,
            publish_retry_count=post.publish_retry_count, publish_error=post.publish_error,
            version=post.version, created_at=post.created_at, updated_at=post.updated_at,
            deliveries=[DeliveryOut.of(row, account) for row, account in view.deliveries],
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
    undo_seconds: int = Field(
        0, ge=0, le=60, strict=True, description="How long it can still be taken back."
    )


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
