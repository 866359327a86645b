"""What one delivery needs to go out: its platform, a way in, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from postclock.clock import Clock
from postclock.db.engine import Pool
from postclock.errors import Problem
from postclock.publishing.logins import Logins
from postclock.scheduler.model import Claim
from postclock.services.media.links import Links
from postclock.services.media.model import File
from postclock.services.media.queries import read_files
from postclock.services.media.storage import MediaStore, StoredFiles
from postclock.services.platforms.base import Login, Platform
from postclock.services.platforms.drafting import Draft, Files
from postclock.services.posts.content import media_ids
from postclock.services.posts.drafts import draft_for, draft_problems


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent, how to get in, and what the platform would refuse of it."""

    platform: Platform
    login: Login
    draft: Draft
    problems: list[Problem]
    files: Files


class Packer:
    """Packs what a claim says, on a node."""

    def __init__(
        self,
        pool: Pool,
        store: MediaStore,
        platforms: Mapping[str, Platform],
        logins: Logins,
        clock: Clock,
        links: Links,
    ) -> None:
        self._pool, self._store, self._links = pool, store, links
        self._platforms, self._logins, self._clock = platforms, logins, clock

    def pack_now(self, claim: Claim) -> Parcel | None:
        """The claim's parcel, if its login is fresh and it carries no files; else None.

        Raises LoginRevoked and WrongKey.
        """
        target = claim.target
        platform = self._platforms[target.platform]
        login = self._logins.open(target, platform)
        if platform.needs_refresh(login, self._clock.now()) or media_ids(claim.content):
            return None
        return self._parcel(claim, platform, login, {})

    async def pack(self, claim: Claim) -> Parcel:
        """The claim's parcel, its login refreshed ahead if it must be.

        Raises LoginRevoked, WrongKey, and what the platform's ``refresh`` raises.
        """
        target = claim.target
        platform = self._platforms[target.platform]
        login = self._logins.open(target, platform)
        if platform.needs_refresh(login, self._clock.now()):
            login = await self._logins.refresh(target, platform, login)
        known = await self._files(claim)
        parcel = self._parcel(claim, platform, login, known)
        return replace(parcel, draft=await _measured(parcel.draft, self._store.files(known)))

    def _parcel(
        self, claim: Claim, platform: Platform, login: Login, files: Mapping[UUID, File]
    ) -> Parcel:
        account = claim.target.account_id
        link = self._links.seen_by(sandbox=claim.target.sandbox)
        return Parcel(
            platform, login, draft_for(claim.content, platform, account, files),
            draft_problems(claim.content, platform, account, files), self._store.files(files, link),
        )  # fmt: skip

    async def renew(self, parcel: Parcel, claim: Claim) -> Parcel:
        """The same parcel with a fresh login, made once however many ask."""
        login = await self._logins.refresh(claim.target, parcel.platform, parcel.login)
        return replace(parcel, login=login)

    async def _files(self, claim: Claim) -> Mapping[UUID, File]:
        ids = media_ids(claim.content)
        if not ids:
            return {}
        async with self._pool.connection() as connection:
            return await read_files(connection, claim.workspace_id, ids)


async def _measured(draft: Draft, files: StoredFiles) -> Draft:
    """``draft`` with the true sizes of what is made of its pictures: clients announce them."""
    if not any(media.rendition for media in draft.all_media):
        return draft
    media = [await files.measured(one) for one in draft.media]
    thread = [
        replace(part, media=tuple([await files.measured(one) for one in part.media]))
        for part in draft.thread
    ]
    return replace(draft, media=tuple(media), thread=tuple(thread))
