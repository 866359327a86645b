"""How an account is connected, as data: ways in, app keys, one visit to the platform, profiles."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from postclock.hiding import note


@dataclass(frozen=True, slots=True)
class Field:
    """Something a person types to connect an account."""

    name: str
    label: str
    secret: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to connect an account of a platform."""

    name: str
    """Unique within the platform; stored with the account."""
    label: str
    """What is connected, in words for a person: ``Page``, ``Organisation``."""
    kind: Literal["oauth", "typed"]
    """By consent in the browser, or by ``fields`` that a person types."""
    keys: str | None = None
    """Whose app keys it needs, as settings name them (``POSTCLOCK_APP_<KEYS>``); None: none."""
    scopes: tuple[str, ...] = ()
    """What must be granted; a profile without one of them is refused by its name."""
    more_scopes: tuple[str, ...] = ()
    """What is asked for too and may be missing."""
    pkce: bool = False
    fields: tuple[Field, ...] = ()
    asks_server: bool = False
    """Whether a person names the server first, where Postclock registers an app by itself."""


@dataclass(frozen=True, slots=True)
class AppKeys:
    """What a platform calls Postclock by: the operator's developer app."""

    client_id: str
    client_secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        pair = f"{self.client_id}:{self.client_secret}"
        note([self.client_secret, b64encode(pair.encode()).decode()])


@dataclass(frozen=True, slots=True)
class Visit:
    """One way to a platform and back: what left with the browser and must come back the same."""

    base_url: str
    hosts: Mapping[str, str]
    redirect_uri: str
    state: str = field(default="", repr=False)
    verifier: str = field(default="", repr=False)
    """PKCE's secret; empty where the platform has none."""
    app: AppKeys | None = None
    server: str | None = None
    """The address of the server a person named, where platforms have many."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile that a login opens, ready to be connected."""

    remote_id: str
    handle: str
    secrets: Mapping[str, str] = field(repr=False)
    name: str = ""
    avatar_url: str | None = None
    kind: str = ""
    """What it is, where a login opens several kinds: ``Page``, ``Organisation``."""
    scopes: tuple[str, ...] = ()
    server: str | None = None
    """The server it lives on, where platforms have many."""
    problem: str = ""
    """Why it cannot be connected, in a sentence; it is shown, not offered."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a login lasts: from when it should be renewed, and when only a person can."""

    renew_at: datetime | None = None
    ends_at: datetime | None = None
    """Unless it is renewed or connected again before."""
