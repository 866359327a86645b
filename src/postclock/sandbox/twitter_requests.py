"""What a request to X may hold: bodies and queries, checked as its published schema says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

Id = Annotated[str, Field(pattern=r"\A[0-9]{1,19}\z")]
ReplySettings = Literal["following", "mentionedUsers", "subscribers", "verified"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Media(_Body):
    """``media``."""

    media_ids: list[Id] = Field(min_length=1, max_length=4)
    tagged_user_ids: list[Id] = Field(default=[], max_length=10)
    title: str = ""
    description: str = ""
    embeddable: bool = False
    preview_media_id: Id | None = None
    call_to_actions: dict[str, Any] | None = None


class Poll(_Body):
    """``poll``."""

    options: list[Annotated[str, Field(min_length=1, max_length=25)]] = Field(
        min_length=2, max_length=4
    )
    duration_minutes: int = Field(ge=5, le=10080)
    reply_settings: ReplySettings | None = None


class Reply(_Body):
    """``reply``."""

    in_reply_to_tweet_id: Id
    exclude_reply_user_ids: list[str] = []
    auto_populate_reply_metadata: bool = False


class Geo(_Body):
    """``geo``."""

    place_id: str | None = None


class EditOptions(_Body):
    """``edit_options``."""

    previous_post_id: Id


class CreatePost(_Body):
    """The body of ``POST /2/tweets``."""

    text: str = ""
    media: Media | None = None
    poll: Poll | None = None
    reply: Reply | None = None
    quote_tweet_id: Id | None = None
    reply_settings: ReplySettings | None = None
    community_id: Id | None = None
    share_with_followers: bool = False
    made_with_ai: bool = False
    paid_partnership: bool = False
    edit_options: EditOptions | None = None
    geo: Geo | None = None
    nullcast: bool = False
    for_super_followers_only: bool = False
    card_uri: str | None = None
    direct_message_deep_link: str | None = None


def _listed(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


class Timeline(BaseModel):
    """The query of ``GET /2/users/{id}/tweets``."""

    model_config = ConfigDict(extra="forbid")

    max_results: int = Field(default=10, ge=5, le=100)
    start_time: AwareDatetime | None = None
    end_time: AwareDatetime | None = None
    since_id: Id | None = None
    until_id: Id | None = None
    pagination_token: Annotated[str, Field(pattern=r"\A[0-9a-v]{1,32}\z")] | None = None
    exclude: Annotated[
        list[Literal["replies", "retweets"]], BeforeValidator(_listed), Field(min_length=1)
    ] = []
    tweet_fields: Annotated[frozenset[str], BeforeValidator(_listed)] = Field(
        default=frozenset(), alias="tweet.fields"
    )
    post_fields: Annotated[frozenset[str], BeforeValidator(_listed)] = Field(
        default=frozenset(), alias="post.fields"
    )
    expansions: str = ""
    user_fields: str = Field(default="", alias="user.fields")
    media_fields: str = Field(default="", alias="media.fields")
    poll_fields: str = Field(default="", alias="poll.fields")
    place_fields: str = Field(default="", alias="place.fields")

    @property
    def fields(self) -> frozenset[str]:
        return self.tweet_fields | self.post_fields

    def covers(self, tweet_id: int, at: datetime) -> bool:
        """Whether a post with this id, accepted then, is asked for."""
        if self.since_id and tweet_id <= int(self.since_id):
            return False
        if self.until_id and tweet_id >= int(self.until_id):
            return False
        if self.start_time and at < self.start_time:
            return False
        return not (self.end_time and at >= self.end_time)


def complaints(error: ValidationError) -> list[dict[str, Any]]:
    """A failed check as the ``errors`` of X's ``invalid-request`` answer."""
    out = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(map(str, problem["loc"])) or "body"
        message = f"The `{place}` parameter is not valid: {problem['msg']}"
        out.append({"message": message, "parameters": {place: []}})
    return out
