"""What Postclock asks of a platform, and how a platform says no.

A platform file knows one network's HTTP contract and nothing else: no database, no settings,
no other platform. Differences between networks are data (``Capabilities``), not branches
elsewhere. A failed call raises one of a closed tree:

    PlatformError
    ├── NotPublished      certainly not published, may work later
    │   ├── RateLimited   … once the quota is free again
    │   │   └── NotReady  … once what was uploaded is processed
    │   └── UploadGone    … once the media are uploaded again
    │       └── UploadUsed … or they are in a post already
    ├── Refused           certainly not published: the author must edit
    │   └── Duplicate     … because the platform holds the same text already
    ├── LoginExpired      certainly not published: a refresh may help
    ├── LoginRevoked      certainly not published: a person must connect the account again
    │   └── ScopesMissing … and allow what was not granted
    └── OutcomeUnknown    bytes may have arrived and no clear answer came
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from pydantic import BaseModel

from postclock.errors import Problem
from postclock.hiding import hide
from postclock.scheduler.model import Receipt, Sighting, Staged
from postclock.services.platforms.capabilities import Capabilities
from postclock.services.platforms.connecting import AppKeys, Lasting, Profile, Visit, Way
from postclock.services.platforms.drafting import Draft, Files, Piece, Save, unsaved


class PlatformError(Exception):
    """A platform did not publish, or did not say so."""

    def __init__(self, code: str, message: str, *, answer: str | None = None) -> None:
        message = hide(message)
        super().__init__(message)
        self.problem = Problem(code, message)
        self.answer = hide(answer) if answer else answer
        """The platform's answer, cut short and without secrets, for the attempt's record."""


class NotPublished(PlatformError):
    """Certainly not published; the same request may work later."""


class RateLimited(NotPublished):
    """Certainly not published: the quota is empty until ``until`` (None: unknown)."""

    def __init__(
        self, code: str, message: str, *, until: datetime | None = None, answer: str | None = None
    ) -> None:
        super().__init__(code, message, answer=answer)
        self.until = until


class NotReady(RateLimited):
    """Certainly not published: what was uploaded is still processed, to be asked for at ``until``.

    To wait for it is no failure, however long it takes.
    """


class Refused(PlatformError):
    """Certainly not published: the author must edit."""


class Duplicate(Refused):
    """Refused because the platform holds the same text already.

    On a first attempt the author must edit; after a lost answer it is evidence of the earlier one.
    """


class LoginExpired(PlatformError):
    """Certainly not published: the access token is no longer good, a refresh may help."""


class LoginRevoked(PlatformError):
    """Certainly not published: only a person can connect the account again."""


class ScopesMissing(LoginRevoked):
    """The login was given, but not all that is needed: ``scopes`` are the platform's names."""

    def __init__(self, label: str, scopes: Sequence[str]) -> None:
        names = ", ".join(scopes)
        message = f"{label} did not grant what is needed to publish ({names}): allow all of it."
        super().__init__("scopes_missing", message)
        self.scopes = tuple(scopes)


class OutcomeUnknown(PlatformError):
    """Bytes may have arrived and no clear answer came; ``answered`` if there was a 5xx."""

    def __init__(
        self, code: str, message: str, *, answered: bool = False, answer: str | None = None
    ) -> None:
        super().__init__(code, message, answer=answer)
        self.answered = answered


class UploadGone(NotPublished):
    """Certainly not published: the platform no longer has what was uploaded; upload it again."""


class UploadUsed(UploadGone):
    """The uploads are gone, or in a post already.

    On a first attempt they are gone; after a lost answer it is evidence of the earlier one.
    """


