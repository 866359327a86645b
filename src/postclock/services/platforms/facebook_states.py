"""What Facebook says of a video (contract sheet 2.b), and what that means for its post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from postclock.errors import Problem
from postclock.services.platforms.json_reading import field, objects, word

STATUS = "status,published,post_id,permalink_url"
COMPLETE = frozenset({"complete", "completed"})
FAILED = frozenset({"error", "upload_failed"})
PHASES = ("uploading_phase", "processing_phase", "publishing_phase")


@dataclass(frozen=True, slots=True)
class VideoState:
    """How far a video is."""

    video: str
    """``uploading``, ``upload_complete``, ``processing``, ``ready``, ``expired``, …"""
    phases: tuple[str, str, str]
    """Of uploading, processing, publishing."""
    publish_status: str
    published: bool
    received: int
    """Bytes that Facebook has."""
    post_id: str
    url: str
    words: str
    """What went wrong."""

    @property
    def failed(self) -> bool:
        """Whether it never will be public."""
        said = {self.video, self.publish_status, *self.phases}
        return not self.public and bool(said & FAILED)

    @property
    def expired(self) -> bool:
        return self.video == "expired"

    @property
    def uploaded(self) -> bool:
        """Whether it may be shown."""
        return self.video in ("upload_complete", "ready")

    @property
    def public(self) -> bool:
        """Whether it is public."""
        if self.publish_status == "published" and self.phases[2] in COMPLETE:
            return True
        return not self.publish_status and self.video == "ready" and self.published

    @property
    def under_way(self) -> bool:
        """Whether Facebook was told to publish it, as far as can be seen."""
        return self.publish_status in ("published", "scheduled") or self.phases[2] in (
            "in_progress", *COMPLETE,
        )  # fmt: skip

    @property
    def problem(self) -> Problem:
        """Why it will not be public."""
        words = self.words or "it gave no reason"
        return Problem("media_refused", f"Facebook could not use the video: {words}")


def read_state(body: Any) -> VideoState:
    """The state that an answer tells; what it does not tell reads as empty."""
    status = field(body, "status")
    received = word(field(status, "uploading_phase", "bytes_transfered"))
    uploading, processing, publishing = (word(field(status, name, "status")) for name in PHASES)
    return VideoState(
        video=word(field(status, "video_status")),
        phases=(uploading, processing, publishing),
        publish_status=word(field(status, "publishing_phase", "publish_status")),
        published=field(body, "published") is True,
        received=int(received) if received.isdecimal() else 0,
        post_id=word(field(body, "post_id")),
        url=word(field(body, "permalink_url")),
        words="; ".join(_errors(status)),
    )


def _errors(status: Any) -> list[str]:
    """What went wrong, in Facebook's words; its list is called ``error`` or ``errors``."""
    found = []
    for phase in PHASES:
        for name in ("errors", "error"):
            said = field(status, phase, name)
            listed = [said] if isinstance(said, dict) else objects(said)
            for one in listed:
                number = word(one.get("code"))
                text = word(one.get("message")) or "an error"
                found.append(f"{text} ({number})" if number else text)
    return found
