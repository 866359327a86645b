"""What an author chooses for TikTok, and what a request says of it (contract sheet 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from postclock.errors import Problem
from postclock.services.platforms.client import Options
from postclock.services.platforms.drafting import Draft
from postclock.services.platforms.options import chosen, read_options

Privacy = Literal["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"]
LISTED: Privacy = "PUBLIC_TO_EVERYONE"
"""The one whose posts get a public id and are listed."""
ONLY_ME: Privacy = "SELF_ONLY"
AUDIENCES: Mapping[str, str] = {
    LISTED: "everyone",
    "MUTUAL_FOLLOW_FRIENDS": "friends",
    "FOLLOWER_OF_CREATOR": "followers",
    ONLY_ME: "only me",
}
MAX_CAPTION = 2200
MAX_TITLE, MAX_DESCRIPTION = 90, 4000
"""Of photos. Everything in UTF-16 code units."""


class TikTokOptions(Options):
    """TikTok's own choices."""

    privacy: Privacy | None = Field(
        None,
        title="Who can see it",
        description="TikTok wants this chosen for each post; which of them there are, the account's"
        " own settings decide.",
    )
    mode: Literal["direct", "inbox"] = Field(
        "direct",
        title="How it is posted",
        description="“inbox” puts it into the inbox of the TikTok app, where it is finished by"
        " hand: everything chosen here is chosen there.",
    )
    allow_comment: bool = Field(False, title="Allow comments")
    allow_duet: bool = Field(False, title="Allow duets", description="Videos only.")
    allow_stitch: bool = Field(False, title="Allow stitches", description="Videos only.")
    brand_content: bool = Field(
        False,
        title="Paid partnership",
        description="It promotes somebody else's brand: TikTok labels it so. Never for “only me”.",
    )
    brand_organic: bool = Field(
        False, title="Your own brand", description="It promotes you or your business."
    )
    is_aigc: bool = Field(False, title="Made with AI")
    cover_ms: int | None = Field(
        None,
        ge=0,
        title="Cover",
        description="Which moment of the video is its cover, in milliseconds.",
    )
    title: str | None = Field(
        None, title="Title", description="Of photos, up to 90 characters; the text stands below it."
    )
    auto_add_music: bool = Field(False, title="Add music", description="Photos only.")


def utf16(text: str) -> int:
    """How many UTF-16 code units ``text`` has; TikTok counts so."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def option_problems(draft: Draft) -> list[Problem]:
    """What is missing or contradictory in the choices."""
    said, problems = read_options(TikTokOptions, draft)
    if said is None:
        return problems
    direct = said.mode == "direct"
    if direct and said.privacy is None:
        message = "TikTok wants you to choose who can see this post: there is no usual choice."
        problems.append(Problem("privacy_missing", message, "options.privacy"))
    if direct and said.brand_content and said.privacy == ONLY_ME:
        message = "A paid partnership cannot be for “only me”: TikTok shows it to friends at least."
        problems.append(Problem("privacy_too_narrow", message, "options.privacy"))
    if (length := utf16(said.title or "")) > MAX_TITLE:
        message = (
            f"TikTok counts {length} of {MAX_TITLE} characters in the title: "
            f"shorten by {length - MAX_TITLE}."
        )
        problems.append(Problem("title_too_long", message, "options.title"))
    ends = next((one.duration for one in draft.media if one.duration), None)
    if said.cover_ms is not None and ends is not None and said.cover_ms > ends * 1000:
        message = f"The cover is at {said.cover_ms / 1000:g} s, the video ends at {ends:.1f} s."
        problems.append(Problem("cover_outside", message, "options.cover_ms"))
    return problems


def is_inbox(draft: Draft) -> bool:
    """Whether a person finishes it in the app."""
    return draft.options.get("mode") == "inbox"


def is_listed(draft: Draft) -> bool:
    """Whether everybody sees it, so that it gets a public id."""
    return not is_inbox(draft) and draft.options.get("privacy") == LISTED


def video_body(draft: Draft, source: Mapping[str, Any], closed: Sequence[str]) -> dict[str, Any]:
    """What a video's init is sent; ``closed`` are the interactions the account has turned off."""
    said = chosen(TikTokOptions, draft)
    if said.mode == "inbox":
        return {"source_info": dict(source)}
    info: dict[str, Any] = {
        "title": draft.text,
        "privacy_level": said.privacy,
        "disable_duet": not said.allow_duet or "duet" in closed,
        "disable_comment": not said.allow_comment or "comment" in closed,
        "disable_stitch": not said.allow_stitch or "stitch" in closed,
        "brand_content_toggle": said.brand_content,
        "brand_organic_toggle": said.brand_organic,
        "is_aigc": said.is_aigc,
    }
    if said.cover_ms is not None:
        info["video_cover_timestamp_ms"] = said.cover_ms
    return {"post_info": info, "source_info": dict(source)}


def photo_body(
    draft: Draft, links: Sequence[str], closed: Sequence[str], *, aigc_inside: bool
) -> dict[str, Any]:
    """What the init of photos is sent: it publishes them."""
    said = chosen(TikTokOptions, draft)
    info: dict[str, Any] = {"title": said.title or "", "description": draft.text}
    body: dict[str, Any] = {
        "media_type": "PHOTO",
        "post_mode": "MEDIA_UPLOAD" if said.mode == "inbox" else "DIRECT_POST",
        "post_info": info,
        "source_info": {
            "source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": list(links),
        },
    }  # fmt: skip
    if said.mode == "direct":
        info |= {
            "privacy_level": said.privacy,
            "disable_comment": not said.allow_comment or "comment" in closed,
            "auto_add_music": said.auto_add_music,
            "brand_content_toggle": said.brand_content,
            "brand_organic_toggle": said.brand_organic,
        }
    if said.is_aigc:
        (info if aigc_inside else body)["is_aigc"] = True
    return body
