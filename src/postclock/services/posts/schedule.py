"""What has to do with a post's moment: scheduling, unscheduling, publishing now, retrying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.db.session import Tx
from postclock.errors import Conflict, Invalid, Problem
from postclock.services.accounts.model import Account
from postclock.services.accounts.queries import list_accounts
from postclock.services.media import queries as media
from postclock.services.people.model import Who
from postclock.services.platforms.base import Platform
from postclock.services.platforms.quotas import Windows
from postclock.services.posts import queries
from postclock.services.posts.content import media_ids
from postclock.services.posts.drafts import Files, check_drafts, leads
from postclock.services.posts.model import RETRYABLE, Post, Wish
from postclock.services.posts.moments import Moment, read_moment, require_not_past
from postclock.services.posts.reservations import UNLIMITED, Standing, reserve

Platforms = Mapping[str, Platform]
UNARMED = frozenset({"draft", "ready_to_publish"})
GOING_OUT = frozenset({"scheduled", "publishing", "published", "partially_published"})


def read_wish(
    post: Post, wish: Wish, wanted: str, now: datetime
) -> tuple[Moment | None, list[Problem], dict[str, Any]]:
    """Write the author's moment into the post; what to arm, and what is wrong with it."""
    if wish.scheduled_at is None:
        if wanted != "scheduled":
            return None, [], {}
        if post.scheduled_at is None:
            message = "Choose the moment to publish at."
            return None, [Problem("time_missing", message, "scheduled_at")], {}
        stored = Moment(post.scheduled_at, post.local_time, post.time_zone, post.fold)
        return stored, _stale(post, post.scheduled_at, now), {}
    zone = post.time_zone if wish.time_zone is None else wish.time_zone
    try:
        moment = read_moment(wish.scheduled_at, zone, wish.fold, now)
    except Invalid as error:
        return None, list(error.problems), error.extra
    post.scheduled_at, post.local_time = moment.instant, moment.local_time
    post.time_zone, post.fold = moment.time_zone, moment.fold
    return (moment if wanted == "scheduled" else None), [], {}


def _stale(post: Post, stored: datetime, now: datetime) -> list[Problem]:
    """A stored moment that has passed arms nothing, unless the post waits for it already."""
    if post.status == "scheduled":
        return []
    try:
        require_not_past(stored, now)
    except Invalid as error:
        return list(error.problems)
    return []


async def arm(tx: Tx, who: Who, platforms: Platforms, post: Post, moment: Moment) -> None:
    """Have the post published at ``moment``; a moment just past is now."""
    await arm_at(tx, platforms, post, moment.instant)
    at = moment.instant.isoformat()
    await tell(tx, who, post, Kind.POST_SCHEDULED, "Scheduled", {"scheduled_at": at})


async def unschedule(tx: Tx, who: Who, post: Post, wish: Wish, status: str) -> None:
    """Take the moment back before it comes, or mark a draft as ready (its moment stays)."""
    armed = post.status not in UNARMED
    await queries.disarm(tx, post)
    post.status = status
    if armed and wish.scheduled_at is None:
        forget_moment(post)
    kind, message = (
        (Kind.POST_UNSCHEDULED, "Unscheduled") if armed
        else (Kind.POST_EDITED, f"Marked as {status.replace('_', ' ')}")
    )  # fmt: skip
    await tell(tx, who, post, kind, message)


def forget_moment(post: Post) -> None:
    post.scheduled_at = post.local_time = post.time_zone = post.fold = None


async def publish_now(
    tx: Tx, who: Who, platforms: Platforms, post: Post, undo: timedelta, *,
    windows: Windows = UNLIMITED, accept: bool = False,
) -> Sequence[Standing]:  # fmt: skip
    """Arm the post for now, or for ``undo`` from now so that the author can take it back."""
    await _require_idle(tx, post)
    if post.status == "published":
        raise Conflict("already_published", "This post is published already.")
    await require_sendable(tx, platforms, post)
    targets = await targets_of(tx, post)
    standings = await reserve(tx, windows, post, targets, tx.now + undo, accept=accept)
    await _arm_now(tx, platforms, post, tx.now + undo)
    await tell(tx, who, post, Kind.POST_PUBLISH_NOW, "Publish now")
    return standings


async def retry(
    tx: Tx, who: Who, platforms: Platforms, post: Post, *,
    windows: Windows = UNLIMITED, accept: bool = False,
) -> Sequence[Standing]:  # fmt: skip
    """Send again, now, what did not get out; what is published stays."""
    await _require_idle(tx, post)
    if not _has_stopped(post.status, await queries.states(tx, post)):
        raise Conflict(
            "not_retryable", f"A post that is {post.status.replace('_', ' ')} has nothing to retry."
        )
    await require_sendable(tx, platforms, post)
    targets = await targets_of(tx, post)
    standings = await reserve(tx, windows, post, targets, tx.now, accept=accept)
    await _arm_now(tx, platforms, post, tx.now)
    await tell(tx, who, post, Kind.POST_RETRIED, "Retry")
    return standings


