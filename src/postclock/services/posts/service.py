"""What an author can do with a post: write, change, delete, copy.

Scheduling and the rest that touches the clock is in schedule.py. Every function runs in the
caller's transaction, locks the post before it changes it, and leaves a line in the activity log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from postclock.audit.model import Kind
from postclock.db.session import Tx
from postclock.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from postclock.ids import new_id
from postclock.services.accounts.queries import list_accounts
from postclock.services.people import queries as people
from postclock.services.people.model import Who
from postclock.services.platforms.quotas import Windows
from postclock.services.platforms.registry import CAPABILITIES
from postclock.services.posts import queries, schedule
from postclock.services.posts.belonging import apply_belonging, lock_belonging
from postclock.services.posts.content import (
    content_problems,
    merge,
    resolve_targets,
)
from postclock.services.posts.drafts import check_drafts
from postclock.services.posts.model import IdempotencyKey, Post, PostView, Wish
from postclock.services.posts.moments import Moment
from postclock.services.posts.reservations import UNLIMITED, Standing, reserve
from postclock.services.posts.schedule import Platforms


@dataclass(frozen=True, slots=True)
class Written:
    """A post as it was written, and the quotas of its accounts around its moment."""

    view: PostView
    quotas: Sequence[Standing] = ()


RESTORE_WITHIN = timedelta(days=1)


async def get(tx: Tx, who: Who, post_id: UUID) -> PostView:
    """The post; raises NotFound."""
    return await queries.view(tx, await require(tx, who, post_id))


async def require(
    tx: Tx, who: Who, post_id: UUID, *, lock: bool = False, deleted: bool = False
) -> Post:
    """The post itself, locked if asked; raises NotFound."""
    post = await queries.get_post(tx, who.workspace_id, post_id, lock=lock, deleted=deleted)
    if post is None:
        raise NotFound("not_found", "There is no such post.")
    return post


async def create(
    tx: Tx, who: Who, platforms: Platforms, wish: Wish, *, key: str | None = None,
    windows: Windows = UNLIMITED,
) -> Written:  # fmt: skip
    """A new post; with ``key``, the same request again answers the first one's post.

    Raises Invalid with every problem, Conflict when the key was used for another request.
    """
    require_writer(who)
    post = Post(
        id=new_id(), workspace_id=who.workspace_id, author_id=who.user_id, topic="", platforms=[],
        account_ids=[], content={}, status="draft", version=1, created_at=tx.now, updated_at=tx.now,
        late_policy=(await people.get_workspace(tx, who.workspace_id)).late_policy,
    )  # fmt: skip
    if key is not None and (before := await _used_before(tx, who, key, wish, post.id)):
        post = await require(tx, who, before, deleted=True)
        return Written(await queries.view(tx, post))
    goal = wish.status or ("scheduled" if wish.scheduled_at else "draft")
    moment = await _apply(tx, who, platforms, post, wish, goal)
    standings = await _reserve(tx, windows, post, wish, moment)
    post.status = "draft" if goal == "draft" else "ready_to_publish"
    tx.session.add(post)
    await schedule.tell(tx, who, post, Kind.POST_CREATED, "Post created")
    if moment:
        await schedule.arm(tx, who, platforms, post, moment)
    return Written(await queries.view(tx, post), standings)


async def _reserve(
    tx: Tx, windows: Windows, post: Post, wish: Wish, moment: Moment | None
) -> Sequence[Standing]:
    if moment is None:
        return ()
    targets = await schedule.targets_of(tx, post)
    accept = wish.accept_over_quota is True
    return await reserve(tx, windows, post, targets, moment.instant, accept=accept)


async def _used_before(tx: Tx, who: Who, key: str, wish: Wish, post_id: UUID) -> UUID | None:
    asked = json.dumps(asdict(wish), sort_keys=True, default=str)
    before = await queries.claim_key(
        tx,
        IdempotencyKey(
            workspace_id=who.workspace_id, key=key, post_id=post_id, created_at=tx.now,
            request_hash=hashlib.sha256(asked.encode()).digest(),
        ),
    )  # fmt: skip
    if before is None:
        return None
    if before.request_hash != hashlib.sha256(asked.encode()).digest():
        raise Conflict(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another post. Use a new one for a new post.",
        )
    return before.post_id


async def update(
    tx: Tx, who: Who, platforms: Platforms, post_id: UUID, wish: Wish, *, version: int | None,
    windows: Windows = UNLIMITED,
) -> Written:  # fmt: skip
    """Change what ``wish`` names; schedules, moves and unschedules too.

    Raises Conflict when the post is being published, is published, or is no longer at
    ``version``; Invalid with every problem.
    """
    require_writer(who)
    await lock_belonging(tx, who, wish)
    post = await require(tx, who, post_id, lock=True)
    await _require_editable(tx, post, wish, version)
    was = post.status
    moment = await _apply(tx, who, platforms, post, wish, wish.status or was)
    standings = await _reserve(tx, windows, post, wish, moment)
    post.version += 1
    post.updated_at = tx.now
    if moment and (was != "scheduled" or wish.scheduled_at is not None):
        await schedule.arm(tx, who, platforms, post, moment)
    elif wish.status in schedule.UNARMED and was != wish.status:
        await schedule.unschedule(tx, who, post, wish, wish.status)
    else:
        if moment:
            await schedule.arm_at(tx, platforms, post, moment.instant)
        await schedule.tell(tx, who, post, Kind.POST_EDITED, "Post edited")
    return Written(await queries.view(tx, post), standings)


async def _require_editable(tx: Tx, post: Post, wish: Wish, version: int | None) -> None:
    if post.status == "publishing" or await queries.is_publishing(tx, post):
        raise queries.already_publishing()
    if post.status == "published":
        raise Conflict(
            "already_published", "This post is published: what is public stays as it is."
        )
    if post.status == "partially_published" and wish.status in schedule.UNARMED:
        raise Conflict(
            "already_published", "Part of this post is published: only the rest can be sent again."
        )
    if version is not None and version != post.version:
        raise Conflict(
            "version_conflict",
            f"Somebody changed this post meanwhile: it is at version {post.version}, "
            f"you had {version}.",
            extra={"yours": _plain(wish), "stored": _stored(post)},
        )


def _stored(post: Post) -> dict[str, Any]:
    keys = ("topic", "content", "platforms", "status", "version")
    shown: dict[str, Any] = {key: getattr(post, key) for key in keys}
    moment = post.scheduled_at.isoformat() if post.scheduled_at else None
    return shown | {"id": str(post.id), "scheduled_at": moment}


def _plain(wish: Wish) -> dict[str, Any]:
    given = {key: value for key, value in asdict(wish).items() if value is not None}
    plain: dict[str, Any] = json.loads(json.dumps(given, default=str))
    return plain


async def _apply(
    tx: Tx, who: Who, platforms: Platforms, post: Post, wish: Wish, goal: str
) -> Moment | None:
    """Write the wish into the post; the moment to arm, if ``goal`` is to be scheduled."""
    problems = await apply_belonging(tx, who, post, wish)
    accounts = await list_accounts(tx, who.workspace_id)
    if wish.topic is not None:
        post.topic = wish.topic
    if wish.content is not None:
        problems += content_problems(wish.content, CAPABILITIES, accounts)
        post.content = merge(post.content, wish.content)
    if wish.retargets:
        targets, wrong = resolve_targets(
            accounts, wish.platforms or (), wish.accounts or (), CAPABILITIES
        )
        problems += wrong
        post.account_ids = [account.id for account in targets]
        post.platforms = sorted({account.platform for account in targets})
    else:
        targets = [account for account in accounts if account.id in post.account_ids]
    if goal != "draft":
        if not targets and not problems:
            message = "Choose at least one account to publish to."
            problems.append(Problem("targets_missing", message, "platforms"))
        files = await schedule.files_of(tx, who.workspace_id, post.content)
        problems += check_drafts(post.content, targets, platforms, files)
    moment, wrong, extra = schedule.read_wish(post, wish, goal, tx.now)
    problems += wrong
    if problems:
        first = problems[0]
        detail = first.message if len(problems) == 1 else f"{len(problems)} things to mend."
        raise Invalid(first.code, detail, problems=problems, extra=extra)
    return moment


async def delete(tx: Tx, who: Who, post_id: UUID) -> None:
    """Put the post away; the platforms are not touched. Raises Conflict while it is being sent."""
    require_writer(who)
    post = await require(tx, who, post_id, lock=True)
    await queries.disarm(tx, post)
    post.deleted_at = tx.now
    post.updated_at = tx.now
    post.version += 1
    await schedule.tell(tx, who, post, Kind.POST_DELETED, "Post deleted")


async def restore(tx: Tx, who: Who, platforms: Platforms, post_id: UUID) -> PostView:
    """Undo a delete within a day; a moment still ahead is armed again, unless the post could not
    be sent any more (a picture of it may be deleted meanwhile)."""
    require_writer(who)
    post = await require(tx, who, post_id, lock=True, deleted=True)
    if post.deleted_at is None:
        return await queries.view(tx, post)
    if await _is_gone(tx, post) or post.deleted_at < tx.now - RESTORE_WITHIN:
        raise NotFound("not_found", "There is no such post.")
    post.deleted_at = None
    post.updated_at = tx.now
    post.version += 1
    await schedule.tell(tx, who, post, Kind.POST_RESTORED, "Post restored")
    if post.scheduled_at and await queries.was_armed(tx, post):
        if post.scheduled_at > tx.now and not await schedule.problems_of(tx, platforms, post):
            await schedule.arm_at(tx, platforms, post, post.scheduled_at)
        else:
            schedule.forget_moment(post)
    return await queries.view(tx, post)


async def _is_gone(tx: Tx, post: Post) -> bool:
    """Whether publishing took the post away, as its workspace wishes, and not a person."""
    workspace = await people.get_workspace(tx, post.workspace_id)
    return post.status == "published" and workspace.after_publishing == "remove"


async def duplicate(tx: Tx, who: Who, post_id: UUID) -> PostView:
    """A draft that says the same to the same accounts."""
    require_writer(who)
    post = await require(tx, who, post_id)
    copy = Post(
        id=new_id(), workspace_id=who.workspace_id, author_id=who.user_id, topic=post.topic,
        platforms=list(post.platforms), account_ids=list(post.account_ids),
        content=merge({}, post.content), status="draft", version=1,
        campaign_id=post.campaign_id, late_policy=post.late_policy,
        late_grace_seconds=post.late_grace_seconds,
        created_at=tx.now, updated_at=tx.now,
    )  # fmt: skip
    tx.session.add(copy)
    await schedule.tell(tx, who, copy, Kind.POST_CREATED, "Post copied")
    return await queries.view(tx, copy)


async def require_changeable(tx: Tx, who: Who, post_id: UUID) -> Post:
    """The post, locked, for somebody who may change it; raises NotFound or Forbidden."""
    require_writer(who)
    return await require(tx, who, post_id, lock=True)


def require_writer(who: Who) -> None:
    """Raise Forbidden unless the person may change posts."""
    if not who.may_write:
        raise Forbidden("role_forbids", f"Your role ({who.role}) may read posts, not change them.")
