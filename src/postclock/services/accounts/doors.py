"""The way to a platform, made ready: where it is, whose keys it needs, what it opens.

Platforms are asked between transactions, never inside one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from postclock.db.session import Database
from postclock.errors import Forbidden, Invalid, NotFound, Problem
from postclock.hiding import note_named
from postclock.services.accounts import queries
from postclock.services.accounts.apps import Apps, variable
from postclock.services.accounts.arrivals import as_answer, at_server
from postclock.services.accounts.ways import (
    Errand,
    Platforms,
    callback_url,
    find_way,
    registers,
    server_of,
    way_named,
    whose_keys,
)
from postclock.services.people.model import Who
from postclock.services.platforms.addresses import Addresses
from postclock.services.platforms.base import Platform, PlatformError
from postclock.services.platforms.connecting import AppKeys, Profile, Visit, Way


@dataclass(frozen=True, slots=True)
class Ready:
    """An errand that can be run: the platform, the way, and what leaves with the browser."""

    errand: Errand
    platform: Platform
    way: Way
    visit: Visit


@dataclass(frozen=True, slots=True)
class Doors:
    """Makes ways ready and asks what is behind them."""

    database: Database
    platforms: Platforms
    addresses: Addresses
    apps: Apps
    public_url: str

    async def prepare(self, who: Who, errand: Errand, kind: str) -> Ready:
        """The errand of ``who`` by a way of ``kind``.

        Raises Forbidden, NotFound, Invalid (also when app keys are missing) or Unavailable.
        """
        require_writer(who)
        if errand.account_id is None:
            platform, way = find_way(self.platforms, errand)
            errand = replace(errand, server=server_of(way, errand))
        else:
            errand = await self._again(who, errand)
            platform, way = find_way(self.platforms, errand)
        if way.kind != kind:
            how = "in the browser" if way.kind == "oauth" else "by typing"
            message = f"{platform.capabilities.label}: “{way.label}” is connected {how}."
            raise Invalid("way_unfit", message, problems=[Problem("way_unfit", message, "way")])
        return await self.open(who.workspace_id, errand, platform, way)

    async def _again(self, who: Who, errand: Errand) -> Errand:
        """The errand with all that the account to connect again says of it."""
        assert errand.account_id
        async with self.database.as_user(who.user_id) as tx:
            account = await queries.get_account(tx, who.workspace_id, errand.account_id)
        if account is None or account.platform != errand.platform:
            raise NotFound("not_found", "There is no such account of this platform.")
        way = errand.way
        if not way and account.platform in self.platforms:
            usual = way_named(self.platforms[account.platform], account.way)
            way = usual.name if usual else ""
        return replace(errand, way=way, sandbox=account.sandbox, server=account.server)

    async def open(self, workspace_id: UUID, errand: Errand, platform: Platform, way: Way) -> Ready:
        """The same with the keys it needs; raises Invalid where the operator gave none."""
        at, sandbox, server = self.addresses, errand.sandbox, errand.server
        visit = Visit(
            at.base_url(platform, sandbox=sandbox, server=server),
            at.hosts(platform, sandbox=sandbox), callback_url(self.public_url, platform.name),
            server=server,
        )  # fmt: skip
        if (keys := whose_keys(platform, way)) is not None:
            known_at = visit.base_url if registers(way) else None
            app = await self._app(workspace_id, keys, known_at, sandbox=sandbox)
            if app is None and known_at is None:
                raise setup_required(platform, keys, visit.redirect_uri)
            app = app or await self._register(workspace_id, platform, keys, visit)
            visit = replace(visit, app=app)
        return Ready(errand, platform, way, visit)

    async def _app(
        self, workspace_id: UUID, keys: str, known_at: str | None, *, sandbox: bool
    ) -> AppKeys | None:
        async with self.database.as_system() as tx:
            return await self.apps.find(tx, workspace_id, keys, known_at, sandbox=sandbox)

    async def _register(
        self, workspace_id: UUID, platform: Platform, keys: str, visit: Visit
    ) -> AppKeys:
        try:
            app = await platform.register(visit)
        except PlatformError as error:
            raise as_answer(error) from error
        async with self.database.as_system() as tx:
            await self.apps.keep(tx, workspace_id, keys, visit.base_url, app)
        return app

    async def ask(self, ready: Ready, given: Mapping[str, str]) -> tuple[Profile, ...]:
        """The profiles that ``given`` opens, each with its server; raises what people are told."""
        note_named({"code_verifier": ready.visit.verifier, **_secret(ready.way, given)})
        try:
            profiles = await ready.platform.profiles(ready.way, ready.visit, given)
        except PlatformError as error:
            raise as_answer(error) from error
        return at_server(profiles, ready.visit.server)


def _secret(way: Way, given: Mapping[str, str]) -> Mapping[str, str]:
    """What of ``given`` is a secret: the code that came back, and what the way's fields say."""
    typed = {"code", *(field.name for field in way.fields if field.secret)}
    return {name if name not in typed else f"secret {name}": given[name] for name in given}


def setup_required(platform: Platform, keys: str, callback: str) -> Invalid:
    """That an operator must first make Postclock known to the platform, and how."""
    label, name = platform.capabilities.label, variable(keys)
    message = (
        f"{label} must know Postclock first: make an app on its developer pages with the redirect "
        f"address {callback}, and enter its keys in the settings or as {name}."
    )
    told = {"keys": keys, "variable": name, "callback_url": callback, "platform": platform.name}
    return Invalid("setup_required", message, problems=[Problem("setup_required", message)],
                   extra=told)  # fmt: skip


def require_writer(who: Who) -> None:
    """Raise Forbidden unless this person may connect accounts."""
    if not who.may_write:
        message = f"Your role ({who.role}) may not connect accounts."
        raise Forbidden("role_forbids", message)