def _has_stopped(status: str, states: set[str]) -> bool:
    """Whether something of it waits for a person: a workspace may have failed posts as drafts."""
    return status in RETRYABLE or "held" in states or (status == "draft" and "failed" in states)


def asked_moment(post: Post, text: str, now: datetime) -> Moment:
    """The moment a registration names; the one the post has already may be past by now."""
    try:
        return read_moment(text, post.time_zone, post.fold, now)
    except Invalid as error:
        if error.code == "time_past" and post.scheduled_at:
            again = read_moment(text, post.time_zone, post.fold, post.scheduled_at)
            if again.instant == post.scheduled_at:
                return again
        raise


async def register(
    tx: Tx, who: Who, platforms: Platforms, post: Post, asked: Moment, platform: str
) -> bool:
    """Confirm that the stored post goes out at ``asked``; whether that changed anything.

    The stored post decides: the same instant again changes nothing (also once it is on its way
    or out), another stored instant is a Conflict with both; ``ready_to_publish`` becomes
    scheduled. Raises Invalid when ``platform`` is not one of its targets.
    """
    if platform not in post.platforms:
        message = f"This post does not go to “{platform[:40]}”."
        problems = [Problem("platform_not_targeted", message, "platform")]
        raise Invalid("platform_not_targeted", message, problems=problems)
    if post.scheduled_at is not None and post.scheduled_at != asked.instant:
        raise Conflict(
            "scheduled_elsewhen",
            "This post has another moment.",
            extra={"stored": post.scheduled_at.isoformat(), "asked": asked.instant.isoformat()},
        )
    if post.scheduled_at is not None and post.status in GOING_OUT:
        return False
    await _require_idle(tx, post)
    if post.status not in UNARMED:
        raise Conflict("not_schedulable", f"This post is {post.status.replace('_', ' ')}.")
    if "failed" in await queries.states(tx, post):
        require_not_past(asked.instant, tx.now)  # what failed at a moment needs another one
    await require_sendable(tx, platforms, post)
    if post.scheduled_at is None:
        post.scheduled_at, post.local_time = asked.instant, asked.local_time
        post.time_zone, post.fold = asked.time_zone, asked.fold
    post.version += 1
    await arm(tx, who, platforms, post, asked)
    return True


async def _require_idle(tx: Tx, post: Post) -> None:
    if await queries.is_publishing(tx, post):
        raise queries.already_publishing()


async def problems_of(
    tx: Tx, platforms: Platforms, post: Post, targets: Sequence[Account] | None = None
) -> list[Problem]:
    """Everything that keeps the post, as it is stored, from going to ``targets`` (else all)."""
    targets = await targets_of(tx, post) if targets is None else targets
    files = await files_of(tx, post.workspace_id, post.content)
    problems = check_drafts(post.content, targets, platforms, files)
    if not targets:
        message = "Choose at least one account to publish to."
        problems.append(Problem("targets_missing", message, "platforms"))
    return problems


async def require_sendable(
    tx: Tx, platforms: Platforms, post: Post, targets: Sequence[Account] | None = None
) -> None:
    """Raise Invalid with everything that keeps the post from going to ``targets`` (else all)."""
    if problems := await problems_of(tx, platforms, post, targets):
        detail = problems[0].message
        raise Invalid(problems[0].code, detail, problems=problems)


async def _arm_now(tx: Tx, platforms: Platforms, post: Post, due_at: datetime) -> None:
    forget_moment(post)
    post.scheduled_at = due_at
    post.updated_at = tx.now
    post.version += 1
    await arm_at(tx, platforms, post, due_at)


async def arm_at(tx: Tx, platforms: Platforms, post: Post, due_at: datetime) -> None:
    """Give every target its moment, and what carries pictures the time to upload them."""
    files = await files_of(tx, post.workspace_id, post.content)
    targets = await targets_of(tx, post) if files else []
    await queries.arm(tx, post, due_at, leads(post.content, targets, platforms, files))


async def files_of(tx: Tx, workspace_id: UUID, content: Mapping[str, Any]) -> Files:
    """The files ``content`` names, kept from being deleted until the transaction ends."""
    return await media.keep_files(tx, workspace_id, media_ids(content))


async def targets_of(tx: Tx, post: Post) -> list[Account]:
    """The accounts the post goes to."""
    accounts = await list_accounts(tx, post.workspace_id)
    return [account for account in accounts if account.id in post.account_ids]


async def tell(
    tx: Tx, who: Who, post: Post, kind: Kind, message: str, details: Mapping[str, Any] | None = None
) -> None:
    """Leave a line in the activity log and tell everybody who watches, with the commit."""
    await tx.session.flush()
    event = Event(post.workspace_id, kind, message, post.id, who.user_id, details or {})
    await audit.append(tx, event)
    await queries.announce(tx, post)
