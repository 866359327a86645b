"""The platforms Postclock can publish to, and what each takes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.services.accounts.apps import keys_ready, needs_no_keys
from postclock.services.accounts.ways import callback_url
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


class FieldOut(BaseModel):
    """Something a person types to connect an account."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    label: str
    secret: bool
    hint: str


class WayOut(BaseModel):
    """One way to connect an account."""

    name: str
    label: str = Field(examples=["Page"])
    kind: Literal["oauth", "typed"] = Field(
        description="By consent in the browser (`/oauth/{platform}/start`), or by typing `fields` "
        "(`/accounts/connect`)."
    )
    fields: list[FieldOut]
    asks_server: bool = Field(description="Whether a person names the server.")
    keys: str | None = Field(description="The app keys it needs; see `/app-keys`.")
    ready: bool = Field(description="Whether these are there; a sandbox profile needs none.")
    callback_url: str = Field(description="The redirect address for the platform's pages.")


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
    ways: list[WayOut] = Field(description="How an account is connected, the usual way first.")

    @classmethod
    def of(cls, platform: Platform, ready: Collection[str], public_url: str) -> PlatformOut:
        """``ready`` names the app keys that are there."""
        able = platform.capabilities
        back = callback_url(public_url, platform.name)
        return cls(
            name=platform.name, label=able.label,
            text=TextLimitsOut.model_validate(asdict(able.text)),
            images=ImageLimitsOut.model_validate(asdict(able.images)) if able.images else None,
            videos=VideoLimitsOut.model_validate(asdict(able.videos)) if able.videos else None,
            mixes=able.mixes, needs_media=able.needs_media, kinds=list(able.kinds),
            thread=able.thread, first_comment=able.first_comment, deletes=able.deletes,
            options_schema=platform.options.model_json_schema(),
            ways=[
                WayOut(
                    name=way.name, label=way.label, kind=way.kind, asks_server=way.asks_server,
                    keys=way.keys, fields=[FieldOut.model_validate(one) for one in way.fields],
                    ready=needs_no_keys(way, ready), callback_url=back,
                )
                for way in platform.ways
            ],
        )  # fmt: skip


class PlatformList(BaseModel):
    items: list[PlatformOut]


@router.get("/platforms")
async def get_platforms(tx: UserTx, parts: PartsOf, who: Signed) -> PlatformList:
    """The platforms Postclock can publish to, and how accounts of them are connected."""
    known, url = parts.platforms.values(), parts.settings.public_url
    ready = await keys_ready(tx, parts.apps, who.workspace_id, known)
    return PlatformList(items=[PlatformOut.of(one, ready, url) for one in known])
