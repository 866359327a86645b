"""What a request to LinkedIn may hold. Source: the contract sheet of LinkedIn, section 2b."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from postclock.sandbox.linkedin_problems import invalid
from postclock.sandbox.twin import Refused

Asked = TypeVar("Asked", bound=BaseModel)
MediaUrn = Annotated[str, Field(pattern=r"^urn:li:(image|video):[\w-]{1,64}$")]
ImageUrn = Annotated[str, Field(pattern=r"^urn:li:image:[\w-]{1,64}$")]
MAX_ALT = 4086


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Medium(_Body):
    """``content.media``: one picture or one video."""

    id: MediaUrn
    title: str = ""
    altText: Annotated[str, Field(max_length=MAX_ALT)] = ""  # noqa: N815


class Image(_Body):
    """One of ``content.multiImage``."""

    id: ImageUrn
    altText: Annotated[str, Field(max_length=MAX_ALT)] = ""  # noqa: N815


class MultiImage(_Body):
    """``content.multiImage``."""

    images: list[Image] = Field(min_length=2, max_length=20)


class Article(_Body):
    """``content.article``."""

    source: str = Field(pattern=r"^https?://")
    title: str = Field(min_length=1, max_length=400)
    description: str = Field("", max_length=4086)
    thumbnail: ImageUrn | None = None


class Answer(_Body):
    """One of a poll's."""

    text: str = Field(min_length=1, max_length=30)


class PollSettings(_Body):
    """``content.poll.settings``."""

    duration: Literal["ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS"]


class Poll(_Body):
    """``content.poll``."""

    question: str = Field(min_length=1, max_length=140)
    options: list[Answer] = Field(min_length=2, max_length=4)
    settings: PollSettings


class Content(_Body):
    """``content``: one of these."""

    media: Medium | None = None
    multiImage: MultiImage | None = None  # noqa: N815
    article: Article | None = None
    poll: Poll | None = None

    def pictured(self) -> list[tuple[str, str]]:
        """The files it shows, each with its alternative text."""
        if self.media:
            return [(self.media.id, self.media.altText)]
        if self.multiImage:
            return [(one.id, one.altText) for one in self.multiImage.images]
        if self.article and self.article.thumbnail:
            return [(self.article.thumbnail, "")]
        return []


class Distribution(_Body):
    """``distribution``."""

    feedDistribution: Literal["MAIN_FEED", "NONE"]  # noqa: N815
    targetEntities: list[Any] = []  # noqa: N815
    thirdPartyDistributionChannels: list[Any] = []  # noqa: N815


class CreatePost(_Body):
    """The body of ``POST /rest/posts``."""

    author: str
    commentary: str
    visibility: Literal["PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER"]
    distribution: Distribution
    lifecycleState: Literal["PUBLISHED"]  # noqa: N815
    content: Content | None = None
    isReshareDisabledByAuthor: bool = False  # noqa: N815


class Message(_Body):
    """``message`` of a comment: plain text."""

    text: str = Field(min_length=1, max_length=1250)
    attributes: list[Any] = []


class CreateComment(_Body):
    """The body of ``POST /rest/socialActions/{urn}/comments``."""

    actor: str
    object: str
    message: Message


CODES = {"missing": "MISSING_FIELD", "string_too_long": "FIELD_LENGTH_TOO_LONG"}


def read_request(model: type[Asked], value: Any) -> Asked:
    """A body as its description reads it; raises Refused with the first complaint."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = "/" + "/".join(map(str, wrong["loc"]))
        named = CODES.get(wrong["type"], "INVALID_VALUE_FOR_FIELD")
        words = f"{place} :: {wrong['msg']}"
        raise Refused(invalid(words, named, words, {"inputPath": {"fieldPath": place}})) from error
