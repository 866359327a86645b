"""What a platform can do, as data: the web app, the checks and the queue read the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from postclock.scheduler.model import Window

Kind = Literal["post", "reel", "story"]


@dataclass(frozen=True, slots=True)
class TextLimits:
    """How long a text may be, counted as the platform counts."""

    maximum: int
    unit: str
    """What one unit is, in a word for a person: ``characters``."""
    counting: str
    """The counting rule, shared with the web app: ``weighted``, ``graphemes``, ``mastodon``,
    ``utf16``, ``code_points``, ``bytes``."""
    url_length: int | None = None
    maximum_bytes: int | None = None
    required: bool = False
    """Whether media without a text are refused."""


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Which images a platform takes."""

    most: int
    """How many in one post."""
    types: frozenset[str]
    """MIME types."""
    max_bytes: int
    max_alt: int
    """Characters of alt text; 0: it takes none."""
    max_pixels: int | None = None
    """Width × height."""
    min_width: int | None = None
    max_width: int | None = None
    """A wider one is made smaller before it is sent."""
    min_ratio: float | None = None
    max_ratio: float | None = None
    """Width ÷ height; what stands outside has to be cropped by its author."""


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """Which videos a platform takes."""

    types: frozenset[str]
    """MIME types."""
    max_bytes: int
    min_seconds: float = 0
    max_seconds: float | None = None
    min_side: int | None = None
    max_side: int | None = None
    """Pixels of the shorter and of the longer side."""
    min_ratio: float | None = None
    max_ratio: float | None = None
    """Width ÷ height."""
    min_frame_rate: float | None = None
    max_frame_rate: float | None = None
    codecs: frozenset[str] = frozenset()
    """Video codecs, as FFmpeg names them; empty: any."""
    most: int = 1
    """How many in one post."""
    max_alt: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do and how long it takes, as data."""

    label: str
    base_url: str | None
    """Where its API answers; None when each account has a server of its own."""
    text: TextLimits
    read_lag: timedelta
    """How long after accepting a post the platform may still not show it."""
    guarded_resend: bool
    """Whether one more attempt is allowed after looks that did not see the post."""
    images: ImageLimits | None = None
    """None: it takes none."""
    videos: VideoLimits | None = None
    """None: it takes none."""
    mixes: bool = False
    """Whether images and videos may stand in one post."""
    needs_media: bool = False
    """Whether a text alone is refused."""
    needs_video: bool = False
    """Whether pictures alone are refused, too: they go beside a video."""
    kinds: tuple[Kind, ...] = ("post",)
    """What an author may choose by the option ``kind``, the usual one first."""
    thread: int = 1
    """How many posts a thread may have; 1: it has no threads."""
    first_comment: bool = False
    """Whether the option ``first_comment`` is posted below the post."""
    deletes: bool = True
    """Whether an app may take a post back."""
    pulls: bool = False
    """Whether it fetches media from a public address of ours."""
    quotas: tuple[Window, ...] = ()
    """How many posts an account may publish; settings may say otherwise."""
    keeps_uploads: timedelta = timedelta(hours=24)
    """How long the platform keeps an upload that is in no post."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Its other addresses by name; ``web`` is where the browser goes to give consent."""
