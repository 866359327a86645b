"""Files that people upload, and what the rest of the program is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from postclock.db.base import Base
from postclock.services.platforms.drafting import Media

MAX_ALT = 2000
"""Characters of alt text that are kept; each platform says how many of them it takes."""
MAX_NAME = 200
Kind = Literal["image", "video"]


@dataclass(frozen=True, slots=True)
class Probed:
    """A file's type, its size as shown, whether it moves; and for a video what else there is."""

    mime_type: str
    width: int
    height: int
    animated: bool = False
    duration: float | None = None
    frame_rate: float | None = None
    video_codec: str = ""
    audio_codec: str = ""


class StoredMedia(Base):
    """One uploaded file; its bytes are in the store under ``storage_key``."""

    __tablename__ = "media"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    mime_type: Mapped[str]
    size: Mapped[int] = mapped_column("bytes", BigInteger())
    width: Mapped[int | None]
    height: Mapped[int | None]
    animated: Mapped[bool] = mapped_column(default=False)
    sha256: Mapped[bytes]
    alt_text: Mapped[str] = mapped_column(default="")
    storage_key: Mapped[str]
    duration: Mapped[float | None]
    frame_rate: Mapped[float | None]
    video_codec: Mapped[str] = mapped_column(default="")
    audio_codec: Mapped[str] = mapped_column(default="")
    poster_key: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @property
    def is_still(self) -> bool:
        """Whether it is a picture that does not move."""
        return self.mime_type.startswith("image/") and not self.animated


@dataclass(frozen=True, slots=True)
class File:
    """A file as a draft needs it, with where its bytes are."""

    media: Media
    storage_key: str


@dataclass(frozen=True, slots=True)
class Usage:
    """How many files there are, how many of them are videos, and their bytes."""

    files: int
    videos: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes a picture and a video may have."""

    picture: int = 20_000_000
    video: int = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was received and looked into, its bytes already in the store."""

    id: UUID
    name: str
    probed: Probed
    size: int
    sha256: bytes
    storage_key: str
    poster_key: str | None
