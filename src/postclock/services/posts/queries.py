"""SQL about posts. Arming and disarming are the database's functions; see the migration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, JSONPATH, insert
from sqlalchemy.exc import DBAPIError

from postclock.db.session import Tx
from postclock.errors import Conflict
from postclock.services.accounts.model import Account
from postclock.services.posts.model import (
    Attempt,
    Delivery,
    Filter,
    IdempotencyKey,
    Post,
    PostView,
)

NOTHING_TO_STAGE: Mapping[UUID, timedelta] = {}
ALREADY_PUBLISHING = "PC001"  # raised by postclock_arm and postclock_disarm
ANNOUNCE = text("SELECT pg_notify('postclock_changes', :pair)")
LIST_MOMENT = func.coalesce(Post.scheduled_at, Post.created_at)


async def get_post(
    tx: Tx, workspace_id: UUID, post_id: UUID, *, lock: bool = False, deleted: bool = False
) -> Post | None:
    """The workspace's post; locked against every other writer if asked."""
    found = select(Post).where(Post.workspace_id == workspace_id, Post.id == post_id)
    if not deleted:
        found = found.where(Post.deleted_at.is_(None))
    if lock:
        found = found.with_for_update(key_share=True)
    return await tx.session.scalar(found.execution_options(populate_existing=True))


async def view(tx: Tx, post: Post) -> PostView:
    """The post as it now is in the database, with its deliveries."""
    await tx.session.flush()
    await tx.session.refresh(post)
    return (await views(tx, [post]))[0]


async def views(tx: Tx, posts: Sequence[Post]) -> list[PostView]:
    """The posts with their deliveries."""
    found = (
        select(Delivery, Account)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.post_id.in_([post.id for post in posts]))
        .order_by(Delivery.platform, Delivery.id)
        .execution_options(populate_existing=True)
    )
    rows = (await tx.session.execute(found)).all()
    return [
        PostView(post, [(d, account) for d, account in rows if d.post_id == post.id])
        for post in posts
    ]


async def list_posts(
    tx: Tx,
    workspace_id: UUID,
    wanted: Filter,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Post]:
    """The newest ``limit`` posts before ``before``, by their moment, newest first."""
    found = select(Post).where(Post.workspace_id == workspace_id, Post.deleted_at.is_(None))
    if wanted.statuses:
        found = found.where(Post.status.in_(wanted.statuses))
    if wanted.platform:
        found = found.where(Post.platforms.contains([wanted.platform]))
    if wanted.account_id:
        found = found.where(Post.account_ids.contains([wanted.account_id]))
    if wanted.campaign_id:
        found = found.where(Post.campaign_id == wanted.campaign_id)
    if wanted.search:
        found = found.where(_says(wanted.search))
    if before:
        found = found.where(tuple_(LIST_MOMENT, Post.id) < before)
    newest = found.order_by(LIST_MOMENT.desc(), Post.id.desc()).limit(limit)
    return list(await tx.session.scalars(newest))


def _says(words: str) -> ColumnElement[bool]:
    texts = func.jsonb_path_query(Post.content, cast("$.**.text", JSONPATH)).column_valued("said")
    said = texts.op("#>>")(cast([], ARRAY(Text))).cast(Text)
    in_content = select(texts).where(said.icontains(words, autoescape=True)).exists()
    return Post.topic.icontains(words, autoescape=True) | in_content


async def list_attempts(tx: Tx, post_id: UUID) -> list[tuple[Attempt, str]]:
    """Every attempt of the post with its platform, in the order they were made."""
    found = (
        select(Attempt, Delivery.platform)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Delivery.post_id == post_id)
        .order_by(Attempt.intended_at, Attempt.number)
    )
    return [(attempt, platform) for attempt, platform in (await tx.session.execute(found)).all()]


async def arm(
    tx: Tx, post: Post, due_at: datetime, leads: Mapping[UUID, timedelta] = NOTHING_TO_STAGE
) -> None:
    """Give every target of the post its moment; raises Conflict while it is being sent.

    ``leads`` says how long before it each account's uploads begin; who is not there has none.
    """
    staged_ahead = [leads.get(account_id) for account_id in post.account_ids]
    await _call(
        tx, "postclock_arm(:post, :accounts, :due, :now, CAST(:leads AS interval[]))",
        {"post": post.id, "accounts": post.account_ids, "due": due_at, "now": tx.now,
         "leads": staged_ahead if leads else None},
    )  # fmt: skip


