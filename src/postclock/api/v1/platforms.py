"""The platforms Postclock can publish to, and what each takes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from postclock.api.deps import PartsOf, Signed
from postclock.services.platforms.base import Platform

router = APIRouter(tags=["platforms"])


class TextLimitsOut(BaseModel):
    maximum: int
    unit: str
    counting: str
    url_length: int | None
    maximum_bytes: int | None
    required: bool = Field(description="Whether media without a text are refused.")


class ImageLimitsOut(BaseModel):
    most: int = Field(description="Pictures in one post.")
    types: list[str] = Field(examples=[["image/jpeg", "image/png"]])
    max_bytes: int
    max_alt: int = Field(description="Characters of alt text; 0: it takes none.")
    max_pixels: int | None = Field(description="Width × height.")
    min_width: int | None
    max_width: int | None = Field(description="A wider one is made smaller before it is sent.")
    min_ratio: float | None = Field(description="Width ÷ height.")
    max_ratio: float | None


class VideoLimitsOut(BaseModel):
    types: list[str] = Field(examples=[["video/mp4"]])
    max_bytes: int
    min_seconds: float
    max_seconds: float | None
    min_side: int | None
    max_side: int | None
    min_ratio: float | None
    max_ratio: float | None
    min_frame_rate: float | None
    max_frame_rate: float | None
    codecs: list[str] = Field(description="Video codecs as FFmpeg names them; empty: any.")
    most: int
    max_alt: int


class PlatformOut(BaseModel):
    """What a platform takes, so that a client can count, check and ask as it does."""

    name: str
    label: str
    text: TextLimitsOut
    images: ImageLimitsOut | None = Field(description="Null: it takes no pictures.")
    videos: VideoLimitsOut | None = Field(description="Null: it takes no videos.")
    mixes: bool = Field(description="Whether pictures and videos may stand in one post.")
    needs_media: bool = Field(description="Whether a text alone is refused.")
    kinds: list[str] = Field(description="What the option `kind` may be, the usual one first.")
    thread: int = Field(description="Posts a thread may have; 1: it has no threads.")
    first_comment: bool
    deletes: bool = Field(description="Whether a published post can be taken back from here.")
    options_schema: dict[str, Any] = Field(description="JSON schema of a post's `options` for it.")

    @classmethod
    def of(cls, platform: Platform) -> PlatformOut:
        able = platform.capabilities
        return cls(
            name=platform.name, label=able.label,
            text=TextLimitsOut.model_validate(asdict(able.text)),
            images=ImageLimitsOut.model_validate(asdict(able.images)) if able.images else None,
            videos=VideoLimitsOut.model_validate(asdict(able.videos)) if able.videos else None,
            mixes=able.mixes, needs_media=able.needs_media, kinds=list(able.kinds),
            thread=able.thread, first_comment=able.first_comment, deletes=able.deletes,
            options_schema=platform.options.model_json_schema(),
        )  # fmt: skip


class PlatformList(BaseModel):
    items: list[PlatformOut]


@router.get("/platforms")
async def get_platforms(parts: PartsOf, _who: Signed) -> PlatformList:
    """The platforms Postclock can publish to."""
    return PlatformList(items=[PlatformOut.of(one) for one in parts.platforms.values()])
