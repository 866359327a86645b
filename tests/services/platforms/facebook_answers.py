"""What Facebook answers, for tests that script it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from postclock.services.platforms.base import Login
from postclock.services.platforms.drafting import Draft, Media

from .pictures import picture
from .scripted import NOW

PAGE, TOKEN = "1784", "page-token"
FEED = f"POST /v26.0/{PAGE}/feed"
PHOTOS = f"POST /v26.0/{PAGE}/photos"
VIDEOS = f"POST /video/v26.0/{PAGE}/videos"
REELS = f"POST /v26.0/{PAGE}/video_reels"
STORIES = f"POST /v26.0/{PAGE}/video_stories"
LIST = f"GET /v26.0/{PAGE}/published_posts"


def login_at(url: str) -> Login:
    """A Page's login whose every address is ``url``."""
    hosts = {"web": f"{url}/web", "video": f"{url}/video", "rupload": f"{url}/rupload"}
    secrets = {"access_token": TOKEN, "user_token": "person-token"}
    return Login(url, PAGE, "acme", secrets, hosts)


def post(number: int, message: str, at: datetime = NOW, *photos: str, **more: Any) -> Any:
    """A post of a list."""
    item: dict[str, Any] = {
        "id": f"{PAGE}_{number}", "message": message, "is_published": True,
        "created_time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{number}", **more,
    }  # fmt: skip
    shown = [{"media_type": "photo", "target": {"id": photo}} for photo in photos]
    if len(shown) > 1:
        shown = [{"media_type": "album", "target": {"id": "9"}, "subattachments": {"data": shown}}]
    return {**item, "attachments": {"data": shown}} if shown else item


def listed(*posts: Any, after: str = "") -> Any:
    """One answer with posts; ``after``: more follow."""
    paging = {"cursors": {"before": "b", "after": after}}
    return {"data": list(posts), "paging": {**paging, "next": "https://next"} if after else paging}


def status(
    video: str, publishing: str = "not_started", publish: str = "", **more: Any
) -> dict[str, Any]:
    """A video as it is asked for."""
    phase = {"status": publishing, **({"publish_status": publish} if publish else {})}
    uploading = {"status": "complete", "bytes_transfered": more.pop("received", 0)}
    processing = {"status": "in_progress", **more.pop("processing", {})}
    told = {
        "video_status": video, "uploading_phase": uploading, "processing_phase": processing,
        "publishing_phase": phase,
    }  # fmt: skip
    return {"id": "77", "status": told, **more}


ENDS = (NOW + timedelta(hours=9)).isoformat()


def staged(*ids: str, **more: Any) -> dict[str, Any]:
    """What is staged when each file of a draft is up."""
    entry = {"done": True, "expires_at": ENDS, **more}
    media = {str(picture(n).id): {"id": one, **entry} for n, one in enumerate(ids, 1)}
    return {"media": media}


def film(kind: str = "post", **options: Any) -> Draft:
    media = Media(picture(1).id, "video/mp4", 9000, 1080, 1920, duration=9.0, frame_rate=30.0)
    return Draft("A film", (media,), options={"kind": kind, **options})
