"""What platforms need not say twice: the answers of one that has nothing special to say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from postclock.clock import Clock
from postclock.errors import Problem
from postclock.http import Http
from postclock.scheduler.model import Receipt, Sighting, Staged
from postclock.services.platforms.base import Login, LoginRevoked, Owner, Refused
from postclock.services.platforms.capabilities import Capabilities
from postclock.services.platforms.connecting import AppKeys, Lasting, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Piece, Save, unsaved


class Options(BaseModel):
    """What an author may choose on a platform: the base of every ``options`` model."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Client(ABC):
    """A platform's class builds on it and says what is different.

    Of a platform that says nothing: no uploads, no key of its own, a login that lasts for ever, no
    app that may delete, no way to connect.
    """

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    ways: ClassVar[tuple[Way, ...]] = ()
    options: ClassVar[type[BaseModel]] = Options
    tunables: ClassVar[Mapping[str, str]] = {}

    def __init__(self, http: Http, clock: Clock, tuned: Mapping[str, str] | None = None) -> None:
        self._http, self._clock = http, clock
        self._tuned = {**self.tunables, **(tuned or {})}

    @property
    def _label(self) -> str:
        return self.capabilities.label

    @abstractmethod
    def count(self, text: str) -> int:
        """As ``Platform.count``."""

    @abstractmethod
    def check(self, draft: Draft) -> list[Problem]:
        """As ``Platform.check``."""

    @abstractmethod
    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """As ``Platform.remote_id_in``."""

    @abstractmethod
    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """As ``Platform.publish``."""

    @abstractmethod
    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        """As ``Platform.find``."""

    def lead(self, draft: Draft) -> timedelta | None:
        """Nothing to stage."""
        return None

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Nothing to upload."""
        return staged

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        """Nothing to fix: the platform lets a client choose nothing that marks a repeat."""
        return staged

    def held_back(self, draft: Draft, staged: Staged) -> Piece | None:
        """Nothing: its publishing call carries no file."""
        return None

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Whether its time to be renewed has come, by ``lasting``."""
        renew_at = self.lasting(login.secrets).renew_at
        return renew_at is not None and now >= renew_at

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """Always LoginRevoked: nothing renews this login."""
        message = f"{self._label} no longer accepts this login: connect the account again."
        raise LoginRevoked("login_revoked", message)

    async def delete(self, login: Login, remote_id: str) -> None:
        """Always Refused: no app may delete."""
        message = f"{self._label} lets no app delete a post: delete it there."
        raise Refused("delete_unavailable", message)

    def authorize_url(self, way: Way, visit: Visit) -> str:
        """Never called: no way of this platform goes by consent in the browser."""
        raise LookupError(f"{self.name} has no consent page")

    async def register(self, visit: Visit) -> AppKeys:
        """Never called: no way of this platform asks for a server."""
        raise LookupError(f"{self.name} registers no app")

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """Never called: there is no way to connect."""
        raise LookupError(f"{self.name} connects no account")

    def lasting(self, secrets: Mapping[str, str]) -> Lasting:
        """For ever."""
        return Lasting()
