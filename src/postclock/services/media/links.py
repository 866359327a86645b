"""Public addresses of files, for platforms that fetch them: signed, and good for a while only.

The address says which file it is, how it is made from the stored one, and until when it is good;
whoever has it may read that file and nothing else. No login, no cookie, no redirect.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from postclock.clock import Clock
from postclock.config import Settings
from postclock.crypto import KeyRing
from postclock.services.platforms.base import NotPublished
from postclock.services.platforms.drafting import Media

LIFE = timedelta(hours=36)
"""Platforms say they may fetch for a day; some look again a little later."""
PURPOSE = b"postclock public media links"
SIGNATURE = 16
"""Bytes of the HMAC that are kept: 128 bits."""
ID, UNTIL = 16, 5
LOOKS = r"[A-Za-z0-9_-]{40,200}"
"""How a token looks: no file of the web app's does."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a token names."""

    media_id: UUID
    rendition: str


class Signer:
    """Makes and reads tokens. A token made under any key of the ring is good until it ends."""

    def __init__(self, ring: KeyRing, clock: Clock) -> None:
        self._keys = [_derived(key) for key in ring.keys.values()]
        self._clock = clock

    def sign(self, named: Named) -> str:
        """A token for ``named``, good for the next LIFE."""
        until = int((self._clock.now() + LIFE).timestamp())
        said = named.media_id.bytes + until.to_bytes(UNTIL) + named.rendition.encode()
        return _written(_signature(self._keys[0], said) + said)

    def read(self, token: str) -> Named | None:
        """What ``token`` names; None when it is not ours or has ended."""
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            signature, said = raw[:SIGNATURE], raw[SIGNATURE:]
            rendition = said[ID + UNTIL :].decode()
        except (binascii.Error, ValueError):
            return None
        if len(said) < ID + UNTIL or _written(raw) != token:
            return None
        if not any(hmac.compare_digest(_signature(key, said), signature) for key in self._keys):
            return None
        until = datetime.fromtimestamp(int.from_bytes(said[ID : ID + UNTIL]), UTC)
        if until <= self._clock.now():
            return None
        return Named(UUID(bytes=said[:ID]), rendition)


Link = Callable[[Media], str]
"""The public address of a file; raises NotPublished where there is none."""


def no_link(_media: Media) -> str:
    """What a server without a public address says of its files."""
    message = (
        "This platform fetches files from this server, which has no public address: "
        "set POSTCLOCK_PUBLIC_URL."
    )
    raise NotPublished("media_not_public", message)


@dataclass(frozen=True, slots=True)
class Links:
    """Public addresses under ``public_url`` (None: the server has none), for pretend platforms
    under ``sandbox_sees``."""

    signer: Signer
    public_url: str | None
    sandbox_sees: str

    def seen_by(self, *, sandbox: bool) -> Link:
        """How a real platform, or a pretend one, reaches a file."""
        base = self.sandbox_sees if sandbox else self.public_url
        if base is None:
            return no_link

        def link(media: Media) -> str:
            token = self.signer.sign(Named(media.id, media.rendition))
            return f"{base}/media/{token}/{media.name}"

        return link


def links_of(settings: Settings, ring: KeyRing, clock: Clock) -> Links:
    """The links that ``settings`` allow. The sandbox that is built in fetches on this machine."""
    own = settings.public_url if settings.sandbox_url_given else settings.base_url
    return Links(Signer(ring, clock), settings.public_url_given, own)


def _derived(key: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, PURPOSE).derive(key)


def _signature(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")[:SIGNATURE]


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
