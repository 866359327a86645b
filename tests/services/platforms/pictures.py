"""Drafts with pictures, and what a node does when it stages one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from postclock.scheduler.model import Staged
from postclock.services.platforms.drafting import Draft, Media
from tests.fixtures.files import HeldFiles

BYTES = b"\x89PNG the bytes of a picture \r\n"


def picture(n: int = 1, **more: Any) -> Media:
    """The ``n``-th picture."""
    given: dict[str, Any] = {"mime_type": "image/png", "size": len(BYTES)}
    given |= {"width": 80, "height": 60, "alt": ""}
    return Media(UUID(int=n), **(given | more))


def draft(*alts: str, text: str = "Look") -> Draft:
    """A draft with a picture for each alt text."""
    return Draft(text, tuple(picture(i, alt=alt) for i, alt in enumerate(alts, 1)))


FILES = HeldFiles(others=BYTES)


class Crashed(Exception):
    """The process ended right after it had saved."""


@dataclass
class Saves:
    """What staging saved; ``crash_after`` so many saves the process ends."""

    crash_after: int | None = None
    seen: list[Staged] = field(default_factory=list)

    async def __call__(self, staged: Staged) -> None:
        self.seen.append(staged)
        if self.crash_after is not None and len(self.seen) >= self.crash_after:
            raise Crashed

    @property
    def last(self) -> Staged:
        return self.seen[-1] if self.seen else {}


def form(body: bytes, content_type: str) -> dict[str, tuple[bytes, str]]:
    """A multipart body's parts: their content and type (empty: none given), by name."""
    boundary = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    parts = {}
    for piece in body.split(boundary)[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        words = head.decode()
        name = words.partition('name="')[2].partition('"')[0]
        kind = words.partition("Content-Type: ")[2].partition("\r\n")[0]
        parts[name] = (content.removesuffix(b"\r\n"), kind)
    return parts


def paths(seen: Sequence[Any]) -> list[str]:
    """Which calls were made."""
    return [f"{one.method} {one.path}" for one in seen]
