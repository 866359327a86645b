"""What Postclock asks of a platform, and how a platform says no.

A platform file knows one network's HTTP contract and nothing else: no database, no settings,
no other platform. Differences between networks are data (``Capabilities``), not branches
elsewhere. A failed call raises one of a closed tree:

    PlatformError
    ├── NotPublished      certainly not published, may work later
    │   ├── RateLimited   … once the quota is free again
    │   └── UploadGone    … once the media are uploaded again
    │       └── UploadUsed … or they are in a post already
    ├── Refused           certainly not published: the author must edit
    │   └── Duplicate     … because the platform holds the same text already
    ├── LoginExpired      certainly not published: a refresh may help
    ├── LoginRevoked      certainly not published: a person must connect the account again
    └── OutcomeUnknown    bytes may have arrived and no clear answer came
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol
from uuid import UUID

from postclock.errors import Problem
from postclock.scheduler.model import Receipt, Sighting, Staged, Window


class PlatformError(Exception):
    """A platform did not publish, or did not say so."""

    def __init__(self, code: str, message: str, *, answer: str | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(code, message)
        self.answer = answer
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
class Media:
    """One file of a draft, as it is stored here; its bytes are read when it is staged."""

    id: UUID
    mime_type: str
    size: int
    """Bytes."""
    width: int | None = None
    height: int | None = None
    """Pixels, as shown (after its orientation is applied)."""
    alt: str = ""
    animated: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What one account is asked to publish."""

    text: str
    media: tuple[Media, ...] = ()


Save = Callable[[Staged], Awaitable[None]]
"""Commits how far staging came; raises when another node has taken the delivery over."""
Read = Callable[[Media], Awaitable[bytes]]
"""The bytes of a file."""


@dataclass(frozen=True, slots=True)
class Login:
    """An account's way in: where its platform answers, who it is there, and its secrets."""

    base_url: str
    remote_id: str
    handle: str
    secrets: Mapping[str, str]

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


@dataclass(frozen=True, slots=True)
class TextLimits:
    """How long a text may be, counted as the platform counts."""

    maximum: int
    unit: str
    """What one unit is, in a word for a person: ``characters``."""
    counting: str
    """The counting rule, shared with the web app: ``weighted``, ``graphemes``, ``mastodon``."""
    url_length: int | None = None
    maximum_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Which images a platform takes."""

    most: int
    """How many in one post."""
    types: frozenset[str]
    """MIME types."""
    max_bytes: int
    max_alt: int
    """Characters of alt text."""
    max_pixels: int | None = None
    """Width × height."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do and how long it takes, as data."""

    label: str
    base_url: str | None
    """Where it answers; None when each account has a server of its own."""
    text: TextLimits
    read_lag: timedelta
    """How long after accepting a post the platform may still not show it."""
    guarded_resend: bool
    """Whether one more attempt is allowed after looks that did not see the post."""
    images: ImageLimits | None = None
    """None: it takes none."""
    quotas: tuple[Window, ...] = ()
    """How many posts an account may publish; settings may say otherwise."""
    keeps_uploads: timedelta = timedelta(hours=24)
    """How long the platform keeps an upload that is in no post."""


class Platform(Protocol):
    """One network. Built with the HTTP client and the clock it shall use; stateless besides."""

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]

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
        self, login: Login, draft: Draft, staged: Staged, save: Save, read: Read
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

    def remote_id_in(self, link: str, owner: Owner) -> str | None:
        """The id of the post of ``owner`` that a page at ``link`` shows; None if it is none."""
        ...

    def needs_refresh(self, login: Login, now: datetime) -> bool:
        """Whether ``login`` must be refreshed before a request is sent with it."""
        ...

    async def refresh(self, login: Login) -> Mapping[str, str]:
        """New secrets for an expired login; raises LoginRevoked when a person is needed."""
        ...

    async def publish(self, login: Login, draft: Draft, staged: Staged) -> Receipt:
        """The one call that makes it public; raises a PlatformError."""
        ...

    async def find(
        self, login: Login, draft: Draft, staged: Staged, since: datetime, taken: frozenset[str]
    ) -> Sighting:
        """Ask whether an attempt made since ``since`` arrived; ``taken`` ids belong to others.

        Raises LoginExpired (refresh, then look again) or OutcomeUnknown (the look failed, a later
        one may not); neither says anything about the post.
        """
        ...
