"""What a request to X may hold: bodies and queries, checked as its published schema says."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
)

from postclock.sandbox.twin import Refused
from postclock.sandbox.twitter_problems import invalid_request

Id = Annotated[str, Field(pattern=r"\A[0-9]{1,19}\z")]
ReplySettings = Literal["following", "mentionedUsers", "subscribers", "verified"]


Asked = TypeVar("Asked", bound=BaseModel)


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


def _decoded(value: Any) -> Any:
    """Bytes of a form as they are, base64 of a JSON body decoded."""
    return b64decode(value, validate=True) if isinstance(value, str) else value


def _counted(value: Any) -> Any:
    """A whole number, which a form can only write as text."""
    fits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20
    return int(value) if fits else value


MediaCategory = Literal["tweet_image", "tweet_gif", "tweet_video", "amplify_video"]
"""What posts can show; X's other categories are for messages and subtitles."""
MediaType = Literal[
    "image/jpeg", "image/gif", "image/png", "image/webp", "image/pjpeg", "video/mp4"
]
Bytes = Annotated[bytes, BeforeValidator(_decoded), Field(min_length=1)]


class Simple(_Body):
    """The body of ``POST /2/media/upload``."""

    media: Bytes
    media_category: MediaCategory
    media_type: str = ""
    additional_owners: str = ""


class Initialize(_Body):
    """The body of ``POST /2/media/upload/initialize``."""

    media_type: MediaType | None = None
    media_category: MediaCategory | None = None
    total_bytes: int | None = Field(default=None, ge=0, le=17_179_869_184)
    shared: bool = False
    additional_owners: list[Id] = []


class Append(_Body):
    """The body of ``POST /2/media/upload/{id}/append``."""

    media: Bytes
    segment_index: Annotated[int, BeforeValidator(_counted), Field(ge=0, le=999)]


class UploadStatus(BaseModel):
    """The query of ``GET /2/media/upload``."""

    model_config = ConfigDict(extra="forbid")

    media_id: Id
    command: Literal["STATUS"] = "STATUS"


class AltText(_Body):
    """``metadata.alt_text``."""

    text: str = Field(max_length=1000)


class AboutMedia(BaseModel):
    """``metadata``, as far as the twin keeps it."""

    alt_text: AltText | None = None


class Metadata(BaseModel):
    """The body of ``POST /2/media/metadata``."""

    id: Annotated[Id, Strict()]
    metadata: AboutMedia | None = None


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
    expansions: Annotated[frozenset[str], BeforeValidator(_listed)] = frozenset()
    user_fields: str = Field(default="", alias="user.fields")
    media_fields: Annotated[frozenset[str], BeforeValidator(_listed)] = Field(
        default=frozenset(), alias="media.fields"
    )
    poll_fields: str = Field(default="", alias="poll.fields")
    place_fields: str = Field(default="", alias="place.fields")

    @property
    def fields(self) -> frozenset[str]:
        return self.tweet_fields | self.post_fields

    @property
    def includes_media(self) -> bool:
        return "attachments.media_keys" in self.expansions

    def covers(self, tweet_id: int, at: datetime) -> bool:
        """Whether a post with this id, accepted then, is asked for."""
        if self.since_id and tweet_id <= int(self.since_id):
            return False
        if self.until_id and tweet_id >= int(self.until_id):
            return False
        if self.start_time and at < self.start_time:
            return False
        return not (self.end_time and at >= self.end_time)


def read_request(model: type[Asked], value: Any) -> Asked:
    """A body or a query as its schema reads it; raises Refused with every complaint."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Refused(invalid_request(_complaints(error))) from error


def _complaints(error: ValidationError) -> list[dict[str, Any]]:
    """A failed check as the ``errors`` of X's ``invalid-request`` answer."""
    out = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(map(str, problem["loc"])) or "body"
        message = f"The `{place}` parameter is not valid: {problem['msg']}"
        out.append({"message": message, "parameters": {place: []}})
    return out
