"""Posts: list, create, read, update, delete; publish, retry, check, copy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from postclock.api.bodies import Text
from postclock.api.deps import PartsOf, Signed, UserTx
from postclock.api.paging import Cursor, Limit, page, read_cursor
from postclock.api.v1.post_shapes import (
    AttemptList,
    AttemptOut,
    CheckOut,
    PostOut,
    PostPage,
    TakenBack,
    TakenOut,
)
from postclock.api.v1.post_wishes import NowWish, PostWish, PublishWish, SettleWish
from postclock.errors import Invalid, Problem
from postclock.services.posts import queries, schedule, service, settling
from postclock.services.posts.checking import check
from postclock.services.posts.model import Filter, Post, PostView, Status
from postclock.services.posts.reservations import Standing

router = APIRouter(prefix="/posts", tags=["posts"])


STATUSES = frozenset(Status.__args__)  # type: ignore[attr-defined]


def _shown(response: Response, view: PostView, standings: Sequence[Standing] = ()) -> PostOut:
    response.headers["ETag"] = f'"{view.post.version}"'
    return PostOut.of(view, standings)


def _statuses(given: str | None) -> list[str]:
    named = [name.strip() for name in (given or "").split(",") if name.strip()]
    wrong = [name for name in named if name not in STATUSES]
    if wrong:
        message = f"“{wrong[0][:40]}” is not a status. There are: {', '.join(sorted(STATUSES))}."
        problems = [Problem("status_unknown", message, "status")]
        raise Invalid("status_unknown", message, problems=problems)
    return named


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    bare = if_match.strip().removeprefix("W/").strip('"')
    if not (bare.isascii() and bare.isdigit() and len(bare) < 10):
        message = 'If-Match must be the ETag of the post, such as "3".'
        problems = [Problem("if_match_invalid", message, "If-Match")]
        raise Invalid("if_match_invalid", message, problems=problems)
    return int(bare)


def _place(post: Post) -> tuple[datetime, UUID]:
    return post.scheduled_at or post.created_at, post.id


@router.get("")
async def list_posts(
    tx: UserTx,
    who: Signed,
    status: Annotated[Text | None, Query(description="One or more, comma-separated.")] = None,
    platform: Annotated[Text | None, Query(max_length=40)] = None,
    account_id: UUID | None = None,
    campaign_id: UUID | None = None,
    search: Annotated[Text | None, Query(max_length=200, description="In topic and text.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PostPage:
    """The workspace's posts, newest moment first."""
    wanted = Filter(_statuses(status), platform, account_id, campaign_id, search)
    rows = await queries.list_posts(
        tx, who.workspace_id, wanted, before=read_cursor(cursor), limit=limit + 1
    )
    shown, following = page(rows, limit, _place)
    views = await queries.views(tx, shown)
    return PostPage(items=[PostOut.of(view) for view in views], next_cursor=following)


@router.post("", status_code=201)
async def create_post(
    body: PostWish,
    tx: UserTx,
    who: Signed,
    parts: PartsOf,
    response: Response,
    idempotency_key: Annotated[
        str | None, Header(max_length=200, pattern=r"^[\x21-\x7e]{1,200}$")
    ] = None,
) -> PostOut:
    """Write a post; with `scheduled_at` it is scheduled, else a draft, unless `status` says so."""
    written = await service.create(
        tx, who, parts.platforms, body.wish(), key=idempotency_key, windows=parts.quotas
    )
    return _shown(response, written.view, written.quotas)


@router.post("/check")
async def check_post(
    body: PostWish,
    tx: UserTx,
    who: Signed,
    parts: PartsOf,
    post_id: Annotated[
        UUID | None, Query(description="The stored post that this would change.")
    ] = None,
) -> CheckOut:
    """Every problem this post would have; nothing is saved."""
    return CheckOut.of(await check(tx, who, parts.platforms, parts.quotas, body.wish(), post_id))


@router.get("/{post_id:uuid}")
async def read_post(post_id: UUID, tx: UserTx, who: Signed, response: Response) -> PostOut:
    """One post; 404 also after publishing where the workspace removes published posts."""
    return _shown(response, await service.get(tx, who, post_id))


