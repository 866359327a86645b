"""Whose name Postclock comes in: the developer apps of the environment and of workspaces.

The environment's stand in every workspace; beside them nobody enters others. The pretend platforms
take anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from postclock.audit import queries as audit
from postclock.audit.model import Event, Kind
from postclock.config import Settings
from postclock.crypto import KeyRing
from postclock.db.session import Tx
from postclock.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from postclock.ids import new_id
from postclock.services.accounts import queries
from postclock.services.accounts.model import StoredKeys
from postclock.services.accounts.secrets import seal_in, unseal_in
from postclock.services.people.model import Who
from postclock.services.platforms.base import Platform
from postclock.services.platforms.connecting import AppKeys, Way

SANDBOX = AppKeys("postclock-sandbox", "pretend")
VARIABLE = "POSTCLOCK_APP_"
TABLE = "app_keys"


def app_keys_of(settings: Settings) -> dict[str, AppKeys]:
    """The apps that the environment names, by whose they are."""
    return {keys: AppKeys(*said) for keys, said in settings.apps.items()}


@dataclass(frozen=True, slots=True)
class Apps:
    """Finds app keys. ``given`` is what the environment says, by whose they are."""

    given: Mapping[str, AppKeys]
    ring: KeyRing

    async def find(
        self, tx: Tx, workspace_id: UUID, keys: str, server: str | None, *, sandbox: bool
    ) -> AppKeys | None:
        """The keys to come with, or None where there are none; in a system transaction.

        ``server`` is the address of the one that an app was registered with, where that is done.
        """
        if server is None and sandbox:
            return SANDBOX
        if server is None and keys in self.given:
            return self.given[keys]
        stored = await queries.read_keys(tx, workspace_id, keys, server)
        return self.opened(stored) if stored else None

    def opened(self, stored: StoredKeys) -> AppKeys:
        """What was sealed; raises WrongKey."""
        secret = unseal_in(self.ring, TABLE, stored.id, stored.key_id, stored.secret)
        return AppKeys(stored.client_id, secret)

    async def keep(
        self, tx: Tx, workspace_id: UUID, keys: str, server: str | None, app: AppKeys
    ) -> StoredKeys:
        """Store ``app`` in place of what was there; in a system transaction."""
        stored = await queries.lock_keys(tx, workspace_id, keys, server)
        if stored is None:
            stored = StoredKeys(
                id=new_id(), workspace_id=workspace_id, keys=keys, server=server, created_at=tx.now
            )
            tx.session.add(stored)
        stored.client_id, stored.updated_at = app.client_id, tx.now
        stored.key_id, stored.secret = seal_in(self.ring, TABLE, stored.id, app.client_secret)
        await tx.session.flush()
        return stored


@dataclass(frozen=True, slots=True)
class KeysShown:
    """What may be told of app keys: never their secret."""

    keys: str
    platforms: tuple[str, ...]
    """The platforms that are connected with them."""
    client_id: str | None
    source: str | None
    """``environment`` or ``workspace``; None: there are none yet."""

    @property
    def variable(self) -> str:
        return variable(self.keys)


def variable(keys: str) -> str:
    """The environment's variable for these keys."""
    return f"{VARIABLE}{keys.upper()}"


def users_of_keys(platforms: Collection[Platform]) -> dict[str, tuple[str, ...]]:
    """Whose keys there are, each with the platforms that need them."""
    found: dict[str, list[str]] = {}
    for platform in platforms:
        for keys in dict.fromkeys(way.keys for way in platform.ways if way.keys):
            found.setdefault(keys, []).append(platform.name)
    return {keys: tuple(names) for keys, names in found.items()}


async def show(
    tx: Tx, apps: Apps, workspace_id: UUID, platforms: Collection[Platform]
) -> list[KeysShown]:
    """All app keys that the platforms need, those that are missing too."""
    stored = {row.keys: row.client_id for row in await queries.list_keys(tx, workspace_id)}
    shown = []
    for keys, names in users_of_keys(platforms).items():
        if keys in apps.given:
            shown.append(KeysShown(keys, names, apps.given[keys].client_id, "environment"))
        else:
            client_id = stored.get(keys)
            shown.append(KeysShown(keys, names, client_id, "workspace" if client_id else None))
    return shown


async def put(
    tx: Tx, apps: Apps, who: Who, platforms: Collection[Platform], keys: str, app: AppKeys
) -> None:
    """Enter an app's id and secret; raises Forbidden, NotFound, Conflict or Invalid."""
    _require_settable(apps, who, platforms, keys)
    problems = [
        Problem("app_keys_invalid", f"Copy the {what} without spaces.", field)
        for field, what, text in (
            ("client_id", "app's id", app.client_id),
            ("client_secret", "app's secret", app.client_secret),
        )
        if not text or not text.isprintable() or " " in text
    ]
    if problems:
        raise Invalid("app_keys_invalid", problems[0].message, problems=problems)
    await apps.keep(tx, who.workspace_id, keys, None, app)
    await _tell(tx, who, Kind.APP_KEYS_CHANGED, f"App keys for {keys} entered", keys)


async def remove(tx: Tx, apps: Apps, who: Who, platforms: Collection[Platform], keys: str) -> None:
    """Forget an app's keys; accounts connected with them stay. Raises as ``put``."""
    _require_settable(apps, who, platforms, keys)
    if await queries.delete_keys(tx, who.workspace_id, keys):
        await _tell(tx, who, Kind.APP_KEYS_REMOVED, f"App keys for {keys} removed", keys)


def _require_settable(apps: Apps, who: Who, platforms: Collection[Platform], keys: str) -> None:
    require_admin(who)
    if keys not in users_of_keys(platforms):
        raise NotFound("not_found", "No platform has app keys of this name.")
    if keys in apps.given:
        message = f"{variable(keys)} in the server's environment says what these are."
        raise Conflict("app_keys_in_environment", message)


def require_admin(who: Who) -> None:
    """Raise Forbidden unless app keys are this person's to see and change."""
    if not who.may_administer:
        message = f"Your role ({who.role}) may not see or change app keys."
        raise Forbidden("role_forbids", message)


async def keys_ready(
    tx: Tx, apps: Apps, workspace_id: UUID, platforms: Collection[Platform]
) -> frozenset[str]:
    """Whose keys are there, by their names."""
    stored = {row.keys for row in await queries.list_keys(tx, workspace_id)}
    return frozenset(keys for keys in users_of_keys(platforms) if keys in {*stored, *apps.given})


def needs_no_keys(way: Way, ready: Collection[str]) -> bool:
    """Whether nothing of an app is missing for ``way``."""
    return way.keys is None or way.keys in ready


async def _tell(tx: Tx, who: Who, kind: Kind, message: str, keys: str) -> None:
    event = Event(who.workspace_id, kind, message, None, who.user_id, {"keys": keys})
    await audit.append(tx, event)
