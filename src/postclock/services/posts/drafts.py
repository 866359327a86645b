"""What each account is asked to publish: the one place where content becomes a draft.

A request that checks or schedules and a node that publishes build it here from the same content;
``files`` are those of ``media_ids(content)``, as services/media/queries.py reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from postclock.errors import Problem
from postclock.services.media.fitting import fitting
from postclock.services.media.model import File
from postclock.services.platforms.base import Platform
from postclock.services.platforms.capabilities import ImageLimits
from postclock.services.platforms.drafting import Draft, Media, Segment
from postclock.services.posts.content import (
    MediaUse,
    media_for,
    options_for,
    place_of,
    text_for,
    thread_for,
)

Files = Mapping[UUID, File]
NO_SUCH_FILE = "This picture is not there (any more): take it out or upload it again."


class Addressee(Protocol):
    """Whom a draft is for: an account."""

    @property
    def id(self) -> UUID: ...

    @property
    def platform(self) -> str: ...


def draft_for(
    content: Mapping[str, Any], platform: Platform, account_id: UUID, files: Files
) -> Draft:
    """What ``content`` asks one account to publish, each picture as it will be sent; a file that
    is not there is left out."""
    name, limits = platform.name, platform.capabilities.images
    return Draft(
        text_for(content, name, account_id),
        _shown(media_for(content, name, account_id), files, limits),
        tuple(
            Segment(part.text, _shown(part.media, files, limits))
            for part in thread_for(content, name, account_id)
        ),
        options_for(content, name, account_id),
    )


def _shown(uses: Sequence[MediaUse], files: Files, limits: ImageLimits | None) -> tuple[Media, ...]:
    found = [(use, fitting(files[use.id].media, limits)) for use in uses if use.id in files]
    return tuple(media if use.alt is None else replace(media, alt=use.alt) for use, media in found)


def draft_problems(
    content: Mapping[str, Any], platform: Platform, account_id: UUID, files: Files
) -> list[Problem]:
    """Everything ``platform`` would refuse, and every file that is not there."""
    places: list[tuple[str, Sequence[MediaUse]]] = [
        ("media", media_for(content, platform.name, account_id))
    ]
    thread = thread_for(content, platform.name, account_id)
    places += [(f"thread.{i}.media", part.media) for i, part in enumerate(thread)]
    missing = [
        Problem("media_unknown", NO_SUCH_FILE, f"{place}.{i}.id")
        for place, uses in places
        for i, use in enumerate(uses)
        if use.id not in files
    ]
    if missing:
        return missing
    draft = draft_for(content, platform, account_id, files)
    return [*_thread_problems(platform, draft), *platform.check(draft)]


def _thread_problems(platform: Platform, draft: Draft) -> list[Problem]:
    able, long = platform.capabilities, len(draft.segments)
    if long <= able.thread:
        return []
    if able.thread == 1:
        message = f"{able.label} has no threads: take the posts after the first one out for it."
        return [Problem("thread_refused", message, "thread")]
    message = f"{able.label} threads have up to {able.thread} posts, these are {long}."
    return [Problem("thread_too_long", message, "thread")]


def check_drafts(
    content: Mapping[str, Any],
    targets: Sequence[Addressee],
    platforms: Mapping[str, Platform],
    files: Files,
) -> list[Problem]:
    """Everything the platforms would refuse, for every target, and where in ``content`` it is."""
    problems: list[Problem] = []
    for account in targets:
        found = draft_problems(content, platforms[account.platform], account.id, files)
        for problem in found:
            field = problem.field or "text"
            place = place_of(content, account.platform, account.id, field.partition(".")[0])
            problems.append(Problem(problem.code, problem.message, f"content.{place}.{field}"))
    return list(dict.fromkeys(problems))


def leads(
    content: Mapping[str, Any],
    targets: Sequence[Addressee],
    platforms: Mapping[str, Platform],
    files: Files,
) -> dict[UUID, timedelta]:
    """How long before the moment each target's uploads begin; who has none is left out.

    Never earlier than the platform keeps an upload that is in no post.
    """
    found = {}
    for account in targets:
        platform = platforms[account.platform]
        lead = platform.lead(draft_for(content, platform, account.id, files))
        if lead is not None:
            found[account.id] = min(lead, platform.capabilities.keeps_uploads)
    return found
