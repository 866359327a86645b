"""A person on the way to a platform and back, and what is connected then.

What leaves with the browser is a random ``state``; only its hash is stored. It comes back once,
within ten minutes, in the same browser, which has a cookie whose hash is stored beside it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from postclock.crypto import KeyRing, new_token, token_hash
from postclock.db.session import Database, Tx
from postclock.errors import Forbidden, NotFound, PostclockError, Problem
from postclock.ids import new_id
from postclock.services.accounts import arrivals, queries, service
from postclock.services.accounts.arrivals import Inside, as_answer
from postclock.services.accounts.doors import Doors, Ready, require_writer
from postclock.services.accounts.model import StoredVisit
from postclock.services.accounts.secrets import seal_in, unseal_in
from postclock.services.accounts.ways import Errand, find_way
from postclock.services.people.model import WRITERS, Who
from postclock.services.people.queries import role_in
from postclock.services.platforms.base import Platform, PlatformError
from postclock.services.platforms.connecting import Profile
from postclock.services.platforms.oauth2 import new_verifier

LIFE = timedelta(minutes=10)
"""On the way there and back; and then once more, to pick."""
TABLE = "visits"


@dataclass(frozen=True, slots=True)
class Started:
    """Where the browser goes, and what it must bring back beside the state."""

    visit_id: UUID
    authorize_url: str
    browser: str


@dataclass(frozen=True, slots=True)
class Return:
    """What became of a visit that came back; ``problem`` is the code of what went wrong."""

    visit_id: UUID | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as its person may see it."""

    stored: StoredVisit
    inside: Inside
    known: Mapping[str, UUID]
    """The accounts that the profiles have already, by remote id."""

    @property
    def status(self) -> str:
        """``started``, ``failed``, ``pick`` or ``connected``."""
        if self.inside.problem:
            return "failed"
        if self.inside.accounts:
            return "connected"
        return "pick" if self.inside.profiles else "started"


