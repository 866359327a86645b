"""How files look over the API."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from postclock.api.bodies import Body, Text
from postclock.api.uploads import Alt
from postclock.services.media.model import StoredMedia


class MediaOut(BaseModel):
    """An uploaded picture or video; `content_url` gives its bytes."""

    id: UUID
    name: str = Field(examples=["launch.jpg"])
    mime_type: str = Field(examples=["image/jpeg"])
    bytes: int
    width: int | None = Field(description="In pixels, as shown.")
    height: int | None
    animated: bool = Field(description="Whether a picture moves.")
    duration: float | None = Field(description="Seconds; null for a picture.")
    frame_rate: float | None = Field(description="Frames a second of a video.")
    video_codec: str = Field(examples=["h264"])
    audio_codec: str = Field(examples=["aac"], description="Empty: no sound.")
    alt_text: str
    content_url: str
    poster_url: str | None = Field(description="A still picture of a video.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: StoredMedia) -> MediaOut:
        at = f"/api/v1/media/{row.id}"
        return cls(
            id=row.id, name=row.name, mime_type=row.mime_type, bytes=row.size, width=row.width,
            height=row.height, animated=row.animated, duration=row.duration,
            frame_rate=row.frame_rate, video_codec=row.video_codec, audio_codec=row.audio_codec,
            alt_text=row.alt_text, content_url=f"{at}/content",
            poster_url=f"{at}/poster" if row.poster_key else None,
            created_at=row.created_at, updated_at=row.updated_at,
        )  # fmt: skip


class MediaPage(BaseModel):
    items: list[MediaOut]
    next_cursor: str | None


class MediaWish(Body):
    """What may change: what is said to people who do not see the picture."""

    alt_text: Alt


class MediaDetail(MediaOut):
    """The same, with how many posts carry it."""

    posts: int


class UsageOut(BaseModel):
    """What the workspace's files amount to."""

    files: int
    videos: int
    bytes: int


class FromUrl(Body):
    """Where a file is to be fetched from."""

    url: Text = Field(max_length=2000, examples=["https://example.org/launch.jpg"])
    alt_text: Alt = ""


class CropWish(Body):
    """A piece of a picture, in pixels as it is shown."""

    x: int = Field(ge=0, le=100_000, strict=True)
    y: int = Field(ge=0, le=100_000, strict=True)
    width: int = Field(ge=1, le=100_000, strict=True)
    height: int = Field(ge=1, le=100_000, strict=True)


class CropOut(BaseModel):
    """The largest piece from the middle whose shape a platform takes."""

    platform: str
    x: int
    y: int
    width: int
    height: int


class CropList(BaseModel):
    items: list[CropOut]