@dataclass(frozen=True, slots=True)
class Login:
    """An account's way in: where its platform answers, who it is there, and its secrets."""

    base_url: str
    remote_id: str
    handle: str
    secrets: Mapping[str, str]
    hosts: Mapping[str, str] = field(default_factory=dict)
    """The platform's other addresses by their names in ``Capabilities.hosts``."""
    app: AppKeys | None = None
    """The keys of the app that the login was given to, for a refresh; None: it needs none."""

    def __repr__(self) -> str:
        return f"Login({self.base_url!r}, {self.handle!r}, secrets hidden)"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose post a link must show: the account as its platform knows it."""

    remote_id: str
    handle: str
    server: str | None = None

    @property
    def name(self) -> str:
        """The handle without its sign and its server, in lower case."""
        return self.handle.removeprefix("@").partition("@")[0].lower()


class Platform(Protocol):
    """One network. Built with the HTTP client, the clock it shall use, and what settings say in
    place of its ``tunables``; stateless besides."""

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    ways: ClassVar[tuple[Way, ...]]
    """How an account is connected, the usual way first."""
    options: ClassVar[type[BaseModel]]
    """What an author may choose beside text and media; its JSON schema makes the form."""
    tunables: ClassVar[Mapping[str, str]]
    """API versions and doubtful limits by their names, with what is taken for true."""

    def count(self, text: str) -> int:
        """The length of ``text`` as this platform counts it."""
        ...

    def check(self, draft: Draft) -> list[Problem]:
        """Everything the platform would refuse in ``draft``; pure, no network."""
        ...

    def lead(self, draft: Draft) -> timedelta | None:
        """How long before the moment its uploads begin; None when there is nothing to stage."""
        ...

    async def stage(
        self, login: Login, draft: Draft, staged: Staged, save: Save, files: Files
    ) -> Staged:
        """Upload what the draft carries, ahead of time; nothing becomes public.

        Everything about uploads stands under ``staged["media"]``. It may be called again at any
        time, also after a crash: what ``staged`` shows as done and not yet expired is not done
        again. ``save`` commits progress. Raises a PlatformError; while the platform still
        processes an upload this waits a while, then raises NotPublished.
        """
        ...

    def plan(self, login: Login, draft: Draft, staged: Staged, key: str, now: datetime) -> Staged:
        """Fix what the request will say, so that a repeat is the same request; pure.

        ``key`` is unique to this delivery and this arming. The result is committed before any
        byte is sent. What ``staged`` already fixes stays as it is.
        """
        ...

    def held_back(self, draft: Draft, staged: Staged) -> Piece | None:
        """What of a file the publishing call itself carries, where that call ends an upload; pure.

        It is read about a second before the moment, and ``publish`` gets it as ``draft.held``.
        """
        ...

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The id of the post of ``owner`` that a page at ``link`` shows; None if it is none."""
        ...

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Whether ``login`` must be refreshed before a request is sent with it."""
        ...

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """New secrets for an expired login; raises LoginRevoked when a person is needed."""
        ...

    async def publish(
        self, login: Login, draft: Draft, staged: Staged, save: Save = unsaved
    ) -> Receipt:
        """The one call that makes it public; raises a PlatformError.

        What is made public by several (a thread, a first comment) goes on from the ledger of
        parts in ``staged`` and saves each part before the next (parts.py). Once the post is
        public nothing raises: what fails afterwards is the receipt's ``note``.
        """
        ...

    async def find(
        self,
        login: Login,
        draft: Draft,
        staged: Staged,
        since: datetime,
        taken: frozenset[str],
        save: Save = unsaved,
    ) -> Sighting:
        """Ask whether an attempt made since ``since`` arrived; ``taken`` ids belong to others.

        Of what has parts, the first that the ledger lacks is looked for; once found it is saved,
        and Resume sends the rest. Raises LoginExpired (refresh, then look again)
        or OutcomeUnknown (the look failed, a later one may not); neither says anything about the
        post.
        """
        ...

    async def delete(self, login: Login, remote_id: str) -> None:
        """Take a published post back; what is gone already is no error.

        Raises a PlatformError; Refused where the platform lets no app delete.
        """
        ...

    def authorize_url(self, way: Way, visit: Visit) -> str:
        """Where the browser goes to give consent (a ``way`` by OAuth)."""
        ...

    async def register(self, visit: Visit) -> AppKeys:
        """Make an app of ours known to the server at ``visit.server`` (a way that asks for one).

        Raises a PlatformError.
        """
        ...

    async def profiles(self, way: Way, visit: Visit, given: Mapping[str, str]) -> list[Profile]:
        """The profiles that ``given`` opens: the query of the callback, or what a person typed.

        Makes every exchange that is needed for a login that lasts. Raises ScopesMissing with the
        names of what was not granted, Refused with a sentence for a person (denied, no profile, a
        wrong password), NotPublished when the platform could not be reached.
        """
        ...

    def lasting(self, secrets: Mapping[str, str]) -> Lasting:
        """When a login must be renewed, and when it ends for good; pure."""
        ...
