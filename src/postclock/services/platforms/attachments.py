"""Pictures or one video, where a platform does not mix them; and the same for a whole thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from postclock.errors import Problem
from postclock.services.platforms.capabilities import Capabilities, ImageLimits
from postclock.services.platforms.drafting import Draft, Media, Segment
from postclock.services.platforms.images import image_problems
from postclock.services.platforms.videos import video_problems


def attachment_problems(
    able: Capabilities, media: Sequence[Media], *, moving: ImageLimits | None = None
) -> list[Problem]:
    """Everything a platform would refuse about the files of one post.

    ``moving`` are the limits of moving pictures, where it takes one, by itself.
    """
    videos = [one for one in media if one.is_video]
    if not videos:
        return image_problems(able.label, media, able.images, moving=moving)
    problems = video_problems(able.label, media, able.videos)
    if len(videos) < len(media):
        message = f"{able.label} takes a video only by itself: take the pictures out."
        problems.append(Problem("media_mixed", message, "media"))
    return problems


def thread_problems(
    able: Capabilities, draft: Draft, check: Callable[[Segment], list[Problem]]
) -> list[Problem]:
    """``check`` for each post of a draft, with where in the draft its problems are."""
    problems = check(draft.segments[0])
    for i, segment in enumerate(draft.thread):
        problems += [
            replace(problem, field=f"thread.{i}.{problem.field or 'text'}")
            for problem in check(segment)
        ]
    if len(draft.segments) > able.thread:
        message = f"{able.label} takes up to {able.thread} posts in a thread, these are "
        message += f"{len(draft.segments)}."
        problems.append(Problem("thread_too_long", message, "thread"))
    return problems