@router.put("/{post_id:uuid}")
async def update_post(
    post_id: UUID,
    body: PostWish,
    tx: UserTx,
    who: Signed,
    parts: PartsOf,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=40)] = None,
) -> PostOut:
    """Change what is given; `scheduled` with a moment schedules, `ready_to_publish` unschedules."""
    written = await service.update(
        tx, who, parts.platforms, post_id, body.wish(), version=_version(if_match),
        windows=parts.quotas,
    )  # fmt: skip
    return _shown(response, written.view, written.quotas)


@router.delete("/{post_id:uuid}", status_code=204)
async def delete_post(post_id: UUID, tx: UserTx, who: Signed) -> None:
    """Put the post away; what is on the platforms stays there."""
    await service.delete(tx, who, post_id)


@router.post("/{post_id:uuid}/restore")
async def restore_post(
    post_id: UUID, tx: UserTx, who: Signed, parts: PartsOf, response: Response
) -> PostOut:
    """Undo a delete, within a day."""
    return _shown(response, await service.restore(tx, who, parts.platforms, post_id))


@router.post("/{post_id:uuid}/duplicate", status_code=201)
async def duplicate_post(post_id: UUID, tx: UserTx, who: Signed, response: Response) -> PostOut:
    """A draft that says the same."""
    return _shown(response, await service.duplicate(tx, who, post_id))


@router.post("/{post_id:uuid}/publish")
async def publish_post(
    post_id: UUID,
    tx: UserTx,
    who: Signed,
    parts: PartsOf,
    response: Response,
    body: PublishWish | None = None,
) -> PostOut:
    """Publish now, or `undo_seconds` from now."""
    asked = body or PublishWish()
    post = await service.require_changeable(tx, who, post_id)
    standings = await schedule.publish_now(
        tx, who, parts.platforms, post, timedelta(seconds=asked.undo_seconds),
        windows=parts.quotas, accept=bool(asked.accept_over_quota),
    )  # fmt: skip
    return _shown(response, await queries.view(tx, post), standings)


@router.post("/{post_id:uuid}/retry")
async def retry_post(
    post_id: UUID,
    tx: UserTx,
    who: Signed,
    parts: PartsOf,
    response: Response,
    body: NowWish | None = None,
) -> PostOut:
    """Send again, now, what did not get out."""
    accept = body is not None and bool(body.accept_over_quota)
    post = await service.require_changeable(tx, who, post_id)
    standings = await schedule.retry(
        tx, who, parts.platforms, post, windows=parts.quotas, accept=accept
    )
    return _shown(response, await queries.view(tx, post), standings)


@router.post("/{post_id:uuid}/take-back")
async def take_back_post(post_id: UUID, who: Signed, parts: PartsOf) -> TakenBack:
    """Delete it on the platforms that let an app do so; it stays here, with its history."""
    taken = await parts.take_back.post(who, post_id)
    return TakenBack(items=[TakenOut.of(one) for one in taken])


@router.post("/{post_id:uuid}/deliveries/{delivery_id:uuid}/settle")
async def settle_delivery(
    post_id: UUID,
    delivery_id: UUID,
    body: SettleWish,
    tx: UserTx,
    who: Signed,
    parts: PartsOf,
    response: Response,
) -> PostOut:
    """Decide about an unconfirmed delivery: it is there, it is not (send it again), leave it."""
    post = await service.require_changeable(tx, who, post_id)
    case = await settling.open_case(tx, post, delivery_id)
    standings: Sequence[Standing] = ()
    match body.choice:
        case "published":
            page = parts.settings.sandbox_page
            await settling.confirm(tx, who, parts.platforms, case, body.permalink, page)
        case "not_published":
            accept = bool(body.accept_over_quota)
            standings = await settling.send_again(
                tx, who, parts.platforms, parts.quotas, case, accept=accept
            )
        case "leave":
            await settling.leave(tx, who, case)
    return _shown(response, await queries.view(tx, post), standings)


@router.get("/{post_id:uuid}/attempts")
async def list_attempts(post_id: UUID, tx: UserTx, who: Signed) -> AttemptList:
    """Every try of the post, in order."""
    post = await service.require(tx, who, post_id)
    rows = await queries.list_attempts(tx, post.id)
    return AttemptList(
        items=[
            AttemptOut(
                delivery_id=a.delivery_id, platform=platform, number=a.number, node=a.node,
                intended_at=a.intended_at, sent_at=a.sent_at, ended_at=a.ended_at,
                outcome=a.outcome, answer=a.answer,
            )
            for a, platform in rows
        ]
    )  # fmt: skip
