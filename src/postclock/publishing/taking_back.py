"""Taking back: what of a post is public is deleted on the platforms that let an app do so.

The last part goes first, and each is noted, so that what is left is always known. What is gone
already is no error, and taking back twice does nothing the second time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.clock import Clock
from postclock.crypto import WrongKey
from postclock.db.engine import Pool
from postclock.db.session import Database
from postclock.errors import Conflict, Problem
from postclock.publishing.logins import Logins
from postclock.publishing.take_back_queries import Public, mark_removed, read_public
from postclock.services.people.model import Who
from postclock.services.platforms.base import (
    Login,
    LoginExpired,
    OutcomeUnknown,
    Platform,
    PlatformError,
)
from postclock.services.posts import service
from postclock.services.posts.queries import already_publishing


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one delivery: how many of its public parts are gone, and why not all."""

    delivery_id: UUID
    platform: str
    handle: str
    removed: int
    left: int
    problem: Problem | None = None


class TakeBack:
    """Takes posts back."""

    def __init__(
        self,
        database: Database,
        pool: Pool,
        logins: Logins,
        platforms: Mapping[str, Platform],
        clock: Clock,
    ) -> None:
        self._database, self._pool, self._logins = database, pool, logins
        self._platforms, self._clock = platforms, clock

    async def post(self, who: Who, post_id: UUID) -> list[Taken]:
        """Delete what of a post is public; each delivery's fate.

        Raises NotFound, Forbidden, and Conflict while it is being published, or when nothing of
        it is public.
        """
        service.require_writer(who)
        async with self._database.as_user(who.user_id) as tx:
            await service.require(tx, who, post_id)
        async with self._pool.connection() as connection:
            found = await read_public(connection, post_id, who.workspace_id)
        if any(one.state in ("sending", "unknown") for one in found):
            raise already_publishing()
        public = [one for one in found if one.parts]
        if not public:
            raise Conflict("nothing_public", "Nothing of this post is public (any more).")
        taken = [await self._take(one) for one in public]
        async with self._database.as_user(who.user_id) as tx:
            await audit.append(tx, *(_told(who, post_id, one) for one in taken))
        return taken

    async def _take(self, one: Public) -> Taken:
        platform, left = self._platforms[one.target.platform], list(one.parts)
        problem: Problem | None = None
        try:
            login = self._logins.open(one.target, platform)
            if platform.needs_refresh(login, self._clock.now()):
                login = await self._logins.refresh(one.target, platform, login)
            while left:
                login = await self._delete(one, platform, login, str(left[-1]["id"]))
                left.pop()
                await self._note(one, left)
        except OutcomeUnknown as error:
            words = f"{error} It may be gone: try again to make sure."
            problem = Problem(error.problem.code, words)
        except PlatformError as error:
            problem = error.problem
        except WrongKey as error:
            problem = Problem("secrets_unreadable", f"The login cannot be read: {error}.")
        removed = len(one.parts) - len(left)
        return Taken(one.id, platform.name, one.target.handle, removed, len(left), problem)

    async def _delete(self, one: Public, platform: Platform, login: Login, remote_id: str) -> Login:
        try:
            await platform.delete(login, remote_id)
        except LoginExpired:
            login = await self._logins.refresh(one.target, platform, login)
            await platform.delete(login, remote_id)
        return login

    async def _note(self, one: Public, left: list[Mapping[str, object]]) -> None:
        async with self._pool.connection() as connection:
            await mark_removed(connection, one.id, json.dumps(left), self._clock.now())


def _told(who: Who, post_id: UUID, one: Taken) -> Event:
    what = "taken back" if not one.left else f"{one.removed} taken back, {one.left} left"
    why = f" ({one.problem.message})" if one.problem else ""
    details = {"delivery_id": one.delivery_id, "platform": one.platform}
    message = f"@{one.handle}: {what}{why}"
    return Event(who.workspace_id, Kind.DELIVERY_TAKEN_BACK, message, post_id, who.user_id, details)
