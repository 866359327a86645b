"""What would be wrong with a post, without saving it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from postclock.db.session import Tx
from postclock.errors import Problem
from postclock.services.accounts.endings import ends_before, ends_first, logged_out
from postclock.services.accounts.queries import list_accounts
from postclock.services.people.model import Who
from postclock.services.people.queries import get_workspace
from postclock.services.platforms.quotas import Windows
from postclock.services.platforms.registry import CAPABILITIES
from postclock.services.posts import schedule
from postclock.services.posts.belonging import apply_belonging
from postclock.services.posts.content import (
    Count,
    content_problems,
    count_texts,
    resolve_targets,
)
from postclock.services.posts.drafts import check_drafts
from postclock.services.posts.model import Post, Wish
from postclock.services.posts.reservations import Standing, exceeded, stand
from postclock.services.posts.schedule import Platforms


@dataclass(frozen=True, slots=True)
class Checked:
    """What keeps a post from going out, what an author may accept, and the figures."""

    problems: Sequence[Problem]
    warnings: Sequence[Problem]
    counts: Sequence[Count]
    quotas: Sequence[Standing]


async def check(
    tx: Tx, who: Who, platforms: Platforms, windows: Windows, wish: Wish, post_id: UUID | None
) -> Checked:
    """What is wrong with ``wish``, how long its texts are, and what is left of the quotas.

    ``post_id`` is the stored post it would change: that one's own place is not counted.
    """
    accounts = await list_accounts(tx, who.workspace_id)
    targets, problems = resolve_targets(
        accounts, wish.platforms or (), wish.accounts or (), CAPABILITIES
    )
    content = wish.content or {}
    problems = problems + content_problems(content, CAPABILITIES, accounts)
    files = await schedule.files_of(tx, who.workspace_id, content)
    problems += check_drafts(content, targets, platforms, files)
    blank = Post(status="draft", content={}, account_ids=[], scheduled_at=None)
    problems += await apply_belonging(tx, who, blank, wish)
    standings: list[Standing] = []
    warnings = [logged_out(one) for one in targets if one.status != "connected"]
    if wish.scheduled_at is not None:
        moment, wrong, _ = schedule.read_wish(blank, wish, "scheduled", tx.now)
        problems += wrong
        if moment:
            standings = await stand(tx, windows, targets, moment.instant, post_id=post_id)
            warnings += [
                ends_first(one) for one in targets if ends_before(one, moment.instant, tx.now)
            ]
    zone = wish.time_zone or (await get_workspace(tx, who.workspace_id)).time_zone
    warnings += [exceeded(one, zone) for one in standings if not one.left]
    return Checked(problems, warnings, count_texts(content, targets, platforms), standings)