@dataclass(frozen=True, slots=True)
class Visits:
    """Sends people to platforms and takes them in when they come back."""

    database: Database
    doors: Doors
    ring: KeyRing
    go_on: Callable[[UUID], Awaitable[object]]
    """Called for a workspace in which an account was connected: what it held goes on."""

    async def start(self, who: Who, errand: Errand) -> Started:
        """Where to send the browser; raises as ``Doors.prepare``."""
        ready = await self.doors.prepare(who, errand, "oauth")
        state, browser = new_token(), new_token()
        verifier = new_verifier() if ready.way.pkce else ""
        leaving = replace(ready.visit, state=state, verifier=verifier)
        try:
            address = ready.platform.authorize_url(ready.way, leaving)
        except PlatformError as error:
            raise as_answer(error) from error
        stored = await self._keep(who, ready.errand, state, browser, Inside(verifier))
        return Started(stored.id, address, browser)

    async def typed(self, who: Who, errand: Errand, given: Mapping[str, str]) -> Seen:
        """Connect by what a person typed; raises as ``start``, and what the platform refuses."""
        ready = await self.doors.prepare(who, errand, "typed")
        profiles = await self.doors.ask(ready, given)
        stored = await self._keep(who, ready.errand, new_token(), new_token(), Inside())
        async with self.database.as_system() as tx:
            await queries.take_return(tx, stored.id, tx.now + LIFE)
        await self._arrive(stored, ready.platform, profiles)
        return await self.look(who, stored.id)

    async def came_back(
        self, platform: str, given: Mapping[str, str], browser: Callable[[UUID], str | None]
    ) -> Return:
        """Take in who comes back with ``given``; ``browser`` reads the cookie of a visit.

        What goes wrong is in the answer and kept with the visit: it is a browser that is answered.
        """
        async with self.database.as_system() as tx:
            stored = await queries.visit_by_state(tx, token_hash(given.get("state", "")))
            if stored is None or stored.platform != platform:
                return Return(None, "visit_unknown")
            cookie = browser(stored.id)
            if cookie is None or token_hash(cookie) != stored.browser_hash:
                return Return(None, "visit_elsewhere")
            if not await queries.take_return(tx, stored.id, tx.now + LIFE):
                return Return(stored.id)  # the same answer loaded again: it shows what became of it
        try:
            ready = await self._returning(stored, given["state"])
            await self._arrive(stored, ready.platform, await self.doors.ask(ready, given))
        except PostclockError as error:
            await self._write(stored.id, Inside(problem=Problem(error.code, error.detail)))
            return Return(stored.id, error.code)
        return Return(stored.id)

    async def look(self, who: Who, visit_id: UUID) -> Seen:
        """The visit; raises NotFound when it is over, or another person's."""
        async with self.database.as_system() as tx:
            stored = await self._mine(tx, who, visit_id)
            inside = self._inside(stored)
            accounts = await queries.list_accounts(tx, who.workspace_id)
        places = {
            (account.remote_id, account.server): account.id
            for account in accounts
            if (account.platform, account.sandbox) == (stored.platform, stored.sandbox)
        }
        at = ((one.remote_id, one.server) for one in inside.profiles)
        return Seen(stored, inside, {place[0]: places[place] for place in at if place in places})

    async def pick(self, who: Who, visit_id: UUID, wanted: Sequence[str]) -> Seen:
        """Connect the profiles with these ids; again, it changes nothing. Raises Invalid."""
        require_writer(who)
        async with self.database.as_system() as tx:
            stored = await self._mine(tx, who, visit_id, lock=True)
            inside = self._inside(stored)
            over = bool(inside.accounts)
            if not over:
                profiles = arrivals.picked(inside.profiles, wanted)
                await self._connect(tx, stored, inside, profiles)
        if not over:
            await self.go_on(who.workspace_id)
        return await self.look(who, visit_id)

    async def _returning(self, stored: StoredVisit, state: str) -> Ready:
        errand = Errand(
            stored.platform, stored.way, stored.server, stored.account_id, stored.sandbox
        )
        platform, way = find_way(self.doors.platforms, errand)
        ready = await self.doors.open(stored.workspace_id, errand, platform, way)
        verifier = self._inside(stored).verifier
        return replace(ready, visit=replace(ready.visit, state=state, verifier=verifier))

    async def _arrive(
        self, stored: StoredVisit, platform: Platform, profiles: tuple[Profile, ...]
    ) -> None:
        """Connect what needs no question; else keep the profiles to pick from."""
        async with self.database.as_system() as tx:
            account = None
            if stored.account_id:
                account = await queries.get_account(tx, stored.workspace_id, stored.account_id)
            own = arrivals.chosen(platform, profiles, account)
            visit = await queries.lock_visit(tx, stored.id)
            await self._connect(tx, visit, Inside(profiles=profiles), own)
        if own:
            await self.go_on(stored.workspace_id)

    async def _connect(
        self, tx: Tx, stored: StoredVisit, inside: Inside, profiles: Sequence[Profile]
    ) -> None:
        """Connect ``profiles``, if any, in the name of the visit's person, if they still may."""
        role = await role_in(tx, stored.user_id, stored.workspace_id)
        if role not in WRITERS:
            raise Forbidden("role_forbids", "You may no longer connect accounts here.")
        platform, ring = self.doors.platforms[stored.platform], self.ring
        new = [
            arrivals.new_account(platform, stored.way, one, sandbox=stored.sandbox)
            for one in profiles
        ]
        if new:
            made = await service.connect(tx, ring, stored.workspace_id, new, stored.user_id)
            inside = inside.connected(made)
        self._seal(stored, inside)
        await tx.session.flush()

    async def _keep(
        self, who: Who, errand: Errand, state: str, browser: str, inside: Inside
    ) -> StoredVisit:
        async with self.database.as_system() as tx:
            await queries.delete_old_visits(tx, who.workspace_id)
            stored = StoredVisit(
                id=new_id(), workspace_id=who.workspace_id, user_id=who.user_id,
                account_id=errand.account_id, platform=errand.platform, way=errand.way,
                server=errand.server, sandbox=errand.sandbox, state_hash=token_hash(state),
                browser_hash=token_hash(browser), created_at=tx.now, expires_at=tx.now + LIFE,
            )  # fmt: skip
            self._seal(stored, inside)
            tx.session.add(stored)
            await tx.session.flush()
        return stored

    async def _write(self, visit_id: UUID, inside: Inside) -> None:
        async with self.database.as_system() as tx:
            self._seal(await queries.lock_visit(tx, visit_id), inside)
            await tx.session.flush()

    async def _mine(self, tx: Tx, who: Who, visit_id: UUID, *, lock: bool = False) -> StoredVisit:
        stored = await queries.get_visit(tx, who.workspace_id, visit_id, lock=lock)
        if stored is None or stored.user_id != who.user_id:
            raise NotFound("not_found", "This is over: connect the account again.")
        return stored

    def _seal(self, stored: StoredVisit, inside: Inside) -> None:
        stored.key_id, stored.sealed = seal_in(self.ring, TABLE, stored.id, inside.to_json())

    def _inside(self, stored: StoredVisit) -> Inside:
        said = unseal_in(self.ring, TABLE, stored.id, stored.key_id, stored.sealed)
        return Inside.from_json(said)