async def disarm(tx: Tx, post: Post) -> None:
    """Take every moment back; raises Conflict while it is being sent."""
    await _call(tx, "postclock_disarm(:post, :now)", {"post": post.id, "now": tx.now})


async def hold(tx: Tx, workspace_id: UUID) -> int:
    """Take back what nodes hold of what is paused in the workspace; how many deliveries."""
    return await _count(tx, workspace_id, "SELECT postclock_hold(:workspace, :now)")


async def resume(tx: Tx, workspace_id: UUID) -> int:
    """Let go what nothing in the workspace holds any more; how many deliveries."""
    return await _count(tx, workspace_id, "SELECT postclock_resume(:workspace, :now)")


async def remove_account(tx: Tx, workspace_id: UUID, account_id: UUID) -> list[UUID] | None:
    """Disconnect an account; the posts that no longer go there. None: there is none.

    Raises Conflict while something is being sent to it.
    """
    values: dict[str, object] = {
        "workspace": workspace_id, "account": account_id, "now": tx.now
    }  # fmt: skip
    posts: list[UUID] | None = await _call(
        tx, "postclock_remove_account(:workspace, :account, :now)", values
    )
    if posts:
        await tx.session.execute(ANNOUNCE, {"pair": f"{workspace_id}:*"})
    return posts


async def _count(tx: Tx, workspace_id: UUID, statement: str) -> int:
    values = {"workspace": workspace_id, "now": tx.now}
    moved = await tx.session.scalar(text(statement), values) or 0
    if moved:
        await tx.session.execute(ANNOUNCE, {"pair": f"{workspace_id}:*"})
    return moved


async def _call(tx: Tx, function: str, values: dict[str, object]) -> Any:
    await tx.session.flush()
    try:
        return await tx.session.scalar(text(f"SELECT {function}"), values)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == ALREADY_PUBLISHING:
            raise already_publishing() from None
        raise


def already_publishing() -> Conflict:
    return Conflict(
        "already_publishing",
        "This post is being published right now, so it can no longer be changed. "
        "Wait a moment for its outcome.",
    )


async def is_publishing(tx: Tx, post: Post) -> bool:
    """Whether any of its deliveries may be on its way."""
    moving = select(Delivery.id).where(
        Delivery.post_id == post.id, Delivery.state.in_(["sending", "unknown"])
    )
    return bool(await tx.session.scalar(select(moving.exists())))


async def states(tx: Tx, post: Post) -> set[str]:
    """The states its deliveries are in."""
    found = select(Delivery.state).where(Delivery.post_id == post.id)
    return set(await tx.session.scalars(found))


async def was_armed(tx: Tx, post: Post) -> bool:
    """Whether its present moment was taken back from its deliveries."""
    taken_back = select(Delivery.id).where(
        Delivery.post_id == post.id,
        Delivery.state == "canceled",
        Delivery.due_at == post.scheduled_at,
    )
    return bool(await tx.session.scalar(select(taken_back.exists())))


async def claim_key(tx: Tx, key: IdempotencyKey) -> IdempotencyKey | None:
    """Take an idempotency key for a new post; the one who took it before, if somebody did."""
    mine = {c.key: getattr(key, c.key) for c in IdempotencyKey.__table__.columns}
    taken = insert(IdempotencyKey).values(mine).on_conflict_do_nothing().returning(
        IdempotencyKey.post_id
    )  # fmt: skip
    if (await tx.session.execute(taken)).first():
        return None
    before = select(IdempotencyKey).where(
        IdempotencyKey.workspace_id == key.workspace_id, IdempotencyKey.key == key.key
    )
    return await tx.session.scalar(before)


async def announce(tx: Tx, post: Post) -> None:
    """Tell the servers, with the commit, that the post changed."""
    pair = f"{post.workspace_id}:{post.id}"
    await tx.session.execute(ANNOUNCE, {"pair": pair})
