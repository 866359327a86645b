"""An account leaves the workspace: what still waited for it is canceled, and people are told."""

from __future__ import annotations

from uuid import UUID

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.db.session import Database
from postclock.errors import Forbidden, NotFound
from postclock.services.accounts.queries import get_account
from postclock.services.notifications.model import Notice, NotificationKind
from postclock.services.notifications.queries import notify_people
from postclock.services.people.model import Who
from postclock.services.platforms.registry import CAPABILITIES
from postclock.services.posts import queries


async def remove_account(database: Database, who: Who, account_id: UUID) -> int:
    """Disconnect it and forget its secrets; how many posts no longer go there.

    What it has published stays on record. Raises Forbidden, NotFound, or Conflict while something
    is being sent to it.
    """
    if not who.may_administer:
        raise Forbidden("role_forbids", f"Your role ({who.role}) may not remove accounts.")
    async with database.as_system() as tx:
        posts = await queries.remove_account(tx, who.workspace_id, account_id)
        account = await get_account(tx, who.workspace_id, account_id)
        if posts is None or account is None:
            raise NotFound("not_found", "There is no such account in your workspace.")
        able = CAPABILITIES.get(account.platform)
        name = f"{able.label if able else account.platform} @{account.handle}"
        details = {"account_id": account_id, "platform": account.platform, "posts": posts}
        message = f"Removed {name}"
        event = Event(who.workspace_id, Kind.ACCOUNT_REMOVED, message, None, who.user_id, details)
        await audit.append(tx, event)
        if posts:
            await notify_people(tx, [_notice(who.workspace_id, name, posts)])
    return len(posts)


def _notice(workspace_id: UUID, name: str, posts: list[UUID]) -> Notice:
    many = "1 post" if len(posts) == 1 else f"{len(posts)} posts"
    verb = "no longer goes" if len(posts) == 1 else "no longer go"
    return Notice(
        workspace_id, NotificationKind.ACCOUNT_REMOVED, f"{name} was removed",
        f"{many} that waited for its moment {verb} there. What it published stays on record.",
        posts[0] if len(posts) == 1 else None,
    )  # fmt: skip
