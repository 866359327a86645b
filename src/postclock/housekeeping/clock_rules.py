"""When a government changes its clocks: posts keep the wall-clock time their author chose.

A post that was scheduled by a wall clock's time keeps that time, its zone and its fold. When the
time-zone rules become newer, the instant is derived anew; what differs is moved, with a line in
the activity log for each post and a notification that lists them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from whenever import TimeZoneNotFoundError, clear_tzcache

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.db.session import Database, Tx
from postclock.housekeeping import queries
from postclock.services.notifications.model import Notice, NotificationKind
from postclock.services.notifications.queries import notify_people
from postclock.services.people.queries import get_state, put_state
from postclock.services.people.zones import rules_version
from postclock.services.posts import queries as posts
from postclock.services.posts.model import Post
from postclock.services.posts.moments import moment_by_present_rules
from postclock.services.posts.schedule import Platforms, arm_at

log = structlog.get_logger(__name__)

STATE_KEY = "clock_rules"
BATCH = 200
AGAIN = timedelta(days=7)
"""Derived again after so long under unchanged rules: a server that was not yet brought up to date
may have scheduled by older ones meanwhile."""
LISTED = 20
"""Posts that a notification names; the activity log has them all."""


@dataclass(frozen=True, slots=True)
class Move:
    """One post that has another instant now."""

    post: Post
    was: datetime
    is_now: datetime

    def __str__(self) -> str:
        name = self.post.topic or "A post"
        return (
            f"{name}: {self.post.local_time:%Y-%m-%d %H:%M} in {self.post.time_zone} is "
            f"{self.is_now:%Y-%m-%d %H:%M} UTC now, not {self.was:%Y-%m-%d %H:%M} UTC"
        )


async def follow_clock_rules(database: Database, platforms: Platforms) -> int:
    """Move what present rules put elsewhere, if they are newer than the last time; how many."""
    present = rules_version()
    async with database.as_system() as tx:
        if not _is_due(await get_state(tx, STATE_KEY), present, tx.now):
            return 0
    clear_tzcache()  # the files may be newer than what this process has read of them
    moved = await _derive_all(database, platforms)
    async with database.as_system() as tx:
        done = {"version": present, "derived_at": tx.now.isoformat()}
        await put_state(tx, STATE_KEY, done)
    if moved:
        log.warning("posts_moved", posts=moved, rules=present)
    return moved


def _is_due(last: dict[str, str] | None, present: str, now: datetime) -> bool:
    """Whether to derive. Older rules than the last ones never move anything back."""
    if last is None or "unknown" in (present, last["version"]):
        return True
    if present < last["version"]:
        log.warning("clock_rules_are_older", here=present, before=last["version"])
        return False
    derived_at = datetime.fromisoformat(last["derived_at"])
    return present > last["version"] or now - derived_at >= AGAIN


async def _derive_all(database: Database, platforms: Platforms) -> int:
    moved, after = 0, None
    while True:
        async with database.as_system() as tx:
            batch = await queries.posts_on_wall_clocks(tx, after, BATCH)
            if not batch:
                return moved
            after = _place(batch[-1])
            moves = await _move(tx, platforms, batch)
            await _tell(tx, moves)
        moved += len(moves)


def _place(post: Post) -> tuple[datetime, UUID]:
    assert post.scheduled_at is not None
    return post.scheduled_at, post.id


async def _move(tx: Tx, platforms: Platforms, batch: Sequence[Post]) -> list[Move]:
    """Arm what differs at its new instant; what a node has in its hands already stays."""
    moves = []
    for seen in sorted(batch, key=lambda post: post.id):
        if _derived(seen) in (None, seen.scheduled_at):
            continue
        post = await posts.get_post(tx, seen.workspace_id, seen.id, lock=True)
        if post is None or await queries.is_in_a_nodes_hands(tx, post):
            continue
        was, is_now = post.scheduled_at, _derived(post)
        if was is None or is_now is None or post.status not in queries.WAITING or was == is_now:
            continue
        post.scheduled_at, post.updated_at = is_now, tx.now
        if post.status == "scheduled":
            await arm_at(tx, platforms, post, is_now)
        moves.append(Move(post, was, is_now))
    return moves


def _derived(post: Post) -> datetime | None:
    if post.local_time is None or post.time_zone is None:
        return None
    try:
        return moment_by_present_rules(post.local_time, post.time_zone, post.fold)
    except TimeZoneNotFoundError:
        log.error("time_zone_gone", time_zone=post.time_zone, post=str(post.id))
        return None


async def _tell(tx: Tx, moves: Sequence[Move]) -> None:
    if not moves:
        return
    await tx.session.flush()
    of_workspace: defaultdict[UUID, list[Move]] = defaultdict(list)
    for move in moves:
        of_workspace[move.post.workspace_id].append(move)
        await posts.announce(tx, move.post)
    await audit.append(tx, *map(_event, moves))
    await notify_people(tx, [_notice(w, some) for w, some in of_workspace.items()])


def _event(move: Move) -> Event:
    post = move.post
    assert post.local_time is not None
    details = {
        "was": move.was.isoformat(), "scheduled_at": move.is_now.isoformat(),
        "local_time": post.local_time.isoformat(), "time_zone": post.time_zone,
    }  # fmt: skip
    message = f"Moved, because the clocks of {post.time_zone} go by new rules"
    return Event(post.workspace_id, Kind.POST_MOVED, message, post.id, details=details)


def _notice(workspace_id: UUID, moves: Sequence[Move]) -> Notice:
    title = f"Clocks go by new rules: {len(moves)} {'post' if len(moves) == 1 else 'posts'} moved"
    lines = [f"{move}." for move in moves[:LISTED]]
    if len(moves) > LISTED:
        lines.append(f"{len(moves) - LISTED} more are in the activity log.")
    only = moves[0].post.id if len(moves) == 1 else None
    return Notice(workspace_id, NotificationKind.POSTS_MOVED, title, "\n".join(lines), only)
