"""What goes in where posts are concerned."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from postclock.api.bodies import Body, Text
from postclock.services.media.model import MAX_ALT
from postclock.services.people.model import LatePolicy
from postclock.services.posts.content import ACCOUNTS_KEY
from postclock.services.posts.model import Wish


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("This must be 0 or 1.")  # noqa: TRY004 pydantic reads a ValueError
    return value


Fold = Annotated[Literal[0, 1], BeforeValidator(_number)]


MOST_FILES = 35
MOST_PARTS = 99

CLEARABLE = ("campaign_id", "late_grace_seconds")
"""Where an explicit null means “none”; elsewhere null is “as it is”."""


class MediaRef(Body):
    """An uploaded picture in a post."""

    id: UUID
    alt: Text | None = Field(
        None, max_length=MAX_ALT, description="Instead of the picture's own alt text."
    )


class ThreadWords(Body):
    """One more post of a thread."""

    text: Text = ""
    media: list[MediaRef] = Field(default_factory=list, max_length=MOST_FILES)


class Words(Body):
    """What is said on one platform, or to one account, and the files with it."""

    text: Text = Field("", examples=["Hello from Postclock"])
    media: list[MediaRef] = Field(default_factory=list, max_length=MOST_FILES)
    thread: list[ThreadWords] = Field(
        default_factory=list, max_length=MOST_PARTS,
        description="The posts that follow the first, where the platform has threads.",
    )  # fmt: skip
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="The platform's own choices: `options_schema` of `GET /platforms` tells them.",
    )


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

    accept_over_quota: bool | None = Field(
        None, strict=True,
        description="Save it also when an account's quota has no room at its moment: it leaves as "
        "soon as there is room.",
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
            accept_over_quota=self.accept_over_quota,
        )  # fmt: skip


class NowWish(Body):
    accept_over_quota: bool | None = Field(
        None, strict=True, description="Also when there is no room now: it leaves when there is."
    )


class SettleWish(NowWish):
    """What a person found out about an unconfirmed delivery."""

    choice: Literal["published", "not_published", "leave"]
    permalink: Text = Field(
        "", max_length=2000, description="Where it is seen: with `published`.",
        examples=["https://x.com/ada/status/1860000000000000000"],
    )  # fmt: skip


class PublishWish(NowWish):
    undo_seconds: int = Field(
        0, ge=0, le=60, strict=True, description="How long it can still be taken back."
    )
